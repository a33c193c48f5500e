# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import api, models
from odoo.tools import float_round

QUANTITIES = "Product Unit"
FIRST_OF_MONTH = re.compile(r"\b1 (?=[^\W\d])")


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


class DateConverter(models.AbstractModel):
    _inherit = "ir.qweb.field.date"

    @api.model
    def value_to_html(self, value, options):
        """Write the first of a month as French does: « vendredi 1er janvier 2027 ».

        CLDR has no pattern for the ordinal.
        """
        written = super().value_to_html(value, options)
        is_french = (self.env.lang or "").startswith("fr")
        if is_french and "d MMM" in (options.get("format") or ""):
            return FIRST_OF_MONTH.sub("1er ", written)
        return written
