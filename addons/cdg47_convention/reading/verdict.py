# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The sentence that explains a verdict: rule, quota, split, price, next right (R10)."""

from odoo.tools.misc import formatLang

from .tariff import Prices


class VerdictWriter:
    """Writes the verdicts of one right, in the language of the environment.

    :param RightDerivation derivation: its conventions, strata and rules
    """

    def __init__(self, derivation):
        self.derivation = derivation
        self.env = derivation.env
        self.prices = Prices(self.env.company._cdg47_tariff().sudo())

    def verdict(self, product, uom, fact, split, outcome):
        """Return the verdict of one fact.

        :param uom.uom uom: the unit the amounts are written in
        :param WindowOutcome outcome: its window, None when no right covers it
        :rtype: str
        """
        if outcome is None:
            sentences = [self.no_right(product, fact.day)]
            rule = self.derivation.rules[:1]
        else:
            rule = outcome.rule
            sentences = [
                rule._explanation(),
                self._quota_sentence(uom, fact, split, outcome),
            ]
        if split.billable > 0:
            sentences.append(
                self.bill_sentence(rule, product, uom, split.billable, fact.day)
            )
        if outcome and outcome.next_day and self.left_after(fact, split, outcome) == 0:
            sentences.append(
                self.env._(
                    "The right opens again on %(date)s.",
                    date=self._date(outcome.next_day),
                )
            )
        return " ".join(sentences)

    @staticmethod
    def left_after(fact, split, outcome):
        return max(outcome.before[fact.key] - split.covered, 0)

    def _quota_sentence(self, uom, fact, split, outcome):
        return self.env._(
            "Quota before: %(before)s; covered: %(covered)s; left: %(after)s.",
            before=self._amount(uom, outcome.before[fact.key]),
            covered=self._amount(uom, split.covered),
            after=self._amount(uom, self.left_after(fact, split, outcome)),
        )

    def no_right(self, product, day):
        """Say why nothing covers a service on a day."""
        convention = self.derivation.convention_at(day)
        if not convention:
            return self.env._(
                "No convention is in force on %(date)s.", date=self._date(day)
            )
        return self.env._(
            "%(service)s is not part of the forfaits held on %(date)s (%(forfaits)s).",
            service=product.name,
            date=self._date(day),
            forfaits=", ".join(convention._forfaits_at(day).mapped("name")),
        )

    def bill_sentence(self, rule, product, uom, amount, day):
        """Say what is to be billed, and at which price."""
        overage, price = self.priced(rule, product, day)
        values = {"billed": self._amount(uom, amount)}
        if not overage:
            return self.env._("Beyond the quota: %(billed)s, quoted apart.", **values)
        if price is None:
            return self.env._(
                "To be billed: %(billed)s. Price missing from the tariff: %(service)s.",
                service=overage.name,
                **values,
            )
        return self.env._(
            "To be billed: %(billed)s, at %(price)s per %(unit)s.",
            price=formatLang(self.env, price, currency_obj=self.prices.currency),
            unit=overage.uom_id.cdg47_noun or overage.uom_id.name,
            **values,
        )  # fmt: skip

    def priced(self, rule, product, day):
        """Return what continues a service beyond its quota, and its price on a day.

        :param cdg47.quota.rule rule: the line that decides, may be empty
        :rtype: tuple[product.product, float | None]
        """
        partner = self.derivation.partner
        overage = self.derivation.in_force.continuation(partner, product, day, rule)
        return overage, self.prices.at(overage, day) if overage else None

    @staticmethod
    def _amount(uom, amount):
        return uom._cdg47_format(uom._cdg47_quantity(amount))

    def _date(self, day):
        return self.derivation.partner._cdg47_format_date(day)
