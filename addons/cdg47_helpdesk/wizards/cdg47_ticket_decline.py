# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47TicketDecline(models.TransientModel):
    """Asks why the CDG declines a request."""

    _name = "cdg47.ticket.decline"
    _description = "Decline a request"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, ondelete="cascade")
    reason = fields.Text(
        required=True, help="The collectivité reads it on its request."
    )

    def action_decline(self):
        self.ensure_one()
        self.ticket_id.check_access("write")
        self.ticket_id._decline(self.reason)
        return {"type": "ir.actions.act_window_close"}
