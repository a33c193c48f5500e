# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class HelpdeskTicket(models.Model):
    """Visits on site for a request, in the calendar everybody shares."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "cdg47.visit.mixin"]

    visit_ids = fields.One2many(
        "calendar.event",
        "helpdesk_ticket_id",
        string="Visits",
        groups="base.group_user",
    )

    def _visited_collectivite(self):
        return self.collectivite_id

    def action_view_visits(self):
        """Propose the technician and who asked: not all who act for it."""
        action = super().action_view_visits()
        technician = self.user_id or self.env.user
        invited = technician.partner_id | self.partner_id
        action["context"] |= {"default_partner_ids": invited.ids}
        return action
