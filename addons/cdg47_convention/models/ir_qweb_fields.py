# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.tools import float_round

QUANTITIES = "Product Unit"


class FloatConverter(models.AbstractModel):
    _inherit = "ir.qweb.field.float"

    @api.model
    def record_to_html(self, record, field_name, options):
        """Print quantities without needless zeros: 4 digits are kept, « 1 » is read."""
        field = record._fields[field_name]
        if getattr(field, "_digits", None) == QUANTITIES and "precision" not in options:
            quantity = record[field_name]
            digits = next(d for d in range(5) if float_round(quantity, d) == quantity)
            options = {**options, "precision": digits}
        return super().record_to_html(record, field_name, options)
