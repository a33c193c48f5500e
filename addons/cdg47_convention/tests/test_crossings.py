# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where two features meet: each answer is the one that the other feature gives."""

from datetime import date
from io import BytesIO

from freezegun import freeze_time
from openpyxl import load_workbook

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..reading.duties import duty_balance
from ..reading.quota_sheet import QuotaSheet
from .test_overage import OverageCase


@freeze_time("2024-06-20 10:00:00")
@tagged("post_install", "-at_install")
class TestAcceptedIsCarried(OverageCase):
    """14 Go held, 9 in the quota, 5 accepted: nobody accepts these 5 again (R15)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commune.insee_code = "47001"

    def setUp(self):
        super().setUp()
        self.convention.term_ids.stratum_id = self.stratum("S3")
        self.backup = self.hold("BACKUP", 14)
        self.assertEqual(self.backup.over_quantity, 5)
        self.accept(self.quoted())
        self.assertEqual(self.backup.accepted_quantity, 5)

    def test_a_volume_measured_again(self):
        content = b"collectivite,code,quantite,date\n47001,BACKUP,15,2024-06-15"
        self.env["cdg47.volume.import"]._import_file(content, "mesures.csv")
        latest = self.commune.allocation_ids - self.backup
        self.assertEqual((latest.quantity, latest.replaces_id), (15, self.backup))
        self.assertEqual(latest.measured_on, date(2024, 6, 15))
        self.assertEqual(latest.sale_line_id, self.backup.sale_line_id)
        self.assertEqual(self.rows().mapped("over"), [1])

    def test_a_commune_nouvelle(self):
        new = self.make_commune(400, name="Commune nouvelle")
        self.make_convention_since(
            "2024-07-01", new
        ).term_ids.stratum_id = self.stratum("S3")
        wizard = self.env["cdg47.collectivite.merge"].create(
            {
                "partner_id": new.id,
                "former_ids": [Command.set(self.commune.ids)],
                "date": "2024-07-01",
            }
        )
        wizard.action_merge()
        self.assertEqual(new.allocation_ids.over_quantity, 5)
        self.assertEqual(new.allocation_ids.accepted_quantity, 5)
        self.assertFalse(self.rows(new))


@freeze_time("2026-11-20 10:00:00")
@tagged("post_install", "-at_install")
class TestFirstYearOnTheSheet(OverageCase):
    def test_what_the_ledger_grants(self):
        """From 15 September, by month: 1 of 2 half-days, 4 of 10 letters."""
        convention = self.make_convention_since("2026-09-15")
        convention.company_id.cdg47_first_year_quota = "month"
        partner = convention.partner_id
        lines = {
            line.product.default_code: line
            for line in QuotaSheet(self.env, partner).lines_of(partner)
        }
        asked = self.check(convention, "FORM-GROUPE", 2, "half_day", "2026-11-20")
        unit = self.unit("half_day")
        self.assertEqual(asked["covered"], 1)
        self.assertEqual(
            unit._cdg47_quantity(lines["FORM-GROUPE"].granted), asked["covered"]
        )
        owed = duty_balance(convention, self.service("VEILLE-TECHNO"), "2026-11-20")
        self.assertEqual(owed["owed"], 4)
        self.assertEqual(lines["VEILLE-TECHNO"].granted, owed["owed"])
        # One sheet for collectivités that joined in different months.
        sheet = QuotaSheet(self.env, partner | self.commune)
        granted = {
            line.product.default_code: line.granted
            for line in [*sheet.lines_of(partner), *sheet.lines_of(self.commune)]
        }
        self.assertEqual(granted["VEILLE-TECHNO"], 10)


@freeze_time("2027-01-10 10:00:00")
@tagged("post_install", "-at_install")
class TestCarriedRightsArePriced(OverageCase):
    def sheet(self, rights):
        report = self.env["report.cdg47_convention.report_deferred_xlsx"]
        content, _kind = report.with_user(self.user_manager).create_xlsx_report(
            rights.ids, {}
        )
        sheet = load_workbook(BytesIO(content)).worksheets[0]
        return list(sheet.iter_rows(min_row=4, values_only=True))

    def test_at_the_price_of_what_continues_them(self):
        self.set_price("INSTALL-CDG", 400)
        fact = self.use(self.convention, "CERT-ACCOMP", 0.5, "day", "2027-01-05")
        row, _total = self.sheet(fact.entitlement_id)
        self.assertEqual(row[7:10], (0.5, 400, 200))
        self.assertIn("400", self.check(
            self.convention, "CERT-ACCOMP", 1, "day", "2027-01-10"
        )["reason"])  # fmt: skip

    def test_without_a_price_it_is_named(self):
        fact = self.use(self.convention, "CERT-ACCOMP", 0.5, "day", "2027-01-05")
        row, total, *after = self.sheet(fact.entitlement_id)
        self.assertEqual(row[8:10], (None, None))
        overage = self.service("INSTALL-CDG")
        named = " ".join(str(cell) for line in after for cell in line if cell)
        self.assertIn(overage.name, named)
        self.assertEqual(total[9], "=SUM(J4)")


@freeze_time("2026-12-31 23:30:00")
@tagged("post_install", "-at_install")
class TestDayInParis(OverageCase):
    """Half past midnight in Paris, still the year before for the clock of a user."""

    def test_facts_of_the_year_that_begins(self):
        census = self.env["cdg47.census"].with_context(tz="America/Martinique")
        self.assertEqual(census.new({}).date_from, date(2027, 1, 1))


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestVerdictsAndGuard(OverageCase):
    def writes(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["cdg47.ledger"].search(
            [("partner_id", "=", self.commune.id)]
        ).seq  # fmt: skip

    def test_a_rule_that_changes_locks_no_ledger(self):
        """Reading a verdict again is no act; holding one thing more is (R6)."""
        before = self.writes()
        self.hold("CERT")
        after = self.writes()
        self.assertGreater(after, before)
        self.commune.allocation_ids._mark_verdicts()
        self.assertEqual(self.writes(), after)


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestExactQuantities(OverageCase):
    def test_what_cannot_be_counted_is_refused(self):
        """The dry run and the ledger refuse alike, and name what can be entered."""
        hour = self.env.ref("uom.product_uom_hour")
        service = self.service("FORM-GROUPE")
        for quantity, sentence in (
            (0.26, r"\(0,250000\) ou 16.min \(0,266667\)"),
            (1e12, "trop grande"),
            (float("nan"), "trop grande"),
        ):
            for act in (self.convention._check_coverage, self.convention._consume):
                with self.assertRefused(UserError, sentence):
                    act(service, quantity, hour, "2026-06-10")

    def test_what_is_answered_is_what_was_asked(self):
        """Whole minutes are counted; what two decimals hide of one is not lost."""
        asked = self.check(self.convention, "FORM-GROUPE", 0.25, "half_day",
                           "2026-06-10")  # fmt: skip
        self.assertEqual((asked["covered"], asked["billable"]), (0.25, 0))
        used = self.use(self.convention, "FORM-GROUPE", 0.25, "half_day", "2026-06-10")
        self.assertEqual((used.covered, used.billable, used.amount), (0.25, 0, 52))
        beyond = self.check(self.convention, "FORM-GROUPE", 2.25, "half_day",
                            "2026-06-11")  # fmt: skip
        self.assertEqual(beyond["covered"] + beyond["billable"], 2.25)
        third = self.use(self.convention, "CERT-ACCOMP", 0.333333, "day", "2026-06-10")
        self.assertEqual(third.amount, 140)
