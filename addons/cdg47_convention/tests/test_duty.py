# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Ten letters a year: what the CDG owes, counted as it renders it (Annexe 3 I c)."""

from datetime import date, datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..reading.duties import duty_balance
from ..reading.quota_sheet import QuotaSheet
from .ledger_common import LedgerCase


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestDuty(LedgerCase):
    def setUp(self):
        super().setUp()
        self.letters = iter(
            self.env["res.partner.category"].create(
                [{"name": f"Lettre {number}"} for number in range(12)]
            )
        )

    def render(self, conventions=None, day="2027-03-01", code="VEILLE-TECHNO", **kw):
        conventions = self.convention if conventions is None else conventions
        origin = kw.get("origin") or next(self.letters)
        return self.env["cdg47.duty"]._render(
            conventions, self.service(code), day, f"Lettre du {day}", origin
        )

    def balance(self, code="VEILLE-TECHNO", day="2027-06-15"):
        return duty_balance(self.convention, self.service(code), day)

    def line(self, code="VEILLE-TECHNO", day=None):
        return next(
            line
            for line in QuotaSheet(self.env, self.commune, day).lines_of(self.commune)
            if line.product == self.service(code)
        )

    def test_ten_letters_a_year(self):
        self.assertEqual(self.balance(), {"owed": 10, "rendered": 0, "left": 10})
        for month in range(1, 11):
            self.assertEqual(len(self.render(day=f"2027-{month:02}-05")), 1)
        self.assertEqual(self.balance(), {"owed": 10, "rendered": 10, "left": 0})
        self.render(day="2027-11-05")
        self.assertEqual(self.balance(), {"owed": 10, "rendered": 11, "left": 0})
        self.assertEqual(self.balance(day="2028-01-05")["rendered"], 0)
        # The other forfait has its own ten.
        self.assertEqual(self.balance("VEILLE-METIERS")["rendered"], 0)

    def test_the_sheet_shows_it(self):
        self.render(day="2027-01-05")
        self.render(day="2027-02-05")
        self.render(day="2026-12-05")
        line = self.line()
        self.assertEqual((line.granted, line.used, line.left), (10, 2, 8))
        self.assertEqual(self.line("VEILLE-METIERS").used, 0)
        self.assertEqual(self.line(day=date(2026, 12, 31)).used, 1)

    def test_it_is_no_use_of_the_collectivite(self):
        self.render()
        self.assertFalse(
            self.env["cdg47.consumption"].search([("partner_id", "=", self.commune.id)])
        )
        with self.assertRaises(UserError):
            self.use(self.convention, "VEILLE-TECHNO", 1, "letter", "2027-03-01")

    def test_the_same_letter_counts_once(self):
        letter = next(self.letters)
        self.assertEqual(len(self.render(origin=letter)), 1)
        self.assertFalse(self.render(origin=letter))
        late = self.make_convention_since("2027-01-01")
        self.assertEqual(
            self.render(self.convention | late, origin=letter).partner_id,
            late.partner_id,
        )
        # The two forfaits may share one letter.
        self.assertEqual(len(self.render(code="VEILLE-METIERS", origin=letter)), 1)
        self.assertEqual(self.balance()["rendered"], 1)

    def test_only_to_those_who_hold_the_forfait_that_day(self):
        metiers = self.make_convention_since("2024-01-01", None, self.metiers)
        future = self.make_convention_since("2028-01-01")
        draft = self.env["cdg47.convention"].create(
            {"partner_id": self.make_commune().id, "date_start": "2027-01-01"}
        )
        rendered = self.render(self.convention | metiers | future | draft)
        self.assertEqual(rendered.convention_id, self.convention)
        with self.assertRefused(UserError, "VEILLE|eille"):
            duty_balance(metiers, self.service("VEILLE-TECHNO"), "2027-03-01")

    def test_the_day_is_in_paris(self):
        rendered = self.render(day=datetime(2026, 12, 31, 23, 30))
        self.assertEqual(rendered.date, date(2027, 1, 1))

    def test_anniversary_year(self):
        convention = self.make_convention_since("2024-11-15")
        convention.company_id.cdg47_rights_year = "anniversary"
        service = self.service("VEILLE-TECHNO")
        for day in ("2026-11-14", "2026-11-15", "2027-01-10"):
            self.env["cdg47.duty"]._render(
                convention, service, day, "Lettre", next(self.letters)
            )
        balance = duty_balance(convention, service, "2027-06-15")
        self.assertEqual(balance["rendered"], 2)

    def test_written_by_no_hand(self):
        values = {
            "partner_id": self.commune.id,
            "convention_id": self.convention.id,
            "product_id": self.service("VEILLE-TECHNO").id,
            "date": "2027-03-01",
            "name": "x",
            "origin": "x",
        }
        duty = self.render()
        for user in (self.user_user, self.user_manager):
            with self.assertRaises(AccessError):
                self.env["cdg47.duty"].with_user(user).create(values)
            with self.assertRaises(AccessError):
                duty.with_user(user).write({"date": "2027-03-02"})

    def test_same_queries_for_5_and_50(self):
        conventions = self.env["cdg47.convention"].union(
            *(self.make_convention_since("2027-01-01") for _number in range(50))
        )

        def count(some):
            with self.counted_queries() as queries:
                some = some.browse(some.ids)
                self.assertEqual(len(self.render(some)), len(some))
                self.env["cdg47.quota.rule"]._duties_rendered(
                    some.partner_id, date(2027, 6, 1)
                )
            return queries.number

        count(conventions[:1])
        self.assertEqual(count(conventions[:5]), count(conventions))
