# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a yearly fee costs: twelfths, rounded once (Money lines). Writes nothing."""


def fee_price(line, yearly):
    """Return the price of a fee, by month of its year.

    A rise of stratum owes the difference only, and takes the rest of the earlier parts.

    :param sale.order.line line: a fee
    :param float yearly: the price of its variant for a whole year
    :rtype: float
    """
    rest = 0.0
    if line.cdg47_paid_product_id:
        yearly -= line.order_id.pricelist_id._cdg47_price(
            line.cdg47_paid_product_id, line._cdg47_price_date()
        )
        earlier = line.order_id.convention_id._earlier_fees(
            line.product_template_id, line.cdg47_date_start, line.cdg47_date_end
        )
        rest = fee_rest(earlier - line._origin)
    return line.currency_id.round(yearly * line.cdg47_months / 12 + rest)


def fee_rest(fees):
    """Return what rounding these fees has left, for the next part to take.

    The parts of one year then sum up to its exact fee, rounded once.

    :return: euros, less than a cent
    :rtype: float
    """
    exact = 0.0
    for line in fees:
        tariff, day = line.order_id.pricelist_id, line._cdg47_price_date()
        price = tariff._cdg47_price(line.product_id, day)
        if line.cdg47_paid_product_id:
            price -= tariff._cdg47_price(line.cdg47_paid_product_id, day)
        exact += price * line.cdg47_months / 12
    # Each part took the rest of those before: together they make this sum, rounded.
    return exact - fees.currency_id.round(exact) if fees else 0.0
