# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47TicketMove(models.TransientModel):
    """Asks before a request goes to another collectivité: it starts anew there."""

    _name = "cdg47.ticket.move"
    _description = "Change the collectivité of a request"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, ondelete="cascade")
    former_id = fields.Many2one(
        related="ticket_id.collectivite_id", string="Collectivité today"
    )
    contact_id = fields.Many2one(related="ticket_id.partner_id", string="Contact today")
    collectivite_id = fields.Many2one(
        "res.partner",
        string="Right collectivité",
        required=True,
        domain=[("collectivite_type", "!=", False)],
    )

    def action_move(self):
        self.ensure_one()
        self.ticket_id.write({"collectivite_id": self.collectivite_id.id})
        return {"type": "ir.actions.act_window_close"}
