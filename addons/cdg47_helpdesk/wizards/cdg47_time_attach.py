# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class Cdg47TimeAttach(models.TransientModel):
    """Attaches orphan time to the ticket it was worked for."""

    _name = "cdg47.time.attach"
    _description = "Attach time to a ticket"

    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        required=True,
        domain=[("collectivite_id", "!=", False)],
    )
    line_ids = fields.Many2many("account.analytic.line", string="Time")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "account.analytic.line":
            ids = self.env.context.get("active_ids")
            values["line_ids"] = [Command.set(ids)]
        return values

    def action_attach(self):
        self.ensure_one()
        taken = self.line_ids.filtered("helpdesk_ticket_id")
        if taken:
            raise UserError(
                self.env._("Some of this time already belongs to a ticket.")
            )
        self.line_ids.write({"helpdesk_ticket_id": self.ticket_id.id})
        return {"type": "ir.actions.act_window_close"}
