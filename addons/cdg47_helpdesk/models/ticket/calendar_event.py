# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class CalendarEvent(models.Model):
    """A visit on site for a request."""

    _inherit = "calendar.event"

    helpdesk_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Request",
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )

    @api.depends("helpdesk_ticket_id")
    def _compute_cdg47_collectivite_id(self):
        return super()._compute_cdg47_collectivite_id()

    def _cdg47_visited(self):
        return self.helpdesk_ticket_id.collectivite_id or super()._cdg47_visited()
