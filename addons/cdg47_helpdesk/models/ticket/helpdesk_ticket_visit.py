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

    def _portal_next_visit(self):
        """Return the next visit, said to whoever may read the request.

        :return: the visit, empty when none is planned
        :rtype: calendar.event
        """
        # The page of a request says when; who is invited reads the visit itself.
        visits_sudo = self.sudo().visit_ids
        now = fields.Datetime.now()
        return visits_sudo.filtered(lambda visit: visit.stop >= now).sorted("start")[:1]
