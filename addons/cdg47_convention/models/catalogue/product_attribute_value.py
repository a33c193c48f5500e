# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ProductAttributeValue(models.Model):
    _inherit = "product.attribute.value"

    stratum_id = fields.Many2one(
        "cdg47.stratum",
        ondelete="restrict",
        index="btree_not_null",
        help="The variants with this value are sold to this stratum.",
    )
