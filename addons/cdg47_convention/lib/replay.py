# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The replay: from facts and grants, who covers what (R4). Pure, exact, deterministic.

Quantities are integers (minutes or whole units). Frozen facts keep the split they were
promised or invoiced with; the others are taken in an order that owes nothing to the
order of entry: service date, service code, quantity, origin.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from .periods import Window


@dataclass(frozen=True)
class Grant:
    """What feeds a right: so much, usable between two days.

    :param tuple changes: (day, quantity) pairs in order, where a change of stratum
        changes it in the course of the period; ``quantity`` is then the latest. What
        was used before counts against it.
    """

    key: object
    quantity: int
    priority: int
    start: date
    end: date | None
    rank: int = 0
    changes: tuple = ()

    def on(self, day):
        """Return the quantity that holds on a day."""
        past = [quantity for start, quantity in self.changes if start <= day]
        if past:
            return past[-1]
        return self.changes[0][1] if self.changes else self.quantity

    @property
    def burn_order(self):
        """Lower priority first, then the earliest end, then the oldest."""
        return (self.priority, self.end or date.max, self.start, self.rank)

    def holds(self, day):
        return Window(self.start, self.end).holds(day)


@dataclass(frozen=True)
class Fact:
    """So much of a service, on a day; negative when it reverses a frozen fact."""

    key: object
    day: date
    code: str
    quantity: int
    origin: str = ""
    split: "Split | None" = None

    @property
    def frozen(self):
        return self.split is not None

    @property
    def order(self):
        return (self.day, self.code, self.quantity, self.origin)


@dataclass(frozen=True)
class Split:
    """How one fact is covered: shares by grant, and what is to be billed."""

    shares: tuple = ()
    billable: int = 0

    @property
    def covered(self):
        return sum(quantity for _grant, quantity in self.shares)

    def opposite(self):
        """Return the split of the reversal of a frozen fact."""
        return Split(
            tuple((grant, -quantity) for grant, quantity in self.shares),
            -self.billable,
        )


@dataclass
class Replay:
    """The outcome: a split by fact, and what is left of each grant."""

    splits: dict = field(default_factory=dict)
    left: dict = field(default_factory=dict)


def replay(grants, facts):
    """Split facts between the grants of one right and what is billed.

    :param grants: iterable of :class:`Grant`
    :param facts: iterable of :class:`Fact`; reversed pairs left out by the caller
    :rtype: Replay
    """
    outcome = Replay(left={grant.key: grant.quantity for grant in grants})
    ordered = sorted(grants, key=lambda grant: grant.burn_order)
    facts = list(facts)
    for fact in facts:
        if fact.frozen:
            _take(outcome, fact, fact.split)
    for fact in sorted(
        (fact for fact in facts if not fact.frozen), key=lambda fact: fact.order
    ):
        _take(outcome, fact, _split(ordered, outcome.left, fact))
    return outcome


def _take(outcome, fact, split):
    outcome.splits[fact.key] = split
    for grant, quantity in split.shares:
        # A frozen share may name a grant that was withdrawn since: it stays covered.
        outcome.left[grant] = outcome.left.get(grant, 0) - quantity


def _split(ordered, left, fact):
    shares, missing = [], fact.quantity
    for grant in ordered:
        available = max(left[grant.key] + grant.on(fact.day) - grant.quantity, 0)
        share = min(available, missing) if grant.holds(fact.day) else 0
        if share:
            shares.append((grant.key, share))
            missing -= share
        if not missing:
            break
    return Split(tuple(shares), missing)


def open_windows(facts, make_window, frozen_windows=()):
    """Assign each fact to the window it falls in, opening them at first uses.

    A frozen window never moves. A late fact whose own window would overlap one belongs
    to it: that right was already given, it is not given twice.

    :param facts: iterable of :class:`Fact` to place
    :param make_window: day → :class:`Window` opened on that day
    :param frozen_windows: windows of frozen facts
    :return: facts by window
    :rtype: dict[Window, list[Fact]]
    """
    windows = sorted(set(frozen_windows))
    placed = defaultdict(list)
    for fact in sorted(facts, key=lambda fact: fact.order):
        opened = make_window(fact.day)
        window = next(
            (w for w in windows if w.overlaps(opened) and w.holds(fact.day)), None
        )
        if window is None:
            window = next((w for w in windows if w.overlaps(opened)), opened)
        if window not in windows:
            windows.append(window)
        placed[window].append(fact)
    return dict(placed)
