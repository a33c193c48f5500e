# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The sentence that explains a verdict: rule, quota, split, price, next right (R10)."""

from . import answer
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
        """Return the verdict of one fact: the answer, what is left, the article.

        :param uom.uom uom: the unit the amounts are written in
        :param WindowOutcome outcome: its window, None when no right covers it
        :rtype: str
        """
        rule = outcome.rule if outcome else self.derivation.rules[:1]
        answered = self.answer(
            rule, product, fact.day, split.billable, is_part=split.covered > 0
        )
        if outcome is None:
            return f"{answered} {self.no_right(product, fact.day)}"
        sentences = [answered, self._quota_sentence(uom, fact, split, outcome)]
        if outcome.next_day and self.left_after(fact, split, outcome) == 0:
            sentences.append(
                self.env._(
                    "The right opens again on %(date)s.",
                    date=self._date(outcome.next_day),
                )
            )
        return " ".join([*sentences, rule._explanation()])

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

    def answer(self, rule, product, day, billable, is_part=False):
        """Say what is to be paid: the sentence that a verdict begins with.

        :param int billable: amount that the forfait does not cover
        :param bool is_part: it covers the rest
        """
        if billable <= 0:
            return answer.included(self.env)
        partner = self.derivation.partner
        overage, price = self.priced(rule, product, day)
        if not overage:
            return answer.quoted(self.env, partner)
        if price is None:
            missing = self.env._(
                "Price missing from the tariff: %(service)s.", service=overage.name
            )
            return f"{answer.quoted(self.env, partner)} {missing}"
        # As the quotation does: the quantity in the unit of the price, rounded once.
        quantity = overage.uom_id._cdg47_quantity(billable)
        sums = answer.product_of(
            self.env, overage.uom_id, quantity, price, self.prices.currency
        )
        who = product._cdg47_accepted_by(partner)
        return answer.priced(self.env, sums, who, is_part)

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
