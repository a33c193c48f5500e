# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is known late: entries, gestures, moves, replays; frozen rows stay (R4)."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .ledger_common import LedgerCase


@freeze_time("2028-03-15 10:00:00")
@tagged("post_install", "-at_install")
class TestRetroactiveCorrections(LedgerCase):
    def groups(self, quantity, day):
        return self.use(self.convention, "FORM-GROUPE", quantity, "half_day", day)

    def test_entered_late_for_a_billed_period(self):
        """Its own period, never the frozen rows: the billed overage stays billed."""
        billed = self.groups(3, "2027-05-04")
        billed._freeze()
        late = self.groups(1, "2027-02-01")
        self.assertEqual((late.covered, late.billable), (0, 1))
        self.assertEqual(late.entitlement_id, billed.entitlement_id)
        self.assertEqual((billed.covered, billed.billable), (2, 1))
        self.assertFalse(late.frozen)
        self.assertEqual(self.groups(2, "2028-02-01").billable, 0)
        self.assertNoDifference()

    def test_moved_to_another_collectivite_or_service(self):
        """A fact is never moved: reversed here, entered there."""
        fact = self.use(self.convention, "RECUEIL", 0.5, "day", "2027-05-04")
        other = self.make_convention_since("2024-01-01")
        for values in (
            {"partner_id": other.partner_id.id},
            {"product_id": self.service("ACHAT").id},
            {"date": "2027-05-05"},
            {"quantity": 1},
        ):
            with self.assertRefused(UserError, "contrepassez"):
                fact.write(values)
        fact._reverse("Autre commune")
        moved = self.use(other, "RECUEIL", 0.5, "day", "2027-05-04")
        again = self.check(self.convention, "RECUEIL", 0.5, "day", "2027-05-04")
        self.assertEqual((moved.covered, again["covered"]), (0.5, 0.5))
        self.assertNoDifference()

    def test_out_of_coverage_after_the_year_closed(self):
        """The covered row gives its quota back, exactly, in its own year."""
        covered = self.groups(2, "2027-05-04")
        covered._freeze()
        beyond = self.groups(1, "2027-06-04")
        self.assertEqual(beyond.billable, 1)
        covered._reverse("Hors champ : mauvaise manipulation")
        self.assertEqual((beyond.covered, beyond.billable), (1, 0))
        self.assertEqual((covered.covered, covered.billable), (2, 0))
        self.assertEqual(covered.reversal_ids.covered, -2)
        self.assertNoDifference()

    def test_gesture_after_the_invoice(self):
        """Nothing invoiced is rewritten: the reversal frees, the gesture covers."""
        invoiced = self.groups(3, "2027-05-04")
        invoiced._freeze()
        right = invoiced.entitlement_id
        right._grant_goodwill(1, "Panne du CDG")
        self.assertEqual((invoiced.covered, invoiced.billable), (2, 1))
        self.assertEqual(right.left, 1)
        reversal = invoiced._reverse("Geste accordé")
        self.assertEqual((reversal.covered, reversal.billable), (-2, -1))
        again = self.groups(3, "2027-05-04")
        self.assertEqual((again.covered, again.billable), (3, 0))
        self.assertNoDifference()

    def test_every_cache_dropped(self):
        """Rights, grants of rules and splits derived again: the same, to the row."""
        self.groups(3, "2027-05-04")
        self.use(self.convention, "AUDIT-SECU", 0.5, "day", "2026-01-10")
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-03-10")
        facts = self.env["cdg47.consumption"].search(
            [("partner_id", "=", self.commune.id)]
        )

        def picture():
            return [
                (
                    fact.covered_amount,
                    fact.billable_amount,
                    fact.shares,
                    fact.verdict,
                    fact.entitlement_id.date_start,
                    fact.entitlement_id.left_amount,
                )
                for fact in facts
            ]

        before = picture()
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE cdg47_consumption
               SET entitlement_id = NULL, covered_amount = 0, billable_amount = 0,
                   shares = NULL, verdict = NULL
             WHERE partner_id = %(partner)s;
            DELETE FROM cdg47_entitlement WHERE partner_id = %(partner)s
            """,
            {"partner": self.commune.id},
        )
        self.env.invalidate_all()
        self.assertTrue(self.env["cdg47.ledger"]._differences(self.commune))
        self.env["cdg47.ledger"]._replay_partners(self.commune)
        self.assertEqual(picture(), before)
        self.assertNoDifference()

    def test_forged_fact_is_found(self):
        """A row written by hand in SQL breaks the chain, however well it is made."""
        fact = self.groups(1, "2027-05-04")
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO cdg47_consumption (partner_id, product_id, date, quantity,
                                           uom_id, amount, rank, hash, frozen)
            SELECT partner_id, product_id, date, quantity, uom_id, amount, rank + 1,
                   md5('x'), FALSE
              FROM cdg47_consumption WHERE id = %s
            """,
            [fact.id],
        )
        self.env.invalidate_all()
        found = self.env["cdg47.ledger"]._differences(self.commune)
        self.assertTrue(any("2" in line for line in found), found)
        self.assertGreaterEqual(len(found), 2)
