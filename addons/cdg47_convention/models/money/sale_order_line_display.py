# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

# Quantities keep four digits (20 min at 60 €/h is 20.00 €, R5) and show two, or as
# many as they need: « 1,00 », « 0,3333 ». Their labels stay those of Odoo.
SHOWN = {
    "digits": "Product Unit",
    "min_display_digits": 2,
    "export_string_translation": False,
}


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    product_uom_qty = fields.Float(**SHOWN)
    qty_delivered = fields.Float(**SHOWN)
    qty_invoiced = fields.Float(**SHOWN)
    qty_to_invoice = fields.Float(**SHOWN)
