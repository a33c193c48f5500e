# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

# What a change of gives a request other deadlines.
DEADLINE_FIELDS = {"collectivite_id", "team_id", "category_id", "tag_ids", "is_urgent"}


class HelpdeskTicket(models.Model):
    """The deadlines of helpdesk_mgmt_sla follow what is learnt of a request."""

    _inherit = "helpdesk.ticket"

    def write(self, vals):
        result = super().write(vals)
        if DEADLINE_FIELDS & set(vals):
            for ticket in self.filtered("collectivite_id"):
                ticket.refresh_sla()
        return result

    def refresh_sla(self):
        """Give the deadlines that apply now; those already running keep their time."""
        self.check_access("write")
        # Technicians may not remove a deadline: only its rules decide of it.
        ticket_sudo = self.sudo()
        if not ticket_sudo.team_sla:
            return ticket_sudo.ticket_sla_ids.unlink()
        return super(HelpdeskTicket, ticket_sudo).refresh_sla()
