# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What next year will cost, as far as the tariff says. Writes nothing."""

from datetime import date

from odoo.exceptions import UserError

from .tariff import price_at


def estimate(convention, year):
    """Estimate a coming year for the collectivité's budget, writing nothing.

    :param int year: civil year
    :return: ``stratum``, ``reason``, ``fees`` (list of forfait and price, None when
        the tariff has no price yet), ``total`` (None when a price is missing)
    :rtype: dict
    """
    start = date(year, 1, 1)
    stratum, reason = convention.partner_id._cdg47_stratum_at(start)
    tariff = convention.company_id._cdg47_tariff()
    fees = []
    for forfait in convention._forfaits_at(max(start, convention.date_start)):
        try:
            price = price_at(tariff, forfait._cdg47_sold_to(stratum), start)
        except UserError:
            price = None
        fees.append({"forfait": forfait, "price": price})
    prices = [fee["price"] for fee in fees]
    return {
        "year": year,
        "stratum": stratum,
        "reason": reason,
        "fees": fees,
        "total": None if None in prices else sum(prices),
    }
