# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The quota sheet: what collectivités have of each line of Annexe 1, on a day.

One table for the seven shapes of right: without limit, held level, measured volume,
yearly flow, every three years on request, once, and duty of the CDG. Reads only.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from odoo.fields import Domain

from .dates import today_in_paris
from .held_levels import HeldLevels, Place
from .in_force import LIFE
from .quota_words import QuotaWords

# What is read of a right to know where it stands.
RIGHT_FIELDS = (
    "partner_id", "key", "scope", "date_start", "date_end", "granted_amount",
    "consumed_amount", "inherited_amount", "over_amount", "left_amount",
)  # fmt: skip
COUNTED = ("yearly", "three_years", "once", "level", "volume")


@dataclass
class Balance:
    """Where one right stands on a day: minutes, or whole units."""

    right: object
    granted: int
    used: int
    over: int

    @property
    def left(self):
        return max(self.granted - self.used + self.over, 0)


@dataclass
class SheetLine(QuotaWords):
    """One line of the sheet of one collectivité.

    :param QuotaSheet sheet: gives the day and the prices
    :param cdg47.quota.rule rule: the line of Annexe 1
    :param cdg47.software scope: the software, for a right by software
    :param str shape: ``unlimited``, ``level``, ``volume``, ``yearly``,
        ``three_years``, ``once``, ``duty``
    :param granted: minutes or whole units, None without limit
    :param int used: covered or not
    :param int over: beyond what is granted
    :param bool is_barred: the software editor does not support it
    :param cdg47.entitlement right: the stored right, empty before its first use
    :param date date_start: first day of the window, None when it is not open
    :param date next_date: first day of the next right, None when there is none
    """

    sheet: object
    partner: object
    convention: object
    rule: object
    stratum: object
    shape: str
    granted: object = None
    used: int = 0
    over: int = 0
    scope: object = None
    right: object = None
    is_barred: bool = False
    date_start: object = None
    date_end: object = None
    next_date: object = None
    measured_on: object = None

    @property
    def product(self):
        return self.rule.product_ids[:1]

    @property
    def left(self):
        """What is still available, None without limit."""
        if self.granted is None:
            return None
        return 0 if self.is_barred else max(self.granted - self.used + self.over, 0)

    @property
    def rate(self):
        """Share of what is granted that is used, in percent, at most 100."""
        if not self.granted:
            return 100 if self.over else 0
        return round(100 * min(self.used, self.granted) / self.granted)

    @property
    def state(self):
        """Where the line stands, as one word of :data:`quota_words.STATES`."""
        if self.is_barred and not self.used:
            return "barred"
        if self.shape == "duty":
            return "started" if self.left else "rendered"
        if self.granted is None:
            return "option" if self.rule.coverage == "option" else "included"
        if self.over:
            return "option" if self.rule.coverage == "option" else "over"
        if not self.granted:
            return "none"
        if not self.left:
            return "used_up"
        return "started" if self.used else "available"

    @cached_property
    def place(self):
        """What continues this line beyond what is granted, and its price."""
        overage = self.rule._overage_product_for(self.product, self.stratum)
        return Place(
            self.sheet.day, self.rule, True, self.granted, 0, 0, self.over, overage,
            self.sheet.price(self.partner, overage, self.sheet.day),
        )  # fmt: skip


class QuotaSheet(HeldLevels):
    """The sheets of some collectivités on one day.

    Queries are the same for one collectivité and for a thousand. Today's balance, and
    a later one, count all that is entered for the window, what is planned included; a
    past one counts the uses dated up to that day, as they are split today.

    :param datetime.date day: a day in Paris, today by default
    """

    def __init__(self, env, partners, day=None):
        super().__init__(env, partners)
        self.day = day or today_in_paris()
        self.is_past = self.day < today_in_paris()

    def lines_of(self, partner):
        """Return the sheet of one collectivité, in the order of Annexe 1.

        :rtype: list[SheetLine]
        """
        partner = self.partners.browse(partner.id)
        convention = self.convention_at(partner, self.day)
        if not convention:
            return []
        return [
            line
            for rule in self._rules_of(convention._forfaits_at(self.day))
            if self.meets(partner, rule.condition, self.day)
            for line in self._lines_of_rule(partner, convention, rule)
        ]

    # === Annexe 1 ===
    @cached_property
    def _rules_by_forfait(self):
        rules = self.env["cdg47.quota.rule"]._all_rules()
        return rules.filtered(lambda r: r._is_in_force(self.day)).grouped("forfait_id")

    def _rules_of(self, forfaits):
        rules = self.env["cdg47.quota.rule"]
        return rules.union(
            *(self._rules_by_forfait.get(forfait, rules) for forfait in forfaits)
        )

    @cached_property
    def _keys(self):
        """Return the key of the right of each line that counts uses."""
        rules = self.env["cdg47.quota.rule"]
        return {
            rule.id: rules._flow_rules(rule.product_ids[:1])._right_key()
            for rule in rules._all_rules()
            if rule.measure == "flow" and rule.coverage == "limited"
        }

    # === One line ===
    def _lines_of_rule(self, partner, convention, rule):
        base = {
            "sheet": self,
            "partner": partner,
            "convention": convention,
            "rule": rule,
            "stratum": self.stratum_at(partner, self.day) if rule.by_stratum else None,
            "is_barred": self._is_barred(partner, rule),
        }
        if rule.measure == "duty":
            return [self._duty_line(base, partner, rule)]
        if rule.id in self._keys:
            return self._flow_lines(base, partner, convention, rule)
        if rule.measure == "level":
            return self._level_lines(base, partner, rule)
        return self._access_lines(base, partner, convention, rule)

    def _is_barred(self, partner, rule):
        """Tell whether the editor of the collectivité is known not to support it."""
        editor = partner.software_editor_id
        return bool(
            rule.needs_editor and editor and not rule.product_ids & editor.product_ids
        )

    def _access_lines(self, base, partner, convention, rule):
        """An access is without limit; an option only stands where it is held."""
        if rule.coverage == "included":
            return [SheetLine(shape="unlimited", **base)]
        if rule.coverage != "option":
            return []
        sold = rule._overage_product_for(rule.product_ids[:1]).product_tmpl_id
        if sold in convention._forfaits_at(self.day) or any(
            allocation.product_id in rule.product_ids
            for allocation in self.held_at(partner, self.day)
        ):
            return [SheetLine(shape="unlimited", **base)]
        return []

    def _level_lines(self, base, partner, rule):
        """What is held is compared with the quota, never consumed (R8)."""
        held = [
            allocation
            for allocation in self.held_at(partner, self.day)
            if allocation.product_id in rule.product_ids
            and not allocation._is_outside_quota()
        ]
        is_limited = rule.coverage == "limited"
        if not is_limited and not held:
            return []
        granted = self.granted_by(partner, rule, self.day) if is_limited else 0
        used = sum(allocation.quantity for allocation in held)
        is_volume = rule.product_ids[:1].cdg47_allocation_kind == "storage"
        measures = [a.measured_on for a in held if a.measured_on]
        return [
            SheetLine(
                shape="volume" if is_volume else "level",
                granted=granted,
                used=used,
                over=max(used - granted, 0),
                measured_on=max(measures, default=None),
                **base,
            )
        ]

    def _duty_line(self, base, partner, rule):
        """What the CDG owes in the civil year, and what it has rendered of it."""
        window = self.window_of(partner, "year", self.day)
        return SheetLine(
            shape="duty",
            granted=self.granted_by(partner, rule, self.day),
            used=self._rendered.get((partner.id, rule.id), 0),
            date_start=window.start,
            date_end=window.end,
            **base,
        )

    @cached_property
    def _rendered(self):
        return self.env["cdg47.quota.rule"]._duties_rendered(self.partners, self.day)

    # === Flows ===
    def _flow_lines(self, base, partner, convention, rule):
        return [
            self._flow_line(base, partner, convention, rule, scope)
            for scope in self._scopes(partner, rule)
        ]

    def _scopes(self, partner, rule):
        """Return the software a right opens for: used ones, and the editor's."""
        none = self.env["cdg47.software"]
        if not rule.product_ids[:1]._cdg47_is_by_software():
            return [none]
        balances = self.balances.get((partner.id, self._keys[rule.id]), ())
        used = none.union(*(balance.right.scope for balance in balances))
        return used | partner.software_editor_id.software_ids or [none]

    def _flow_line(self, base, partner, convention, rule, scope):
        balance = self._balance(partner, rule, scope)
        if balance:
            right = balance.right
            start, end = right.date_start, right.date_end or None
        else:
            right = self.env["cdg47.entitlement"]
            granted = self.granted_by(partner, rule, self.day)
            balance = Balance(right, granted, 0, 0)
            start, end = self._unused_window(partner, rule)
        return SheetLine(
            shape="yearly" if rule.period == "year" else rule.period or "once",
            granted=balance.granted,
            used=balance.used,
            over=balance.over,
            scope=scope,
            right=right,
            date_start=start,
            date_end=end,
            next_date=self._next_date(convention, end),
            **base,
        )

    def _balance(self, partner, rule, scope):
        """Return the balance of the window of the day, else of the next one entered."""
        balances = [
            balance
            for balance in self.balances.get((partner.id, self._keys[rule.id]), ())
            if balance.right.scope == scope
        ]
        current = [b for b in balances if b.right.date_start <= self.day]
        planned = [b for b in balances if b not in current and rule.period != "year"]
        return (current[-1:] or planned[:1] or [None])[0]

    def _unused_window(self, partner, rule):
        """Return the window of a right nobody used yet; some open at the first use."""
        window = self.window_of(partner, rule.period, self.day)
        if window is LIFE:
            return None, None
        opens_at_use = rule.period == "three_years" and window.start == self.day
        return (None, None) if opens_at_use else window

    @staticmethod
    def _next_date(convention, end):
        following = end and end + timedelta(days=1)
        return following if following and following <= convention.date_end else None

    # === Balances ===
    @cached_property
    def balances(self):
        """Return where the rights stand: partner id and key → balances, by start.

        Two queries at most, however many rights and uses there are.

        :rtype: dict[tuple[int, str], list[Balance]]
        """
        rights = self.env["cdg47.entitlement"].search_fetch(
            self._domain_of_rights(), RIGHT_FIELDS, order="date_start, id"
        )
        used_by_right = self._used_up_to_day(rights) if self.is_past else None
        balances = defaultdict(list)
        for right in rights:
            if used_by_right is None:
                used, over = right.consumed_amount, right.over_amount
            else:
                used, over = used_by_right.get(right.id, (0, 0))
                used += right.inherited_amount
            balances[right.partner_id.id, right.key].append(
                Balance(right, right.granted_amount, used, over)
            )
        return balances

    def _domain_of_rights(self):
        domain = Domain("partner_id", "in", self.partners.ids) & (
            Domain("date_end", "=", False) | Domain("date_end", ">=", self.day)
        )
        if self.is_past:
            domain &= Domain("date_start", "<=", self.day)
        return domain

    def _used_up_to_day(self, rights):
        """Sum the uses of rights dated up to the day: right id → used, over."""
        rows = self.env["cdg47.consumption"]._read_group(
            [("entitlement_id", "in", rights.ids), ("date", "<=", self.day)],
            ["entitlement_id"],
            ["amount:sum", "billable_amount:sum"],
        )
        return {right.id: (used, over) for right, used, over in rows}
