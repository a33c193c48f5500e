# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

PUBLIC_STATES = [
    ("received", "Received"),
    ("in_progress", "In progress at the CDG"),
    ("waiting", "Awaiting your answer"),
    ("closed", "Finished"),
]


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    public_state = fields.Selection(
        PUBLIC_STATES,
        string="Shown as",
        required=True,
        default="in_progress",
        help="What the collectivité reads, whatever the stages of the CDG.",
    )
