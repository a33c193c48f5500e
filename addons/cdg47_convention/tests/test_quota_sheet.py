# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The quota sheet: seven shapes on any day, at a constant number of queries."""

from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from ..reading.quota_sheet import QuotaSheet
from .ledger_common import LedgerCase

TODAY = "2026-06-15 10:00:00"


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestQuotaSheet(LedgerCase):
    def sheet(self, partner=None, day=None):
        """Return the lines of a collectivité by code of service and software."""
        partner = partner or self.commune
        return {
            (line.product.default_code, line.scope.name if line.scope else False): line
            for line in QuotaSheet(self.env, partner, day).lines_of(partner)
        }

    def line(self, code, day=None, partner=None, scope=False):
        return self.sheet(partner, day)[code, scope]

    def hold(self, code, quantity=1, **values):
        return self.env["cdg47.allocation"].create(
            {
                "partner_id": self.commune.id,
                "product_id": self.service(code).id,
                "quantity": quantity,
                "date_start": "2026-01-01",
                "state": "active",
                **values,
            }
        )

    def assertLine(self, line, **expected):
        self.assertEqual({name: getattr(line, name) for name in expected}, expected)

    # === The seven shapes, unused ===
    def test_without_limit(self):
        line = self.line("ASSIST-METIERS")
        self.assertLine(
            line, shape="unlimited", granted=None, left=None, over=0, state="included"
        )
        self.assertEqual(line.left_word, "Sans limite")

    def test_unused_rights(self):
        self.assertLine(
            self.line("FORM-GROUPE"),
            shape="yearly",
            granted=420,
            used=0,
            left=420,
            state="available",
            date_start=date(2026, 1, 1),
            next_date=date(2027, 1, 1),
        )
        self.assertLine(
            self.line("AUDIT-SECU"),
            shape="three_years",
            granted=420,
            left=420,
            date_start=None,
            next_date=None,
        )
        self.assertLine(
            self.line("ACTES-ACCOMP"),
            shape="once",
            granted=420,
            left=420,
            date_end=None,
        )
        self.assertLine(
            self.line("VEILLE-METIERS"), shape="duty", granted=10, used=0, left=10
        )

    def test_duty_rendered(self):
        """Letters sent this year count, those of last year do not."""
        letter = self.service("VEILLE-METIERS")
        for day, origin in (
            ("2025-12-31", self.commune),
            ("2026-02-01", self.payroll),
            ("2026-03-01", self.registry_office),
        ):
            self.env["cdg47.duty"]._render(
                self.convention, letter, date.fromisoformat(day), "n", origin
            )
        line = self.line("VEILLE-METIERS")
        self.assertLine(line, used=2, left=8, state="started", rate=20)
        self.assertEqual(line.left_word.replace("\xa0", " "), "2 sur 10")
        self.assertLine(self.line("VEILLE-TECHNO"), used=0, left=10)

    def test_levels(self):
        self.assertLine(self.line("EPP"), shape="level", granted=2, used=0, left=2)
        self.assertLine(self.line("BACKUP"), shape="volume", granted=12, left=12)
        self.hold("EPP", 3)
        self.hold("BACKUP", 10, measured_on="2026-06-01")
        self.assertLine(self.line("EPP"), used=3, left=0, over=1, state="over")
        backup = self.line("BACKUP")
        self.assertLine(backup, used=10, left=2, state="started", rate=83)
        self.assertIn("01/06/2026", backup.sentence)

    def test_held_elsewhere_and_requested_do_not_count(self):
        self.hold("CERT", obtained_elsewhere=True)
        self.hold("EPP", state="requested")
        self.assertLine(self.line("CERT"), used=0, left=1)
        self.assertLine(self.line("EPP"), used=0, left=2)

    def test_option_only_where_held(self):
        self.assertNotIn(("EDR", False), self.sheet())
        self.hold("EDR", 2)
        self.assertLine(self.line("EDR"), granted=0, used=2, over=2, state="option")

    def test_shared_quota_is_one_line(self):
        codes = [code for code, _scope in self.sheet()]
        self.assertEqual(len({"CAHIER-CHARGES", "ACHAT"}.intersection(codes)), 1)

    def test_barred_by_the_editor(self):
        self.commune.software_editor_id = self.payroll.editor_id
        self.assertLine(self.line("PES"), state="barred", left=None)
        self.assertLine(self.line("FORM-GROUPE"), state="barred", left=0)
        editor = self.payroll.editor_id
        editor.product_ids = self.service("PES") | self.service("FORM-GROUPE")
        self.assertLine(self.line("PES"), state="included")
        self.assertLine(self.line("FORM-GROUPE"), state="available", left=420)

    def test_once_per_software(self):
        self.commune.software_editor_id = False
        self.assertIn(("INSTALL-METIERS", False), self.sheet())
        self.commune.software_editor_id = self.payroll.editor_id
        self.use(
            self.convention,
            "INSTALL-METIERS",
            1,
            "day",
            "2026-02-02",
            scope=self.payroll,
        )
        self.assertLine(
            self.line("INSTALL-METIERS", scope="Paie"), left=0, state="used_up"
        )
        self.assertLine(
            self.line("INSTALL-METIERS", scope="État civil"), left=420, used=0
        )

    def test_zero_is_none(self):
        self.convention.term_ids.state = "cancelled"
        hosted = {"hosting": "hosted", "hosted_by_id": self.make_commune(5000).id}
        self.make_census(self.commune, "2026-01-01", **hosted)
        self.assertLine(self.line("EPP"), granted=0, used=0, state="none")

    def test_no_convention_no_line(self):
        self.assertFalse(self.sheet(self.make_commune(300)))
        self.assertFalse(self.sheet(day=date(2023, 6, 1)))

    # === Used rights ===
    def test_used_beyond_and_opening_again(self):
        self.use(self.convention, "AUDIT-SECU", 1.5, "day", "2026-03-02")
        line = self.line("AUDIT-SECU")
        self.assertLine(
            line,
            granted=420,
            used=630,
            over=210,
            left=0,
            rate=100,
            state="over",
            date_start=date(2026, 3, 2),
            next_date=date(2029, 3, 2),
        )
        self.assertIn("02/03/2029", line.sentence)
        self.assertIn("420,00", line.beyond)
        self.assertIn("Annexe 1", line.article)
        # Reversed: the right was never opened.
        self.convention.env["cdg47.consumption"].search([])._reverse("Erreur")
        self.assertLine(self.line("AUDIT-SECU"), used=0, left=420, next_date=None)

    def test_next_date_beyond_the_convention(self):
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-03-02")
        self.convention.sudo().date_end = "2028-12-31"
        line = self.line("AUDIT-SECU")
        self.assertIsNone(line.next_date)
        self.assertIn("31/12/2028", line.next_sentence)

    def test_balance_at_a_past_date(self):
        """Uses count up to the day asked; today counts what is planned too."""
        for day in ("2026-02-10", "2026-04-10"):
            self.use(self.convention, "FORM-GROUPE", 1, "half_day", day)
        self.use(self.convention, "FORM-GROUPE", 1, "half_day", "2026-09-01")
        for day, used, over, left in (
            (date(2025, 12, 31), 0, 0, 420),
            (date(2026, 2, 9), 0, 0, 420),
            (date(2026, 2, 10), 210, 0, 210),
            (date(2026, 6, 14), 420, 0, 0),
            (date(2026, 6, 15), 630, 210, 0),
            (date(2027, 1, 1), 0, 0, 420),
        ):
            with self.subTest(day=day):
                self.assertLine(
                    self.line("FORM-GROUPE", day), used=used, over=over, left=left
                )

    def test_planned_use_of_a_right_on_request(self):
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-10-05")
        self.assertLine(self.line("AUDIT-SECU"), used=420, left=0)
        self.assertLine(self.line("AUDIT-SECU", date(2026, 6, 14)), used=0, left=420)

    def test_same_as_the_dry_run(self):
        """What the sheet says is left is what the next use finds."""
        self.use(self.convention, "FORM-GROUPE", 1, "half_day", "2026-02-10")
        self.use(self.convention, "AUDIT-SECU", 0.5, "day", "2026-02-10")
        for code, unit in (("FORM-GROUPE", "half_day"), ("AUDIT-SECU", "day"),
                           ("ACTES-ACCOMP", "day"), ("RECUEIL", "day")):  # fmt: skip
            line = self.line(code)
            left = self.unit(unit)._cdg47_quantity(line.left)
            answer = self.check(self.convention, code, left, unit, "2026-06-15")
            self.assertEqual((answer["covered"], answer["left"]), (left, 0), code)

    def test_past_balance_equals_a_ledger_without_later_facts(self):
        """Independent reading: the same facts entered alone in another ledger."""
        other = self.make_convention_since("2024-01-01")
        for day, quantity in (("2026-01-05", 1), ("2026-03-05", 3), ("2026-05-05", 1)):
            self.use(self.convention, "FORM-GROUPE", quantity, "half_day", day)
            if day < "2026-04":
                self.use(other, "FORM-GROUPE", quantity, "half_day", day)
        past = self.line("FORM-GROUPE", date(2026, 4, 1))
        alone = self.line("FORM-GROUPE", partner=other.partner_id)
        for name in ("granted", "used", "over", "left", "rate", "state"):
            self.assertEqual(getattr(past, name), getattr(alone, name), name)

    def test_written_amounts(self):
        day = self.unit("day")
        for amount, text in ((210, "0,5 jour"), (380, "6 h 20"), (40, "40 min")):
            self.assertEqual(day._cdg47_written(amount).replace("\xa0", " "), text)

    # === Queries ===
    def test_same_queries_for_5_and_50(self):
        partners = self.commune
        for number in range(49):
            partners |= self._used_collectivite(number)
        few = self._count(partners[:5])
        many = self._count(partners)
        self.assertEqual(few[0], many[0])
        self.assertGreater(many[1], 9 * few[1])
        past = date(2026, 3, 1)
        self.assertEqual(
            self._count(partners[:5], past)[0], self._count(partners, past)[0]
        )

    def _used_collectivite(self, number):
        convention = self.make_convention_since("2024-01-01")
        editor = self.payroll.editor_id
        editor.product_ids = self.service("FORM-GROUPE")
        convention.partner_id.software_editor_id = editor
        self.use(convention, "FORM-GROUPE", 1 + number % 3, "half_day", "2026-02-10")
        self.use(convention, "AUDIT-SECU", 1, "day", f"2026-02-{1 + number % 28:02}")
        self.env["cdg47.allocation"].create(
            {
                "partner_id": convention.partner_id.id,
                "product_id": self.service("EPP").id,
                "date_start": "2026-01-01",
                "state": "active",
            }
        )
        return convention.partner_id

    def _count(self, partners, day=None):
        """Return the queries and the lines of the sheets, sentences read."""
        with self.counted_queries() as queries:
            sheet = QuotaSheet(self.env, partners, day)
            lines = [line for partner in partners for line in sheet.lines_of(partner)]
            self.assertTrue(all(line.sentence + line.beyond for line in lines))
        return queries.number, len(lines)
