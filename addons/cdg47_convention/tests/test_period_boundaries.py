# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where a period starts and stops: midnight in Paris, leap days, first years (R3)."""

from datetime import date, datetime

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..reading.duties import duty_balance
from .ledger_common import LedgerCase


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestPeriodBoundaries(LedgerCase):
    def test_same_period_for_every_browser(self):
        """A user in La Réunion and one in UTC enter the same moment on the same day."""
        moment = datetime(2026, 12, 31, 22, 59, 59)
        days = []
        for zone in ("Indian/Reunion", "UTC", "Europe/Paris"):
            convention = self.convention.with_context(tz=zone)
            days.append(
                self.use(convention, "FORM-GROUPE", 0.1, "half_day", moment).date
            )
        self.assertEqual(set(days), {date(2026, 12, 31)})
        self.assertEqual(len(self.commune.entitlement_ids), 1)

    def test_days_of_23_and_25_hours(self):
        """Two hours of work are two hours, and the day is that of Paris."""
        for moment, day in (
            (datetime(2027, 3, 28, 0, 30), date(2027, 3, 28)),
            (datetime(2027, 3, 28, 21, 59), date(2027, 3, 28)),
            (datetime(2027, 3, 28, 22, 0), date(2027, 3, 29)),
            (datetime(2026, 10, 25, 22, 59), date(2026, 10, 25)),
            (datetime(2026, 10, 25, 23, 0), date(2026, 10, 26)),
        ):
            fact = self.use(self.convention, "RECUEIL", 2, "hour", moment)
            self.assertEqual((fact.date, fact.amount), (day, 120))

    def test_last_day_of_a_window_then_the_next(self):
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2024-03-10")._freeze()
        last = self.use(self.convention, "AUDIT-SECU", 1, "day", "2027-03-09")
        following = self.use(self.convention, "AUDIT-SECU", 1, "day", "2027-03-10")
        self.assertEqual(self.splits(last | following), [(0, 420), (420, 0)])

    def test_sliding_and_fixed_windows_differ(self):
        """Used in 2026: free again in 2029 from the first use, in 2027 when fixed."""
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-03-10")

        def opens():
            return self.check(self.convention, "AUDIT-SECU", 1, "day", "2026-12-31")[
                "next_date"
            ]

        self.assertEqual(opens(), date(2029, 3, 10))
        self.convention.company_id.cdg47_three_years_window = "fixed"
        self.env["cdg47.ledger"]._replay_partners(self.commune)
        self.assertEqual(opens(), date(2027, 1, 1))

    def test_gesture_of_the_first_day_counts_once(self):
        right = self.env["cdg47.entitlement"]._open(
            self.commune, self.service("FORM-GROUPE"), date(2027, 1, 1)
        )
        right._grant_goodwill(1, "Geste")
        self.assertEqual((right.date_start, right.granted), (date(2027, 1, 1), 3))
        before = self.use(self.convention, "FORM-GROUPE", 3, "half_day", "2026-12-31")
        after = self.use(self.convention, "FORM-GROUPE", 3, "half_day", "2027-01-01")
        self.assertEqual([fact.billable for fact in before | after], [1, 0])
        self.assertNoDifference()

    def test_convention_of_one_day(self):
        convention = self.make_convention_since("2027-01-01", date_end="2027-01-01")
        asked = [
            self.check(convention, "FORM-GROUPE", 1, "half_day", day)["covered"]
            for day in ("2027-01-01", "2027-01-02")
        ]
        self.assertEqual(asked, [1, 0])

    def test_ended_before_it_started(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.make_convention_since("2027-01-02", date_end="2027-01-01")

    def test_quota_of_a_first_year(self):
        """Started on 15 November: in full by default; by month, 1 of 2 (2/12)."""
        convention = self.make_convention_since("2026-11-15")
        partner = convention.partner_id

        def asked(day):
            answer = self.check(convention, "FORM-GROUPE", 2, "half_day", day)
            return answer["covered"]

        self.assertEqual(asked("2026-11-20"), 2)
        convention.company_id.cdg47_first_year_quota = "month"
        self.assertEqual(asked("2026-11-20"), 1)
        self.assertEqual(asked("2027-01-02"), 2)
        fact = self.use(convention, "FORM-GROUPE", 2, "half_day", "2026-11-20")
        self.assertEqual((fact.covered, fact.billable), (1, 1))
        # Rights that are not yearly stay whole, and so do full first years.
        audit = self.check(convention, "AUDIT-SECU", 1, "day", "2026-11-20")
        self.assertEqual(audit["covered"], 1)
        letters = duty_balance(convention, self.service("VEILLE-TECHNO"), "2026-12-01")
        self.assertEqual(letters["owed"], 2)
        self.assertEqual(self.env["cdg47.ledger"]._differences(partner), [])
        full = self.check(self.convention, "FORM-GROUPE", 2, "half_day", "2024-01-02")
        self.assertEqual(full["covered"], 2)

    def test_period_is_that_of_the_service(self):
        """Entered in June 2027 for December 2026: the right of 2026."""
        fact = self.use(self.convention, "FORM-GROUPE", 1, "half_day", "2026-12-01")
        self.assertEqual(fact.entitlement_id.date_end, date(2026, 12, 31))

    def test_beyond_the_last_term_of_a_tacit_renewal(self):
        """No term is open yet for 2029: today's stratum decides."""
        answer = self.check(self.convention, "BACKUP", 12, "go", "2029-02-01")
        self.assertEqual((answer["covered"], answer["billable"]), (12, 0))
        answer = self.check(self.convention, "FORM-GROUPE", 3, "half_day", "2029-02-01")
        self.assertEqual((answer["covered"], answer["billable"]), (2, 1))


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestWhoseRight(LedgerCase):
    def test_an_annexed_budget_has_its_own_rights(self):
        """The mother's right is not the child's, and the reverse."""
        annexe = self.make_annexe(self.commune)
        convention = self.make_convention_since("2024-01-01", annexe)
        own = self.use(convention, "AUDIT-SECU", 1, "day", "2027-02-01")
        mother = self.use(self.convention, "AUDIT-SECU", 1, "day", "2027-02-01")
        self.assertEqual(self.splits(own | mother), [(420, 0), (420, 0)])
        self.assertEqual(own.entitlement_id.partner_id, annexe)

    def test_one_ticket_for_two_collectivites(self):
        """One origin, two facts, each in its own ledger."""
        other = self.make_convention_since("2024-01-01")
        ticket = self.make_contact("Ticket")
        facts = self.env["cdg47.consumption"].union(
            *(
                self.use(
                    convention, "AUDIT-SECU", 2, "hour", "2027-02-01", origin=ticket
                )
                for convention in self.convention | other
            )
        )
        self.assertEqual(self.splits(facts), [(120, 0)] * 2)
        self.assertEqual(facts.mapped("rank"), [1, 1])
        self.assertEqual(facts.mapped("origin"), [ticket, ticket])

    def test_change_of_siret_keeps_the_rights(self):
        used = self.use(self.convention, "CERT-ACCOMP", 1, "day", "2027-02-01")
        self.commune.company_registry = "21220016600016"
        self.assertEqual(used.entitlement_id.partner_id, self.commune)
        again = self.check(self.convention, "CERT-ACCOMP", 1, "day", "2027-05-01")
        self.assertEqual(again["covered"], 0)

    def test_the_certificate_of_a_parapheur_expires(self):
        """Its prerequisite dies: the option is no longer given, and it is said."""
        self.convention.line_ids.create(
            {
                "convention_id": self.convention.id,
                "forfait_id": self.parapheur.id,
                "date_start": "2027-01-01",
            }
        )
        self.env["cdg47.allocation"].create(
            {
                "partner_id": self.commune.id,
                "product_id": self.service("CERT").id,
                "date_start": "2027-01-01",
                "date_end": "2027-03-31",
                "state": "active",
            }
        )
        asked = [
            self.check(self.convention, "PARAPHEUR", 1, "account", day)
            for day in ("2027-03-31", "2027-04-01")
        ]
        self.assertEqual([answer["covered"] for answer in asked], [1, 0])
        self.assertIn("ertificat", asked[1]["obstacle"][0])
