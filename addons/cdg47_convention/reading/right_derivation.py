# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One right of one collectivité, derived from its facts; reads, and writes nothing."""

from dataclasses import dataclass, field
from datetime import date

from ..lib.periods import Window
from ..lib.replay import Fact, Grant, Split, open_windows, replay
from .in_force import LIFE, InForce

# Key of the rule's own grant in the shares; the others are named by their id.
RULE = "rule"
# Key of a use that is only supposed.
SUPPOSED = "supposed"
# Read at once with what is searched.
RIGHT_FIELDS = (
    "partner_id", "period", "date_start", "date_end", "added_amount",
    "granted_amount", "consumed_amount", "inherited_amount", "over_amount",
    "left_amount", "scope", "uom_id",
)  # fmt: skip
FACT_FIELDS = (
    "partner_id", "product_id", "date", "amount", "uom_id", "origin", "frozen",
    "reversal_of_id", "entitlement_id", "covered_amount", "billable_amount", "shares",
    "verdict",
)  # fmt: skip
PRIORITIES = {"rule": 10, "goodwill": 20, "bought": 30}


@dataclass
class WindowOutcome:
    """What one window of a right gives: amounts in minutes or whole units.

    :param cdg47.entitlement right: the stored right of this window, empty if none
    :param cdg47.quota.rule rule: the rule that grants it
    :param int rule_amount: what the rule grants
    :param date date_start: first day as shown: a right for life shows its first use
    :param int inherited: covered by the rights of the predecessors
    :param dict splits: fact key → :class:`Split`
    :param dict before: fact key → what was left before it
    """

    window: Window
    right: object
    rule: object
    rule_amount: int
    date_start: date
    inherited: int = 0
    granted: int = 0
    facts: list = field(default_factory=list)
    splits: dict = field(default_factory=dict)
    before: dict = field(default_factory=dict)

    @property
    def consumed(self):
        return self.inherited + sum(fact.quantity for fact in self.facts)

    @property
    def over(self):
        return sum(split.billable for split in self.splits.values())

    @property
    def left(self):
        return max(self.granted - self.consumed + self.over, 0)

    @property
    def next_day(self):
        """First day of the next right, None when it opened once for all."""
        return self.window.end and self.window.end + date.resolution


class RightDerivation:
    """Places the facts of one right in windows and splits them (R3, R4).

    Everything is a function of the facts, the gestures and the conventions, whatever
    the order in which they were entered.

    :param res.partner partner: the collectivité, as superuser
    :param product.product product: a service of the right
    :param cdg47.software scope: the software, for a right by software
    """

    def __init__(self, partner, product, scope):
        self.env = partner.env
        self.partner = partner
        self.product = product
        self.rules = self.env["cdg47.quota.rule"]._flow_rules(product)
        self.key = self.rules._right_key()
        self.scope = product._cdg47_right_scope(scope)
        self.in_force = InForce(self.env, partner)
        self.conventions = self.in_force.conventions_of(partner)
        self._load(product)

    def _load(self, product):
        Right = self.env["cdg47.entitlement"]
        family = self.partner | self.partner._cdg47_predecessors()
        rights = Right.search_fetch(
            Right._domain_of_right(family, self.key, self.scope),
            RIGHT_FIELDS,
        )
        self.rights = rights.filtered(lambda r: r.partner_id == self.partner)
        self.predecessor_rights = rights - self.rights
        domain = [
            ("partner_id", "=", self.partner.id),
            ("product_id", "in", self.rules.product_ids.ids),
        ]
        if product._cdg47_is_by_software():
            domain.append(("scope_id", "=", self.scope.id))
        self.facts = self.env["cdg47.consumption"].search_fetch(
            domain,
            FACT_FIELDS,
            order="rank, id",
        )
        self.living = self.facts._living()

    # === What is held ===
    def convention_at(self, day):
        """Return the convention in force on a day, empty if there is none."""
        return self.in_force.convention_at(self.partner, day)

    def rule_at(self, day):
        """Return the rule that gives the right on a day, empty when nothing does.

        What was used before the first convention known was used under another: it
        counts against the right.
        """
        if self.convention_at(day):
            return self.counting_line(day)
        if self.conventions and day >= self.conventions[0].date_start:
            return self.rules.browse()
        in_force = self.rules.filtered(lambda rule: rule._is_in_force(day))
        return in_force[:1] or self.rules[:1]

    def counting_line(self, day):
        """Return the line that counts the uses of a day, empty without a forfait."""
        return self.in_force.counting_line(self.partner, self.product, day)

    def stratum_at(self, day):
        """Return the stratum of a day, see :meth:`InForce.stratum_at`."""
        return self.in_force.stratum_at(self.partner, day)

    # === Windows ===
    def window_of(self, day):
        """Return the window that a use on a day opens."""
        period = self.rule_at(day).period
        return self.in_force.window_of(self.partner, period, day)

    @staticmethod
    def window_of_right(right):
        if right.period == "once":
            return LIFE
        return Window(right.date_start, right.date_end or None)

    def _kept_windows(self):
        """Return the windows that do not move: promised, given or inherited."""
        frozen = self.living.filtered("frozen").entitlement_id
        given = self.rights.filtered("added_amount")
        kept = frozen | given | self.predecessor_rights
        return {self.window_of_right(right) for right in kept}

    # === The outcome ===
    def suppose(self, day, amount):
        """Derive the right with one more use, that is only supposed.

        :param int amount: minutes, or whole units
        :return: the use and the window that takes it
        :rtype: tuple[Fact, WindowOutcome]
        """
        fact = Fact(SUPPOSED, day, self.product.default_code or "", amount)
        outcomes, _outside = self.run(fact)
        return fact, next(o for o in outcomes if SUPPOSED in o.splits)

    def run(self, extra=None):
        """Derive every window.

        :param Fact extra: a fact that is only supposed
        :return: the windows, and the facts no right covers
        :rtype: tuple[list[WindowOutcome], list[Fact]]
        """
        frozen, free = {}, []
        for record in self.living:
            fact = record._as_replay_fact()
            if not fact.frozen:
                free.append(fact)
            elif record.entitlement_id:
                window = self.window_of_right(record.entitlement_id)
                frozen.setdefault(window, []).append(fact)
        free += [extra] if extra else []
        outside = [fact for fact in free if not self.rule_at(fact.day)]
        free = [fact for fact in free if self.rule_at(fact.day)]
        kept = self._kept_windows()
        placed = open_windows(free, self.window_of, kept)
        return [
            self._outcome(window, frozen.get(window, []), placed.get(window, []))
            for window in sorted(kept | placed.keys())
        ], outside

    def _outcome(self, window, frozen, free):
        right = self.rights.filtered(lambda r: self.window_of_right(r) == window)[:1]
        inherited = self.predecessor_rights.filtered(
            lambda r: self.window_of_right(r) == window
        )
        days = [fact.day for fact in frozen + free]
        days += (right | inherited).mapped("date_start") if not days else []
        promised = right if frozen else right.browse()
        stored = promised.grant_ids.filtered(lambda grant: grant.kind == RULE)
        rule = stored.rule_id or self.rule_at(min(days)) or self.rules[:1]
        changes = self._rule_changes(rule, window, min(days))
        outcome = WindowOutcome(
            window,
            right,
            rule,
            stored.amount if frozen and not rule.by_stratum else changes[-1][1],
            min(days) if window is LIFE else window.start,
            inherited=sum(map(own_covered, inherited)),
        )
        self._split(outcome, frozen, free, changes if rule.by_stratum else ())
        return outcome

    def _rule_changes(self, rule, window, first_day):
        """Return what a rule grants from each day on: a stratum may change (R3)."""
        days = {first_day}
        if rule.by_stratum:
            days |= {
                term.date_start
                for term in self.conventions.term_ids
                if term.state == "open"
                and first_day < term.date_start
                and window.holds(term.date_start)
            }
        return [
            (day, self.in_force.granted_by(self.partner, rule, day))
            for day in sorted(days)
        ]

    def _split(self, outcome, frozen, free, changes):
        """Burn the grants; the rule's holds for the whole window and late uses."""
        grants = [
            Grant(
                RULE,
                max(outcome.rule_amount - outcome.inherited, 0),
                PRIORITIES[RULE],
                date.min,
                None,
                changes=tuple(
                    (day, max(amount - outcome.inherited, 0)) for day, amount in changes
                ),
            )
        ]
        others = outcome.right._added_grants()
        grants += [grant._as_replay_grant() for grant in others.sorted("id")]
        result = replay(grants, frozen + free)
        outcome.granted = outcome.rule_amount + sum(others.mapped("amount"))
        outcome.facts = sorted(frozen, key=_order) + sorted(free, key=_order)
        outcome.splits = result.splits
        left = sum(grant.quantity for grant in grants)
        for fact in outcome.facts:
            then = left + grants[0].on(fact.day) - grants[0].quantity
            outcome.before[fact.key] = max(then, 0)
            left -= result.splits[fact.key].covered


def _order(fact: Fact):
    return fact.order


def own_covered(right):
    """Return what a right covered of its own collectivité's uses."""
    return right.consumed_amount - right.inherited_amount - right.over_amount


def uncovered(fact):
    """Return the split of a fact that no right covers."""
    return Split((), fact.quantity)
