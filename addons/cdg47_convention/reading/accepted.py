# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is fixed of an order line once it is accepted (R15). Writes nothing."""

from odoo import fields
from odoo.tools import float_compare

from .billing_limit import is_limited

# Product, quantity, price, discount and tax, and what they are computed from.
ACCEPTED_FIELDS = {
    "order_id", "product_id", "product_uom_id", "product_uom_qty", "price_unit",
    "discount", "tax_ids", "cdg47_kind", "cdg47_date_start", "cdg47_date_end",
    "cdg47_months", "cdg47_paid_product_id",
}  # fmt: skip


def is_accepted(line):
    """Tell whether a collectivité accepted this line as it is."""
    return line.state == "sale" and is_limited(line)


def changes(line, vals):
    """Return which accepted fields these values would change.

    :rtype: list[str]
    """
    return [
        name
        for name in sorted(ACCEPTED_FIELDS & set(vals))
        if _differs(line, name, vals[name])
    ]


def _differs(line, name, value):
    field = line._fields[name]
    if field.type == "many2many":
        return line.new({name: value})[name]._origin != line[name]
    if field.type == "float":
        return float_compare(value or 0.0, line[name], precision_digits=6) != 0
    if field.type == "date":
        return fields.Date.to_date(value) != (line[name] or None)
    current = line[name].id if field.relational else line[name]
    return (value or False) != (current or False)
