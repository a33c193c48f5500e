# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import api, models
from odoo.tools import float_round

QUANTITIES = "Product Unit"
CONVENTION_OF_LINE = {
    "account.move.line": "move_id.cdg47_convention_id",
    "sale.order.line": "order_id.convention_id",
}
FIRST_OF_MONTH = re.compile(r"\b1 (?=[^\W\d])")


class FloatConverter(models.AbstractModel):
    _inherit = "ir.qweb.field.float"

    @api.model
    def record_to_html(self, record, field_name, options):
        """Print our quantities without needless zeros, and others as Odoo does.

        Six digits are kept: ours is « 1 », and the « 1.00 » of others stays so.
        """
        field = record._fields[field_name]
        if getattr(field, "_digits", None) == QUANTITIES and "precision" not in options:
            options = {**self._quantity_options(record, field), **options}
        return super().record_to_html(record, field_name, options)

    def _quantity_options(self, record, field):
        if not self._is_ours(record):
            return {"min_precision": 2}
        quantity, most = record[field.name], field.get_digits(self.env)[1]
        exact = (d for d in range(most) if float_round(quantity, d) == quantity)
        return {"precision": next(exact, most)}

    @api.model
    def _is_ours(self, record):
        """Tell whether a record is of our models, or a line of a convention."""
        convention = CONVENTION_OF_LINE.get(record._name)
        if convention:
            return bool(record.sudo().mapped(convention))
        return record._name.startswith("cdg47.")


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
