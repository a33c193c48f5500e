# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The quota sheet: what collectivités have of each line of Annexe 1, on a day.

One table for the seven shapes of right: without limit, held level, measured volume,
yearly flow, every three years on request, once, and duty of the CDG. Reads only.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from ..lib.dates import today_in_paris
from .annexe1 import (
    continuation,
    counted,
    is_barred,
    is_option_held,
    months_granted,
    read_services,
    units_held,
)
from .held_levels import HeldLevels
from .in_force import LIFE
from .quota_sheet_line import SheetLine
from .right_balances import Balance, read_balances
from .tariff import Prices


@dataclass
class Held:
    """What a collectivité holds on the day of the sheet."""

    partner: object
    convention: object
    forfaits: object
    stratum: object
    months: int
    allocations: list
    supported: object
    windows: dict


class QuotaSheet(HeldLevels):
    """The sheets of some collectivités on one day.

    Queries are the same for one collectivité and for a thousand.

    :param datetime.date day: a day in Paris, today by default
    """

    def __init__(self, env, partners, day=None):
        super().__init__(env, partners)
        self.day = day or today_in_paris()
        self._texts = {}

    def lines_of(self, partner):
        """Return the sheet of one collectivité, in the order of Annexe 1.

        :rtype: list[SheetLine]
        """
        partner = self.partners.browse(partner.id)
        convention = self.convention_at(partner, self.day)
        if not convention:
            return []
        forfaits = convention._forfaits_at(self.day)
        rules = self._rules_of(forfaits)
        held = Held(
            partner,
            convention,
            forfaits,
            self.stratum_at(partner, self.day),
            months_granted(convention, self.day),
            self.held_at(partner, self.day),
            partner.software_editor_id.product_ids,
            {
                period: self.window_of(partner, period, self.day)
                for period in ("year", "three_years", "once")
            },
        )
        return [
            line
            for rule in rules
            if self.meets(partner, rule.condition, self.day)
            for line in self._lines_of_rule(held, rule)
        ]

    @cached_property
    def balances(self):
        """Return where all the rights stand, see :func:`read_balances`."""
        return read_balances(self.env, self.partners, self.day)

    @cached_property
    def prices(self):
        """The prices of all that continues what is counted, read at once."""
        prices = Prices(self.tariff)
        overages = self.env["product.product"].union(
            *(
                continuation(rule.product_ids[:1], self.day, rule)
                for rules in self._rules_by_forfait.values()
                for rule in rules
                if rule.measure in ("flow", "level")
            )
        )
        prices.ask(overages, self.day)
        return prices

    def remember(self, key, write):
        """Return a text written once for all the lines that say the same."""
        if key not in self._texts:
            self._texts[key] = write()
        return self._texts[key]

    # === Annexe 1 ===
    @cached_property
    def _rules_by_forfait(self):
        rules = self.env["cdg47.quota.rule"]._all_rules()
        read_services(rules)
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
            if rule._counts_uses()
        }

    # === One line ===
    def _lines_of_rule(self, held, rule):
        services = rule.product_ids
        base = {
            "sheet": self,
            "partner": held.partner,
            "convention": held.convention,
            "rule": rule,
            "services": services,
            "stratum": held.stratum if rule.by_stratum else None,
            "is_barred": is_barred(rule, services, held.supported),
        }
        if rule.measure == "duty":
            return [self._duty_line(base, held, rule)]
        if rule.id in self._keys:
            return [
                self._flow_line(base, held, rule, scope)
                for scope in self._scopes(held.partner, rule, services)
            ]
        if rule.measure == "level":
            return self._level_lines(base, held, rule)
        return self._access_lines(base, held, rule)

    def _access_lines(self, base, held, rule):
        """An access is without limit; an option only stands where it is held."""
        if rule.coverage == "included":
            return [SheetLine(shape="unlimited", **base)]
        if rule.coverage != "option":
            return []
        if is_option_held(rule, held.forfaits) or any(
            allocation.product_id in base["services"] for allocation in held.allocations
        ):
            return [SheetLine(shape="unlimited", **base)]
        return []

    def _level_lines(self, base, held, rule):
        """What is held is compared with the quota, never consumed (R8)."""
        services = base["services"]
        own = counted(held.allocations, services)
        is_limited = rule.coverage == "limited"
        if not is_limited and not own:
            return []
        granted = self.granted_to(held.stratum, rule, held.months) if is_limited else 0
        used = units_held(held.allocations, services)
        is_volume = services[:1].cdg47_allocation_kind == "storage"
        measures = [a.measured_on for a in own if a.measured_on]
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

    def _duty_line(self, base, held, rule):
        """What the CDG owes in the year, and what it has rendered of it."""
        window = held.windows["year"]
        return SheetLine(
            shape="duty",
            granted=self.granted_to(held.stratum, rule, held.months),
            used=self._rendered.get((held.partner.id, rule.id), 0),
            date_start=window.start,
            date_end=window.end,
            **base,
        )

    @cached_property
    def _rendered(self):
        return self.env["cdg47.quota.rule"]._duties_rendered(self.partners, self.day)

    # === Flows ===
    def _balances_of(self, partner, rule):
        return self.balances.get((partner.id, self._keys[rule.id]), ())

    @cached_property
    def _software(self):
        """Return the software that rights name, read at once."""
        used = {b.scope_id for of_key in self.balances.values() for b in of_key}
        return self.env["cdg47.software"].browse(filter(None, used))

    def _scopes(self, partner, rule, services):
        """Return the software a right opens for: used ones, and the editor's."""
        none = self._software.browse()
        if not services[:1]._cdg47_is_by_software():
            return [none]
        used = {balance.scope_id for balance in self._balances_of(partner, rule)}
        scopes = self._software.filtered(lambda software: software.id in used)
        return scopes | partner.software_editor_id.software_ids or [none]

    def _flow_line(self, base, held, rule, scope):
        balance = self._balance(held.partner, rule, scope)
        if balance:
            start, end = balance.date_start, balance.date_end
        else:
            start, end = self._unused_window(held, rule)
            granted = self.granted_to(held.stratum, rule, held.months)
            balance = Balance(False, None, start, end, granted, 0, 0)
        return SheetLine(
            shape="yearly" if rule.period == "year" else rule.period or "once",
            granted=balance.granted,
            used=balance.used,
            over=balance.over,
            scope=scope,
            right=self.env["cdg47.entitlement"].browse(balance.right_id or ()),
            date_start=start,
            date_end=end,
            next_date=self._next_date(held.convention, end),
            **base,
        )

    def _balance(self, partner, rule, scope):
        """Return the balance of the window of the day, else of the next one entered."""
        balances = [
            balance
            for balance in self._balances_of(partner, rule)
            if (balance.scope_id or False) == scope.id
        ]
        current = [b for b in balances if b.date_start <= self.day]
        planned = [b for b in balances if b not in current and rule.period != "year"]
        return (current[-1:] or planned[:1] or [None])[0]

    def _unused_window(self, held, rule):
        """Return the window of a right nobody used yet; some open at the first use."""
        window = held.windows[rule.period or "once"]
        if window is LIFE:
            return None, None
        opens_at_use = rule.period == "three_years" and window.start == self.day
        return (None, None) if opens_at_use else window

    @staticmethod
    def _next_date(convention, end):
        following = end and end + timedelta(days=1)
        return following if following and following <= convention.date_end else None
