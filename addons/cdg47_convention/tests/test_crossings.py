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
from ..reading.stratum_change import StratumChange
from .test_overage import OverageCase
from .test_stratum_change import StratumChangeCase


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


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestStratumChangeIsReadAsTheRest(StratumChangeCase):
    def test_an_option_added_after_it_costs_what_was_shown(self):
        """A change of stratum in the course of a year changes no tariff (R17)."""
        convention = self.make_convention_since(
            "2027-01-01", self.make_commune(750), self.metiers
        )
        self.make_signatory(convention.partner_id)
        self.change("S5", "2027-07-01", convention=convention)
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.tariff.id,
                "applied_on": "0_product_variant",
                "product_id": self.techno._cdg47_variant_for(self.stratum("S5")).id,
                "compute_price": "fixed",
                "fixed_price": 700,
                "date_start": "2027-03-01",
            }
        )
        wizard = self.propose(
            convention.partner_id,
            self.techno,
            convention_id=convention.id,
            date_start="2027-09-01",
        )
        shown = wizard.amount
        wizard.action_propose()
        self.assertEqual(shown, 206.67)
        self.assertEqual(convention.pending_order_id.amount_untaxed, shown)

    def test_its_quotas_are_those_of_the_sheet(self):
        """From 10 March, by month: 10 twelfths of what the stratum gives."""
        convention = self.make_convention_since("2027-03-10")
        convention.company_id.cdg47_first_year_quota = "month"
        rule = self.service("FORM-GROUPE").cdg47_rule_ids
        rule.line_ids = [
            Command.create({"stratum_id": self.stratum(code).id, "quantity": quantity})
            for code, quantity in (("S4", 6), ("S5", 12))
        ]
        change = StratumChange(convention, date(2027, 7, 1), self.stratum("S5"))
        effect = next(quota for quota in change.quotas if quota.rule == rule)
        self.assertEqual((effect.before, effect.after), (5, 10))
        lines = QuotaSheet(self.env, convention.partner_id).lines_of(
            convention.partner_id
        )
        line = next(line for line in lines if line.rule == rule)
        self.assertEqual(line.quantity(line.granted), effect.before)


@freeze_time("2027-01-10 10:00:00")
@tagged("post_install", "-at_install")
class TestWhatContinuesAService(OverageCase):
    """The dry run, the verdict and « à régulariser » name the same service."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.service("FORM-GROUPE").cdg47_rule_ids
        cls.set_price("FORM-SITE", 450)
        cls.set_price("ATELIER", 300)

    def assertContinued(self, convention, code):
        domain = [("partner_id", "=", convention.partner_id.id)]
        fact = self.env["cdg47.consumption"].search(domain)
        self.assertTrue(fact.billable)
        asked = self.check(convention, "FORM-GROUPE", 1, "half_day", "2027-01-10")
        row = self.rows(convention.partner_id)
        overage = self.service(code)
        self.assertEqual(asked["overage_product"], overage)
        self.assertEqual(row.priced_product_id, overage)
        self.assertTrue(row.has_price)
        self.assertIn(f"{row.unit_price:g}", fact.verdict)

    def test_once_its_line_has_ended(self):
        """What was used is not lost: the line still says what continues it (R7)."""
        self.use(self.convention, "FORM-GROUPE", 1, "half_day", "2027-01-05")
        self.rule.date_to = "2026-12-31"
        self.convention._replay_rights()
        self.assertContinued(self.convention, "FORM-SITE")

    def test_by_the_line_of_the_forfait_held(self):
        """Two forfaits name it: the one held decides."""
        self.rule.copy(
            {
                "forfait_id": self.techno.id,
                "overage_product_id": self.service("ATELIER").id,
            }
        )
        convention = self.make_convention_since(
            "2027-01-01", self.make_commune(750), self.techno
        )
        self.use(convention, "FORM-GROUPE", 3, "half_day", "2027-01-05")
        self.assertContinued(convention, "ATELIER")
