# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a use of a service would be: covered, billed, or neither. Writes nothing."""

from . import answer
from .annexe1 import is_given, line_of, lines_at, units_held
from .held_levels import HeldLevels
from .in_force import InForce
from .right_derivation import RightDerivation
from .verdict import VerdictWriter

NO_LIMIT = float("inf")


def coverage(convention, product, quantity, uom, day, scope):
    """Answer as ``cdg47.convention._check_coverage``, on a day in Paris."""
    # Rights are decided by the whole ledger, which a portal user does not read.
    convention_sudo = convention._in_partner_lang().sudo()
    env = convention_sudo.env
    product = product.with_env(env)
    derivation = RightDerivation(
        convention_sudo.partner_id, product, scope.with_env(env)
    )
    check = CoverageCheck(derivation, product, uom, day)
    flow = derivation.counting_line(day)
    if not flow:
        return check.of_others(quantity)
    return check.refusal(flow) or check.of_flow(quantity)


def counts_use_of(partner, product, day):
    """Tell whether a right of this collectivité counts a service on a day."""
    return bool(InForce(partner.env, partner).counting_line(partner, product, day))


class CoverageCheck:
    """One question about one service on one day."""

    def __init__(self, derivation, product, uom, day):
        self.derivation = derivation
        self.env = derivation.env
        self.product = product
        self.uom = uom.with_env(self.env)
        self.day = day
        self.writer = VerdictWriter(derivation)

    def of_flow(self, quantity):
        """Answer for a service that is used up: replay with one more fact."""
        self.env["cdg47.consumption"]._check_countable(self.product, self.uom)
        amount = self.uom._cdg47_exact_amount(quantity)
        fact, outcome = self.derivation.suppose(self.day, amount)
        split = outcome.splits[fact.key]
        left = self.writer.left_after(fact, split, outcome)
        return self._answer(
            outcome.rule,
            *self.uom._cdg47_split(quantity, split.covered, split.billable),
            self.uom._cdg47_quantity(left),
            self.writer.verdict(self.product, self.uom, fact, split, outcome),
            next_date=(not left and outcome.next_day) or False,
        )

    def of_others(self, quantity):
        """Answer for what is not used up: an access, a level, an option, nothing."""
        convention = self.derivation.convention_at(self.day)
        held = convention._forfaits_at(self.day)
        rule = lines_at(self.product, self.day, held)[:1]
        if not rule:
            reason = self.writer.no_right(self.product, self.day)
            known = line_of(self.product, self.day)
            return self._uncovered(known, quantity, reason)
        sentence = rule._explanation()
        if rule.measure == "duty":
            reason = f"{answer.included(self.env)} {sentence}"
            return self._answer(rule, 0.0, 0.0, 0.0, reason)
        refusal = self.refusal(rule)
        if refusal:
            return refusal
        if is_given(rule, held):
            reason = f"{answer.included(self.env)} {sentence}"
            return self._answer(rule, quantity, 0.0, NO_LIMIT, reason)
        if rule.measure == "level" and rule.coverage == "limited":
            return self._of_level(rule, quantity, sentence)
        return self._uncovered(rule, quantity, sentence)

    def refusal(self, rule):
        """Answer that nothing is given before what the service needs is held (R9).

        :return: None when nothing is missing
        """
        partner = self.derivation.partner
        obstacle = partner._cdg47_obstacle(self.product, self.day)
        if not obstacle:
            return None
        reason = f"{obstacle[0]} {rule._explanation()}"
        return self._answer(rule, 0.0, 0.0, 0.0, reason, obstacle=obstacle)

    def _of_level(self, rule, quantity, sentence):
        """Answer for what is held: the quota less what is held that day (R8)."""
        partner = self.derivation.partner
        levels = HeldLevels(self.env, partner)
        rules = levels.rules_at(partner, self.product, self.day)
        quota = levels.quota_at(partner, rules, self.day) or 0
        held = units_held(levels.held_at(partner, self.day), rule.product_ids)
        left = max(quota - held, 0)
        covered = min(quantity, left)
        standing = self.env._(
            "Included: %(quota)s; held: %(held)s.",
            quota=self.uom._cdg47_format(quota),
            held=self.uom._cdg47_format(held),
        )
        amount = self.uom._cdg47_amount(quantity - covered)
        answered = self.writer.answer(
            rule, self.product, self.day, amount, is_part=covered > 0
        )
        reason = f"{answered} {standing} {sentence}"
        return self._answer(rule, covered, quantity - covered, left - covered, reason)

    def _uncovered(self, rule, quantity, sentence):
        """Answer that all is to be billed, when there is something to bill it with."""
        overage, _price = self._priced(rule)
        amount = self.uom._cdg47_amount(quantity)
        answered = self.writer.answer(rule, self.product, self.day, amount)
        billable = quantity if overage else 0.0
        return self._answer(rule, 0.0, billable, 0.0, f"{answered} {sentence}")

    def _priced(self, rule):
        return self.writer.priced(rule, self.product, self.day)

    def _answer(
        self, rule, covered, billable, left, reason, next_date=False, obstacle=None
    ):
        overage, price = self._priced(rule)
        return {
            "covered": covered,
            "billable": billable,
            "left": left,
            "reason": reason,
            "article": rule.article or self.product.cdg47_article or "",
            "overage_product": overage.sudo(False),
            "unit_price": price or 0.0,
            "next_date": next_date,
            "obstacle": obstacle,
        }
