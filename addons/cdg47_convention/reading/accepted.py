# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is fixed of an order line once it is accepted (R15). Writes nothing."""

from odoo import fields
from odoo.tools import float_compare

from .annexe1 import in_catalogue
from .billing_limit import is_limited

# Product, quantity, price, discount and tax, what they are computed from, and what
# would deliver or invoice the line in another way.
ACCEPTED_FIELDS = {
    "order_id", "product_id", "product_uom_id", "product_uom_qty", "price_unit",
    "discount", "tax_ids", "cdg47_kind", "cdg47_date_start", "cdg47_date_end",
    "cdg47_months", "cdg47_paid_product_id", "is_downpayment", "is_expense",
}  # fmt: skip


def is_accepted(line):
    """Tell whether a collectivité accepted this line as it is."""
    return line.state == "sale" and is_limited(line)


def enters(line, vals):
    """Tell whether these values put a line in an order that is accepted already.

    Moved from a quotation that nobody signed, or made a service from something else.
    """
    if line.display_type or is_accepted(line):
        return False
    order = line.order_id.browse(vals.get("order_id")) or line.order_id
    product = line.product_id.browse(vals.get("product_id")) or line.product_id
    return order.state == "sale" and bool(order.convention_id or in_catalogue(product))


def changes(line, vals):
    """Return which accepted fields these values would change.

    :rtype: list[str]
    """
    return [
        name
        for name in sorted(ACCEPTED_FIELDS & set(vals))
        if differs(line, name, vals[name])
    ]


def differs(line, name, value):
    """Tell whether a value, as a form or RPC gives it, is not the one stored."""
    field = line._fields[name]
    if field.type == "many2many":
        return line.new({name: value})[name]._origin != line[name]
    if field.type == "float":
        return float_compare(value or 0.0, line[name], precision_digits=6) != 0
    if field.type == "date":
        return fields.Date.to_date(value) != (line[name] or None)
    if field.type == "datetime":
        return fields.Datetime.to_datetime(value) != (line[name] or None)
    current = line[name].id if field.relational else line[name]
    return (value or False) != (current or False)
