# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a collectivité owes for a year, by its orders. Writes nothing."""

from dataclasses import dataclass
from datetime import date

from odoo.fields import Domain

from ..lib.dates import day_in_paris, midnight


@dataclass
class YearlyCosts:
    """Euros of one civil year, as the orders and the quotations sum them up."""

    fee: float = 0.0
    accepted: float = 0.0
    to_sign: float = 0.0


def yearly_costs(partner, year):
    """Return the fee, what was accepted beyond it, and what awaits a signature.

    :param res.partner partner: the collectivité, as superuser
    :param int year: a fee counts in the year of its term, the rest in that of its order
    :rtype: YearlyCosts
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    orders = Domain("convention_id.partner_id", "=", partner.id)
    of_the_term = Domain("term_id.date_start", ">=", first) & Domain(
        "term_id.date_start", "<=", last
    )
    of_the_day = Domain("date_order", ">=", midnight(first)) & Domain(
        "date_order", "<", midnight(date(year + 1, 1, 1))
    )
    found = partner.env["sale.order"].search(
        orders & Domain("state", "in", ("sent", "sale")) & (of_the_term | of_the_day)
    )
    costs = YearlyCosts()
    for line in found.order_line.filtered(lambda ln: not ln.display_type):
        order = line.order_id
        if line.cdg47_kind == "fee" and _year_of(order) != year:
            continue
        if order.state == "sent":
            costs.to_sign += line.price_subtotal if order._has_to_be_signed() else 0.0
        elif line.cdg47_kind == "fee":
            costs.fee += line.price_subtotal
        else:
            costs.accepted += line.price_subtotal
    return costs


def _year_of(order):
    """Return the civil year that a fee pays for."""
    return (order.term_id.date_start or day_in_paris(order.date_order)).year
