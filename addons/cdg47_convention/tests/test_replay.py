# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The replay and its windows, as pure functions: examples, then properties."""

from datetime import date, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..lib.periods import Window, civil_year, nth_window, window_from
from ..lib.replay import Fact, Grant, Split, open_windows, replay

YEAR = Window(date(2026, 1, 1), date(2026, 12, 31))
DAYS = st.integers(0, 364).map(lambda n: YEAR.start + timedelta(days=n))
FACTS = st.lists(
    st.tuples(DAYS, st.sampled_from(["A", "B"]), st.integers(1, 600)), max_size=12
)
GRANTS = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from([10, 20, 30]), DAYS, DAYS),
    max_size=4,
)


def make_grants(rows):
    return [
        Grant(
            rank, quantity, priority, min(first, second), max(first, second), rank=rank
        )
        for rank, (quantity, priority, first, second) in enumerate(rows)
    ]


def make_facts(rows):
    return [
        Fact(key, day, code, quantity, f"origin,{key}")
        for key, (day, code, quantity) in enumerate(rows)
    ]


def rule_grant(quantity, key="rule"):
    return Grant(key, quantity, 10, YEAR.start, YEAR.end)


@tagged("post_install", "-at_install")
class TestReplay(BaseCase):
    def test_partial_cover(self):
        """40 min left, 60 worked: 40 covered and 20 billed."""
        outcome = replay([rule_grant(40)], [Fact(1, date(2026, 5, 4), "A", 60)])
        self.assertEqual(outcome.splits[1], Split((("rule", 40),), 20))
        self.assertEqual(outcome.left["rule"], 0)

    def test_thirds_of_a_day(self):
        """A third of a day three times is one day exactly."""
        facts = [Fact(n, date(2026, 5, n), "A", 140) for n in (1, 2, 3)]
        outcome = replay([rule_grant(420)], facts)
        self.assertEqual(outcome.left["rule"], 0)
        self.assertFalse(any(split.billable for split in outcome.splits.values()))

    def test_burn_order(self):
        """Rule first, then goodwill, then what was bought; the earliest end first."""
        grants = [
            Grant("bought", 10, 30, YEAR.start, YEAR.end),
            Grant("late", 10, 10, YEAR.start, None),
            Grant("early", 10, 10, YEAR.start, date(2026, 6, 30)),
            Grant("goodwill", 10, 20, YEAR.start, YEAR.end),
        ]
        outcome = replay(grants, [Fact(1, date(2026, 3, 1), "A", 35)])
        self.assertEqual(
            [grant for grant, _share in outcome.splits[1].shares],
            ["early", "late", "goodwill", "bought"],
        )

    def test_frozen_first(self):
        """A late entry of an earlier day never changes a frozen row."""
        frozen = Fact(1, date(2026, 9, 1), "A", 60, split=Split((("rule", 60),), 0))
        late = Fact(2, date(2026, 2, 1), "A", 60)
        outcome = replay([rule_grant(60)], [late, frozen])
        self.assertEqual(outcome.splits[1], frozen.split)
        self.assertEqual(outcome.splits[2].billable, 60)

    def test_reversal_of_a_frozen_row(self):
        """The exact opposite split gives the right back."""
        split = Split((("rule", 60),), 30)
        frozen = Fact(1, date(2026, 9, 1), "A", 90, split=split)
        reversal = Fact(2, date(2026, 9, 1), "A", -90, split=split.opposite())
        outcome = replay([rule_grant(60)], [frozen, reversal])
        self.assertEqual(outcome.left["rule"], 60)
        self.assertEqual(sum(s.billable for s in outcome.splits.values()), 0)

    @given(GRANTS, FACTS, st.randoms(use_true_random=False))
    @settings(max_examples=300, deadline=None)
    def test_any_order_of_entry(self, grants, facts, shuffler: Random):
        grants, facts = make_grants(grants), make_facts(facts)
        shuffled, reordered = list(facts), list(grants)
        shuffler.shuffle(shuffled)
        shuffler.shuffle(reordered)
        self.assertEqual(
            replay(grants, facts).splits, replay(reordered, shuffled).splits
        )

    @given(GRANTS, FACTS)
    @settings(max_examples=300, deadline=None)
    def test_nothing_lost_nothing_negative(self, grants, facts):
        grants, facts = make_grants(grants), make_facts(facts)
        outcome = replay(grants, facts)
        for fact in facts:
            split = outcome.splits[fact.key]
            self.assertEqual(split.covered + split.billable, fact.quantity)
            self.assertGreaterEqual(split.billable, 0)
        self.assertTrue(all(left >= 0 for left in outcome.left.values()))
        # A share comes from a grant that was usable that day.
        by_key = {grant.key: grant for grant in grants}
        for fact in facts:
            for grant, _share in outcome.splits[fact.key].shares:
                self.assertTrue(by_key[grant].holds(fact.day))

    @given(GRANTS, FACTS, FACTS)
    @settings(max_examples=300, deadline=None)
    def test_frozen_rows_never_move(self, grants, before, after):
        grants, before = make_grants(grants), make_facts(before)
        first = replay(grants, before)
        frozen = [
            Fact(f.key, f.day, f.code, f.quantity, f.origin, first.splits[f.key])
            for f in before
        ]
        late = [
            Fact(("late", f.key), f.day, f.code, f.quantity, f.origin)
            for f in make_facts(after)
        ]
        second = replay(grants, frozen + late)
        for fact in before:
            self.assertEqual(second.splits[fact.key], first.splits[fact.key])
        self.assertTrue(all(left >= 0 for left in second.left.values()))


@tagged("post_install", "-at_install")
class TestWindows(BaseCase):
    def test_audit_of_the_annex(self):
        """Audit of 10/03/2024: paid on 09/03/2027, included again on the 10th."""
        window = window_from(date(2024, 3, 10), 3)
        self.assertTrue(window.holds(date(2027, 3, 9)))
        self.assertFalse(window.holds(date(2027, 3, 10)))

    def test_from_29_february(self):
        self.assertEqual(window_from(date(2024, 2, 29), 3).end, date(2027, 2, 27))
        starts = [
            nth_window(date(2024, 2, 29), 1, date(year, 3, 5)).start
            for year in (2024, 2025, 2026, 2027, 2028)
        ]
        self.assertEqual(
            [start.isoformat() for start in starts],
            ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
        )

    @given(
        st.dates(date(1999, 1, 1), date(2030, 12, 31)),
        st.sampled_from([1, 3]),
    )
    @settings(max_examples=200, deadline=None)
    def test_twenty_years_tile(self, anchor, years):
        """No gap, no overlap, no drift, day after day for twenty years."""
        window = nth_window(anchor, years, anchor)
        self.assertEqual(window.start, anchor)
        last = date(anchor.year + 20, 1, 1)
        while window.end < last:
            following = nth_window(anchor, years, window.end + timedelta(days=1))
            self.assertEqual(following.start, window.end + timedelta(days=1))
            self.assertEqual(nth_window(anchor, years, window.end), window)
            window = following

    def test_civil_year(self):
        self.assertEqual(civil_year(date(2026, 12, 31)), YEAR)
        self.assertEqual(civil_year(date(2027, 1, 1)).start, date(2027, 1, 1))

    def test_first_uses_open_windows(self):
        facts = [
            Fact(1, date(2024, 3, 10), "AUDIT", 420),
            Fact(2, date(2027, 3, 9), "AUDIT", 420),
            Fact(3, date(2027, 3, 10), "AUDIT", 420),
        ]
        placed = open_windows(facts, lambda day: window_from(day, 3))
        self.assertEqual(
            {w.start.isoformat(): [f.key for f in fs] for w, fs in placed.items()},
            {"2024-03-10": [1, 2], "2027-03-10": [3]},
        )

    def test_late_fact_before_a_frozen_window(self):
        """The right was given in the frozen window: it is not given twice."""
        frozen = window_from(date(2026, 6, 1), 3)
        late = Fact(1, date(2025, 1, 15), "AUDIT", 420)
        old = Fact(2, date(2020, 1, 15), "AUDIT", 420)
        placed = open_windows([late, old], lambda day: window_from(day, 3), [frozen])
        self.assertEqual(placed[frozen], [late])
        self.assertEqual(placed[window_from(date(2020, 1, 15), 3)], [old])

    @given(
        st.lists(st.dates(date(2015, 1, 1), date(2035, 12, 31)), max_size=15),
        st.lists(st.dates(date(2015, 1, 1), date(2035, 12, 31)), max_size=3),
        st.randoms(use_true_random=False),
    )
    @settings(max_examples=300, deadline=None)
    def test_windows_never_overlap(self, days, frozen_days, shuffler):
        frozen = []
        for day in frozen_days:
            window = window_from(day, 3)
            if not any(window.overlaps(other) for other in frozen):
                frozen.append(window)
        facts = [Fact(key, day, "A", 1, str(key)) for key, day in enumerate(days)]
        placed = open_windows(facts, lambda day: window_from(day, 3), frozen)
        windows = sorted(set(placed) | set(frozen))
        for index, window in enumerate(windows):
            for other in windows[index + 1 :]:
                self.assertFalse(window.overlaps(other))
        self.assertEqual(sum(map(len, placed.values())), len(facts))
        shuffled = list(facts)
        shuffler.shuffle(shuffled)
        again = open_windows(shuffled, lambda day: window_from(day, 3), frozen)
        self.assertEqual(
            {w: sorted(f.key for f in fs) for w, fs in placed.items()},
            {w: sorted(f.key for f in fs) for w, fs in again.items()},
        )
