# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Properties of the ledger in the database: whatever is entered, in any order."""

from datetime import date, timedelta
from random import Random

from freezegun import freeze_time
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from ..lib.replay import Fact, Grant, replay
from .ledger_common import LedgerCase

FIRST = date(2026, 1, 1)
SERVICES = {"AUDIT-SECU": "hour", "FORM-GROUPE": "half_day", "CERT-ACCOMP": "day"}
USES = st.lists(
    st.tuples(
        st.sampled_from(sorted(SERVICES)),
        st.sampled_from([0.25, 0.5, 1, 1.5, 3]),
        st.integers(0, 4).map(lambda n: FIRST + timedelta(days=300 * n)),
    ),
    min_size=1,
    max_size=6,
)
FEW = settings(
    max_examples=8,
    # Each example writes to the database: shown as found, not shrunk.
    phases=(Phase.explicit, Phase.generate),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestLedgerProperties(LedgerCase):
    def enter(self, uses):
        """Enter uses in a new ledger; return the facts by place in the list."""
        convention = self.make_convention_since("2024-01-01")
        facts = {}
        for place, (code, quantity, day) in uses:
            facts[place] = self.use(convention, code, quantity, SERVICES[code], day)
        return [facts[place] for place in sorted(facts)]

    def assertSound(self, facts):
        for fact in facts:
            self.assertEqual(fact.covered_amount + fact.billable_amount, fact.amount)
            self.assertGreaterEqual(fact.covered_amount, 0)
            self.assertGreaterEqual(fact.billable_amount, 0)
        for right in facts[0].partner_id.entitlement_ids:
            self.assertGreaterEqual(right.left_amount, 0)
            self.assertGreaterEqual(right.over_amount, 0)
            used = right.consumed_amount - right.over_amount
            self.assertLessEqual(used, right.granted_amount)
        self.assertEqual(self.env["cdg47.ledger"]._differences(facts[0].partner_id), [])

    @FEW
    @given(USES, st.randoms(use_true_random=False))
    def test_any_order_of_entry(self, uses, shuffler: Random):
        """Same day included; two equal uses of a day may swap, they are the same."""
        placed = list(enumerate(uses))
        shuffled = list(placed)
        shuffler.shuffle(shuffled)
        first, second = self.enter(placed), self.enter(shuffled)
        self.assertSound(first)
        self.assertSound(second)

        def split(facts):
            return sorted(
                (use, fact.covered_amount, fact.billable_amount)
                for use, fact in zip(uses, facts, strict=True)
            )

        self.assertEqual(split(first), split(second))

    @FEW
    @given(USES, USES)
    def test_a_late_entry_moves_no_frozen_row(self, before, after):
        facts = self.enter(list(enumerate(before)))
        for fact in facts:
            fact._freeze()

        def picture():
            return [
                (f.entitlement_id, f.covered_amount, f.billable_amount, f.verdict)
                for f in facts
            ]

        promised = picture()
        convention = facts[0].partner_id.convention_ids
        late = [
            self.use(convention, code, quantity, SERVICES[code], day)
            for code, quantity, day in after
        ]
        self.assertEqual(picture(), promised)
        self.assertSound(facts + late)

    @FEW
    @given(USES, st.randoms(use_true_random=False))
    def test_reversing_everything_gives_everything_back(self, uses, chooser: Random):
        facts = self.enter(list(enumerate(uses)))
        for fact in facts:
            if chooser.random() < 0.5:
                fact._freeze()
        for fact in facts:
            fact._reverse("Essai")
        partner = facts[0].partner_id
        for right in partner.entitlement_ids:
            self.assertEqual((right.consumed_amount, right.over_amount), (0, 0))
            self.assertEqual(right.left_amount, right.granted_amount)
        self.assertEqual(self.env["cdg47.ledger"]._differences(partner), [])

    @settings(max_examples=300, deadline=None, database=None)
    @given(
        st.lists(st.tuples(st.integers(0, 364), st.integers(0, 900)), max_size=4),
        st.lists(st.tuples(st.integers(0, 364), st.integers(1, 600)), max_size=12),
        st.randoms(use_true_random=False),
    )
    def test_a_quota_that_changes(self, changes, uses, shuffler: Random):
        """Up and down in a period: never more than the quota of the day, any order."""
        changes = tuple(
            (FIRST + timedelta(days=day), quantity)
            for day, quantity in sorted(dict(changes).items())
        )
        last = changes[-1][1] if changes else 600
        grant = Grant("rule", last, 10, date.min, None, changes=changes)
        facts = [
            Fact(key, FIRST + timedelta(days=day), "A", quantity, str(key))
            for key, (day, quantity) in enumerate(uses)
        ]
        shuffled = list(facts)
        shuffler.shuffle(shuffled)
        outcome = replay([grant], facts)
        self.assertEqual(replay([grant], shuffled).splits, outcome.splits)
        covered = 0
        for fact in sorted(facts, key=lambda fact: fact.order):
            split = outcome.splits[fact.key]
            self.assertEqual(split.covered + split.billable, fact.quantity)
            self.assertGreaterEqual(split.billable, 0)
            if split.covered:
                covered += split.covered
                self.assertLessEqual(covered, grant.on(fact.day))
