# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.cdg47_convention.lib.dates import today_in_paris


class Cdg47TicketHold(models.TransientModel):
    """Puts requests on hold until a date, on which they come back by themselves."""

    _name = "cdg47.ticket.hold"
    _description = "Put requests on hold"

    ticket_ids = fields.Many2many("helpdesk.ticket", string="Requests")
    until = fields.Date(string="Comes back on", required=True)
    reason = fields.Char(
        string="Waiting for",
        required=True,
        help="Kept as a note, and said by the activity of that day.",
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        tickets = self.env["helpdesk.ticket"]
        if self.env.context.get("active_model") == tickets._name:
            ids = self.env.context.get("active_ids")
            values["ticket_ids"] = [Command.set(ids)]
        return values

    def action_hold(self):
        self.ensure_one()
        if self.until <= today_in_paris():
            raise UserError(self.env._("Choose a day to come."))
        closed = self.ticket_ids.filtered("closed")
        if closed:
            raise UserError(
                self.env._(
                    "Finished already: %(numbers)s.",
                    numbers=", ".join(closed.mapped("number")),
                )
            )
        self.ticket_ids._hold(self.until, self.reason)
        return {"type": "ir.actions.act_window_close"}
