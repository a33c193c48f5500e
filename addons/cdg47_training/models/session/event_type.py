# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

KINDS = [
    ("group", "Group training"),
    ("workshop", "Workshop"),
    ("mandatory", "Mandatory training"),
    ("regulatory", "Regulatory training"),
    ("custom", "Training on request"),
]


class EventType(models.Model):
    """A kind of training: who may attend, what is billed, what is sent (Annexe 3)."""

    _inherit = "event.type"

    training_kind = fields.Selection(KINDS, string="Kind of training")
    training_forfait_id = fields.Many2one(
        "product.template",
        string="Only with",
        domain=[("cdg47_is_forfait", "=", True)],
        help="The forfait one must hold; empty: any forfait.",
    )
    training_product_id = fields.Many2one(
        "product.product",
        string="Service",
        domain=[("cdg47_is_service", "=", True)],
        help="What is drawn from the forfait, or billed by the day.",
    )
    training_rules_url = fields.Char(
        string="Règlement intérieur",
        help="Address of the règlement intérieur of the training body.",
    )
    training_survey_id = fields.Many2one(
        "survey.survey",
        string="Satisfaction survey",
        help="Sent to those who attended, once the sign-in sheets are locked.",
    )
    training_document_ids = fields.Many2many(
        "ir.attachment",
        relation="cdg47_event_type_attachment_rel",
        string="Documents",
        help="Joined to the convocations.",
    )
