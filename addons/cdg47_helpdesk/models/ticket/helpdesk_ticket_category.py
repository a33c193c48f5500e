# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class HelpdeskTicketCategory(models.Model):
    _inherit = "helpdesk.ticket.category"

    service_id = fields.Many2one(
        "product.product",
        ondelete="restrict",
        domain=[("cdg47_is_service", "=", True)],
        help="Proposed for the requests of this category.",
    )
    cdg47_in_portal = fields.Boolean(
        string="Choice of the collectivités",
        help="One of the plain choices of a new request.",
    )
    cdg47_hint = fields.Char(
        string="Examples", translate=True, help="Examples shown under the choice."
    )
    cdg47_is_paid = fields.Boolean(
        string="Paid service",
        help="Asked as a written request for a priced service (Annexe 1).",
    )
    cdg47_may_be_urgent = fields.Boolean(
        string="May be urgent", help="Payroll or elections under way."
    )
    cdg47_team_id = fields.Many2one(
        "helpdesk.ticket.team", string="Sent to", ondelete="set null"
    )
