# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the ledger would answer for half-days not used yet; reads, writes nothing."""

from dataclasses import dataclass

from odoo.addons.cdg47_convention.reading.right_derivation import RightDerivation
from odoo.addons.cdg47_convention.reading.verdict import VerdictWriter


@dataclass
class QuotaAnswer:
    """Amounts in the unit asked for; ``left`` and ``granted`` are before this use."""

    covered: float
    billable: float
    left: float
    granted: float
    verdict: str
    article: str
    next_day: object = None


class GroupQuota:
    """Questions about one right of one collectivité: loaded once, asked many times.

    :param res.partner partner: the collectivité, as superuser, in its language
    :param product.product product: the service drawn
    :param uom.uom uom: the unit of questions and answers
    """

    def __init__(self, partner, product, uom):
        self.derivation = RightDerivation(
            partner,
            product.with_env(partner.env),
            partner.env["cdg47.software"],
        )
        self.product = product.with_env(partner.env)
        self.uom = uom.with_env(partner.env)
        self.writer = VerdictWriter(self.derivation)

    def overage(self, day):
        """Return what continues the service beyond the quota on a day."""
        partner = self.derivation.partner
        return self.derivation.in_force.continuation(partner, self.product, day)

    def ask(self, day, quantity):
        """Tell how a quantity would be split on a day.

        :rtype: QuotaAnswer or None
        :return: None when no right of the forfaits held counts this service
        """
        if not self.derivation.counting_line(day):
            return None
        amount = self.uom._cdg47_exact_amount(quantity)
        fact, outcome = self.derivation.suppose(day, amount)
        split = outcome.splits[fact.key]
        as_quantity = self.uom._cdg47_quantity
        covered, billable = self.uom._cdg47_split(
            quantity, split.covered, split.billable
        )
        return QuotaAnswer(
            covered=covered,
            billable=billable,
            left=as_quantity(outcome.before[fact.key]),
            granted=as_quantity(outcome.granted),
            verdict=self.writer.verdict(self.product, self.uom, fact, split, outcome),
            article=outcome.rule.article or "",
            next_day=outcome.next_day,
        )
