# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What another stratum changes for one convention, from a day on; writes nothing."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from odoo.exceptions import UserError
from odoo.fields import Domain

from ..lib.dates import end_of_year, months_until, today_in_paris
from .annexe1 import granted, months_granted, units_held
from .billing_limit import is_given_back
from .held_levels import HeldLevels
from .right_derivation import RightDerivation
from .tariff import fee, fee_rest

ONE_DAY = timedelta(days=1)


def earlier_fees(convention, forfait, date_start, date_end):
    """Return the fees owed already for a forfait from a day to another.

    :param product.template forfait: forfait or option
    :rtype: sale.order.line
    """
    return convention.order_ids.order_line.filtered(
        lambda line: (
            line.cdg47_kind == "fee"
            and line.state != "cancel"
            and line.product_template_id == forfait
            and line.cdg47_date_start <= date_start
            and line.cdg47_date_end >= date_end
        )
    )


def owed_elsewhere(term, forfait, date_start):
    """Return the fees of the same civil year that other conventions owe, if any.

    Who leaves owes the whole year: joining again in it owes it once (R16). A commune
    nouvelle owes what those that it replaces owed.

    :param cdg47.convention.term term: of the convention that begins
    :param product.template forfait: forfait or option
    :rtype: sale.order.line
    """
    first = date_start.replace(month=1, day=1)
    if date_start == first:
        return term.env["sale.order.line"]
    # Who proposes may not have sold the former one.
    lines_sudo = term.env["sale.order.line"].sudo()
    family_sudo = term.partner_id.sudo()
    family_sudo |= family_sudo._cdg47_predecessors()
    lines_sudo = lines_sudo.search(
        Domain("order_id.convention_id.partner_id", "in", family_sudo.ids)
        & Domain("order_id.convention_id", "!=", term.convention_id.id)
        & Domain("state", "=", "sale")
        & Domain("cdg47_kind", "=", "fee")
        & Domain("product_id.product_tmpl_id", "=", forfait.id)
        & Domain("cdg47_date_start", ">=", first)
        & Domain("cdg47_date_start", "<=", date_start)
    )
    kept = lines_sudo.filtered(lambda line: not is_given_back(line))
    by_owner = kept.grouped(lambda line: line.order_id.convention_id.partner_id)
    return kept.browse().union(
        *(lines.sorted("cdg47_date_start")[-1:] for lines in by_owner.values())
    )


def fee_of(line, price):
    """Return what a line of fee owes of a yearly price.

    A rise of stratum owes the difference only, and takes the rest of the earlier parts.

    :param sale.order.line line: a fee
    :param float price: of its variant, for a whole year
    :rtype: float
    """
    rest = 0.0
    if line.cdg47_paid_product_id:
        order, day = line.order_id, line._cdg47_price_date()
        price -= order.pricelist_id._cdg47_price(line.cdg47_paid_product_id, day)
        start, end = line.cdg47_date_start, line.cdg47_date_end
        earlier = earlier_fees(
            order.convention_id, line.product_template_id, start, end
        )
        rest = fee_rest(earlier - line._origin)
    return fee(line.currency_id, price, line.cdg47_months, rest)


@dataclass
class QuotaEffect:
    """One line of Annexe 1 before and after, in its unit."""

    rule: object
    before: float
    after: float
    used: float

    @property
    def left(self):
        return max(self.after - self.used, 0)

    @property
    def over(self):
        return max(self.used - self.after, 0)


@dataclass
class FeeEffect:
    """One forfait before and after.

    :param product.product paid: the variant whose price is owed already
    :param product.product sold: the variant of the new stratum
    :param datetime.date date_start: first day of the new fee
    :param int months: twelfths that remain, the month of start counted
    :param float amount: what is to be invoiced, 0 for a fall (no credit)
    """

    forfait: object
    paid: object
    sold: object
    price_before: float
    price_after: float
    date_start: object
    months: int
    amount: float


class StratumChange:
    """The effect of a stratum on a convention, as of a day (R3, Money lines).

    :param cdg47.convention convention: one convention
    :param datetime.date day: first day in the new stratum
    :param cdg47.stratum stratum: the new stratum
    :param cdg47.stratum before: the former one, when the terms are switched already
    """

    def __init__(self, convention, day, stratum, before=None):
        # The effect counts orders and rights that a technician may not read.
        convention = convention.sudo()
        self.convention = convention
        self.env = convention.env
        self.day = day
        self.stratum = stratum.sudo()
        self.term = convention._term_at(day)
        partner = convention.partner_id
        self.before = before or self._levels.stratum_at(partner, day)

    @cached_property
    def _levels(self):
        return HeldLevels(self.env, self.convention.partner_id)

    @property
    def is_in_closed_year(self):
        """A past civil year keeps its rights and its invoices."""
        return self.day.year < today_in_paris().year

    @property
    def date_end(self):
        """Last day of the new stratum: that of the term it takes the place of."""
        return self.term.date_end or end_of_year(self.day)

    # === Quotas ===
    @cached_property
    def quotas(self):
        """Return the quotas that depend on the stratum, what is used included.

        :rtype: list[QuotaEffect]
        """
        rules = self.env["cdg47.quota.rule"].search(
            [
                ("forfait_id", "in", self.convention._forfaits_at(self.day).ids),
                ("by_stratum", "=", True),
                ("coverage", "=", "limited"),
            ]
        )
        return [
            QuotaEffect(
                rule,
                self._granted(rule, self.before),
                self._granted(rule, self.stratum),
                self._used(rule),
            )
            for rule in rules.filtered(lambda rule: rule._is_in_force(self.day))
        ]

    def _granted(self, rule, stratum):
        months = months_granted(self.convention, self.day)
        return rule.uom_id._cdg47_quantity(granted(rule, stratum, months))

    def _used(self, rule):
        partner = self.convention.partner_id
        if rule.measure == "level":
            held = self._levels.held_at(partner, self.day)
            return units_held(held, rule.product_ids)
        derivation = RightDerivation(
            self._levels.partners, rule.product_ids[:1], self.env["cdg47.software"]
        )
        outcomes, _outside = derivation.run()
        return sum(
            rule.uom_id._cdg47_quantity(outcome.consumed)
            for outcome in outcomes
            if outcome.window.holds(self.day)
        )

    # === Fees ===
    @cached_property
    def fees(self):
        """Return what the change makes of each forfait held until the term's end.

        :rtype: list[FeeEffect]
        """
        lines = self.convention.line_ids.filtered(
            lambda line: (
                line.date_start <= self.date_end
                and (not line.date_end or line.date_end >= self.day)
            )
        )
        fees = [self._fee(line) for line in lines]
        return [fee for fee in fees if fee.months]

    def _fee(self, line):
        start = max(line.date_start, self.day)
        price_day = self.term._price_day() if self.term else self.day
        sold = line.forfait_id._cdg47_sold_to(self.stratum)
        price = self._price(sold, price_day)
        paid, price_before = self._paid(line.forfait_id, start, price_day)
        months = months_until(start, self.date_end)
        rise = max(price - price_before, 0)
        amount = 0.0
        if rise:
            earlier = self._earlier_fees(line.forfait_id, start)
            amount = fee(self.convention.currency_id, rise, months, fee_rest(earlier))
        return FeeEffect(
            line.forfait_id, paid, sold, price_before, price, start, months, amount
        )

    def _paid(self, forfait, start, price_day):
        """Return the dearest variant owed already for these months, and its price.

        After a fall that credited nothing, a rise only owes what is beyond.
        """
        ordered = self._earlier_fees(forfait, start)
        variants = ordered.product_id or forfait._cdg47_sold_to(self.before)
        prices = {variant: self._price(variant, price_day) for variant in variants}
        paid = max(prices, key=prices.get)
        return paid, prices[paid]

    def _earlier_fees(self, forfait, start):
        return earlier_fees(self.convention, forfait, start, self.date_end)

    def _price(self, variant, day):
        return self.convention.company_id._cdg47_tariff()._cdg47_price(variant, day)

    @property
    def amount(self):
        """Return what is to be invoiced, in the currency of the convention."""
        return sum(fee.amount for fee in self.fees)

    def check(self):
        """Refuse a change that is none, or out of the convention.

        :raise UserError: with the sentence that says why
        """
        convention = self.convention
        if convention.state != "active":
            raise UserError(
                self.env._("The stratum changes while the convention is active.")
            )
        if not convention.date_start <= self.day <= convention.date_end:
            raise UserError(
                self.env._(
                    "The change must fall between %(start)s and %(end)s.",
                    start=convention._format_date(convention.date_start),
                    end=convention._format_date(convention.date_end),
                )
            )
        if self.stratum == self.before:
            raise UserError(
                self.env._(
                    "%(name)s is already in stratum %(stratum)s on %(date)s.",
                    name=convention.partner_id.name,
                    stratum=self.stratum.code,
                    date=convention._format_date(self.day),
                )
            )
