# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47Consumption(models.Model):
    """A fact: this collectivité used so much of this service on that day (R4)."""

    _name = "cdg47.consumption"
    _description = "Consumption"
    _order = "date desc, id desc"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("collectivite_type", "!=", False)],
    )
    product_id = fields.Many2one(
        "product.product",
        string="Service",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("cdg47_is_service", "=", True)],
    )
    scope_id = fields.Many2one(
        "cdg47.software",
        index="btree_not_null",
        ondelete="restrict",
        help="The software, for a right that opens once per software.",
    )
    date = fields.Date(string="Service date", required=True, index=True)
    quantity = fields.Float(digits="Product Unit", required=True)
    uom_id = fields.Many2one(
        "uom.uom", string="Unit", required=True, ondelete="restrict"
    )
    note = fields.Char(help="Where the fact comes from.")

    _quantity_not_zero = models.Constraint(
        "CHECK (quantity <> 0)", "A consumption has a quantity."
    )
