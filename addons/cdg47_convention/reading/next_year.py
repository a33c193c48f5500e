# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What next year will cost, as far as the tariff says. Writes nothing."""

from dataclasses import dataclass
from datetime import date, timedelta

from odoo.exceptions import UserError

from .campaign.campaign_levels import CampaignLevels
from .tariff import fee, price_at


@dataclass
class ComingYear:
    """A year as the campaign reads it, for one convention and its stratum."""

    convention: object
    start: date
    stratum: object

    @property
    def env(self):
        return self.convention.env

    @property
    def eve(self):
        return self.start - timedelta(days=1)

    def forfaits_of(self, convention):
        """Return the forfaits and options held on 1 January."""
        return convention._forfaits_at(self.start)


def estimate(convention, year):
    """Estimate a coming year for the collectivité's budget, writing nothing.

    :param int year: civil year
    :return: ``stratum``, ``reason``, ``fees`` (list of forfait and price, None when
        the tariff has no price yet), ``supplements`` (list of product, quantity and
        price, as the campaign renews them), ``total`` (None when a price is missing)
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
    supplements = _supplements(convention, start, stratum, tariff)
    prices = [row["price"] for row in (*fees, *supplements)]
    return {
        "year": year,
        "stratum": stratum,
        "reason": reason,
        "fees": fees,
        "supplements": supplements,
        "total": None if None in prices else sum(prices),
    }


def _supplements(convention, start, stratum, tariff):
    """Return what was accepted beyond the quotas and goes on, at the new tariff (R8).

    :rtype: list[dict]
    """
    if not stratum:
        return []
    year = ComingYear(convention, start, stratum)
    rows = []
    for line, quantity in CampaignLevels(year, convention, {}).supplements(
        convention, year
    ):
        price = price_at(tariff, line.product_id, start)
        amount = None if price is None else fee(tariff.currency_id, price * quantity)
        rows.append({"product": line.product_id, "quantity": quantity, "price": amount})
    return rows
