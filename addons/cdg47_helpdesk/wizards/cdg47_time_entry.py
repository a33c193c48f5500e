# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.cdg47_convention.lib.dates import today_in_paris


class Cdg47TimeEntry(models.TransientModel):
    """Enters the time worked on a ticket, as measured or as typed."""

    _name = "cdg47.time.entry"
    _description = "Enter time"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, ondelete="cascade")
    coverage = fields.Selection(related="ticket_id.coverage")
    accepted_hours = fields.Float(related="ticket_id.accepted_hours")
    left_text = fields.Char(related="ticket_id.left_text")
    date = fields.Date(required=True, default=lambda self: today_in_paris())
    hours = fields.Float(string="Worked", required=True)
    name = fields.Char(string="What was done", required=True)
    is_not_counted = fields.Boolean(string="Do not count")
    not_counted_reason = fields.Char(string="Why not counted")
    warning = fields.Char(compute="_compute_warning")

    @api.depends("ticket_id", "is_not_counted")
    def _compute_warning(self):
        for wizard in self:
            ticket = wizard.ticket_id
            billed = ticket.billing_step != "none"
            unanswered = billed and not ticket._accepted_lines()
            wizard.warning = (
                self.env._(
                    "No estimate is accepted yet: this time is kept, and is not "
                    "invoiced until one is."
                )
                if unanswered and not wizard.is_not_counted
                else False
            )

    def action_enter(self):
        """Write the entry, and stop the user's timer."""
        self.ensure_one()
        if round(self.hours * 60) <= 0:
            raise UserError(self.env._("Enter the time worked."))
        ticket = self.ticket_id
        self.env["account.analytic.line"].create(
            [
                {
                    "helpdesk_ticket_id": ticket.id,
                    "date": self.date,
                    "name": self.name,
                    "real_minutes": round(self.hours * 60),
                    "is_not_counted": self.is_not_counted,
                    "not_counted_reason": self.not_counted_reason,
                }
            ]
        )
        self.env.user._stop_ticket_timer(ticket)
        return {"type": "ir.actions.act_window_close"}
