# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The accountant's papers: titres to issue, what comes back, quarters, credit notes."""

import base64
import io
from datetime import date, datetime

from freezegun import freeze_time
from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_campaign import CampaignCase

DANGEROUS = ("=1+1", "+33 commune", "-commune", "@SUM(A1)")


class AccountingCase(CampaignCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metiers.cdg47_account_code = "70688"
        cls.techno.cdg47_account_code = "7588"

    def workbook(self, report, records, user=None):
        """Make a workbook as the button does, and open it."""
        user = user or self.user_accountant
        reports = self.env["ir.actions.report"].with_user(user)
        content, kind = reports._render_xlsx(
            f"cdg47_convention.{report}", records.ids, {}
        )
        self.assertEqual(kind, "xlsx")
        return load_workbook(io.BytesIO(content))

    def posted(self, count=1, **values):
        """Renew some conventions and post their invoices."""
        conventions = self.env["cdg47.convention"].union(
            *(self.hold(**values) for _index in range(count))
        )
        campaign = self.simulated()
        self.run_all(campaign)
        invoices = conventions.order_ids.invoice_ids
        invoices.with_user(self.user_accountant).action_post()
        return invoices


@tagged("post_install", "-at_install")
@freeze_time("2027-01-10 10:00:00")
class TestTitles(AccountingCase):
    def test_state_of_the_titres(self):
        invoices = self.posted(4)
        for invoice, name in zip(invoices, DANGEROUS, strict=True):
            invoice.partner_id.write({"name": name, "cdg47_debtor_code": "T12"})
        book = self.workbook("report_titles_xlsx", invoices)
        sheet, control = book.worksheets
        rows = list(sheet.iter_rows(min_row=2, values_only=True))
        self.assertEqual(len(rows), 8 + 1)
        names = [row[4] for row in rows[:-1]]
        self.assertEqual(sorted(set(names)), sorted(DANGEROUS))
        for row in sheet.iter_rows(min_row=2, max_row=9):
            self.assertEqual(row[4].data_type, "s")
            self.assertIsInstance(row[1].value, datetime)
            self.assertEqual(row[1].number_format, "dd/mm/yyyy")
            self.assertIsInstance(row[6].value, int | float)
            self.assertIn(row[7].value, ("70688", "7588"))
            self.assertEqual(row[11].value, datetime(2027, 1, 1))
        self.assertEqual(rows[-1][6], "=SUM(G2:G9)")
        self.assertEqual(sum(row[6] for row in rows[:-1]), 4 * 1470)
        values = [row for row in control.iter_rows(min_row=2, values_only=True)]
        self.assertEqual(values[0][1], 4 * 1470)
        self.assertTrue(values[-1][1].startswith("='"))
        self.assertEqual(len({row[0] for row in values}), len(values))

    def test_drafts_have_no_titre(self):
        convention = self.hold()
        self.run_all(self.simulated())
        with self.assertRaises(UserError):
            self.workbook("report_titles_xlsx", convention.order_ids.invoice_ids)

    def test_credit_note_is_in_minus_and_on_its_exercice(self):
        invoice = self.posted()
        for day, exercice, imputations in (
            ("2027-03-01", "current", {"70688", "7588"}),
            ("2028-02-01", "closed", {"673"}),
        ):
            credit = invoice._reverse_moves(
                [{"invoice_date": day, "date": day, "auto_post": "no"}]
            )
            with freeze_time(day):
                credit.action_post()
            self.assertEqual(credit.cdg47_exercice, exercice)
            self.assertEqual(set(credit._cdg47_imputations()), imputations)
            self.assertEqual(sum(credit._cdg47_imputations().values()), -1470)
            # No more is credited than what was invoiced.
            credit.button_draft()
            credit.button_cancel()
        self.assertFalse(invoice.cdg47_exercice)

    # === What comes back ===
    def import_titles(self, text, user=None):
        wizard = (
            self.env["cdg47.title.import"]
            .with_user(user or self.user_accountant)
            .create({"file": base64.b64encode(text.encode()), "filename": "titres.csv"})
        )
        wizard.action_preview()
        return wizard

    def test_titres_come_back_on_their_invoices(self):
        first, second = self.posted(2)
        text = (
            "facture,titre,bordereau,date,etat,recouvre,date_recouvrement\n"
            f"{first.name},112,14,2027-01-20,emis,,\n"
            f"{second.name},113,14,20/01/2027,recouvre,1470.00,2027-02-28\n"
        )
        wizard = self.import_titles(text)
        self.assertFalse(first.cdg47_title_number)
        wizard.action_apply()
        self.assertRecordValues(
            first | second,
            [
                {
                    "cdg47_title_number": "112",
                    "cdg47_title_slip": "14",
                    "cdg47_title_date": date(2027, 1, 20),
                    "cdg47_collection": "issued",
                    "cdg47_collected_amount": 0,
                },
                {
                    "cdg47_title_number": "113",
                    "cdg47_title_slip": "14",
                    "cdg47_title_date": date(2027, 1, 20),
                    "cdg47_collection": "collected",
                    "cdg47_collected_amount": 1470,
                },
            ],
        )
        again = self.import_titles(text)
        self.assertEqual((again.updated_count, again.unchanged_count), (0, 2))

    def test_faults_are_told_and_nothing_is_written(self):
        first = self.posted()
        wizard = self.import_titles(
            "facture,titre,etat,recouvre\n"
            f"{first.name},112,recouvre,9999\n"
            "FAC/2027/99999,113,emis,\n"
            f"{first.name},,emis,\n"
            f"{first.name},114,perdu,\n"
        )
        self.assertEqual(wizard.error_count, 4)
        wizard.action_apply()
        self.assertEqual(wizard.state, "preview")
        self.assertFalse(first.cdg47_title_number)
        with self.assertRaises(AccessError):
            self.import_titles("facture,titre\n", self.user_user)

    def test_missing_columns(self):
        self.assertEqual(self.import_titles("numero\n1\n").error_count, 1)


@tagged("post_install", "-at_install")
@freeze_time("2027-01-10 10:00:00")
class TestPostingInBatch(AccountingCase):
    def setUp(self):
        super().setUp()
        conventions = self.hold() | self.hold() | self.hold()
        conventions[0].partner_id.chorus_requirement = "both"
        self.run_all(self.simulated())
        self.invoices = conventions.order_ids.invoice_ids
        self.incomplete = conventions[0].order_ids.invoice_ids

    def wizard(self, moves):
        return (
            self.env["validate.account.move"]
            .with_user(self.user_accountant)
            .with_context(active_model="account.move", active_ids=moves.ids)
            .create({})
        )

    def test_what_lacks_a_reference_is_named_and_stays_a_draft(self):
        wizard = self.wizard(self.invoices)
        self.assertEqual(wizard.cdg47_incomplete_ids, self.incomplete)
        name = self.incomplete.partner_id.name
        self.assertIn(name, wizard.cdg47_incomplete_message)
        wizard.validate_move()
        self.assertEqual(self.incomplete.state, "draft")
        posted = self.invoices - self.incomplete
        self.assertEqual(set(posted.mapped("state")), {"posted"})
        with self.assertRefused(UserError, name):
            self.wizard(self.incomplete).validate_move()
        self.incomplete.write(
            {"buyer_reference": "SERV", "purchase_order_reference": "E1"}
        )
        self.wizard(self.incomplete).validate_move()
        self.assertEqual(self.incomplete.state, "posted")

    def test_it_is_due_thirty_days_after_its_own_date(self):
        for invoice in self.invoices:
            self.assertEqual(invoice.invoice_date, date(2027, 1, 1))
            self.assertEqual(invoice.invoice_date_due, date(2027, 1, 31))


@tagged("post_install", "-at_install")
@freeze_time("2027-01-10 10:00:00")
class TestBoardWorkbook(AccountingCase):
    def test_board_workbook(self):
        for name in DANGEROUS:
            self.hold().partner_id.name = name
        changed = self.hold(498)
        self.make_census(
            changed.partner_id,
            "2027-01-01",
            population_total=502,
            population_municipal=502,
        )
        campaign = self.simulated()
        book = self.workbook("report_campaign_xlsx", campaign, self.user_manager)
        summary, detail, changes, _listed = book.worksheets
        rows = list(summary.iter_rows(min_row=4, values_only=True))
        self.assertEqual(sum(row[4] for row in rows[:-1]), campaign.amount)
        self.assertEqual(rows[-1][4], f"=SUM(E4:E{3 + len(rows) - 1})")
        names = {row[0].value: row[0] for row in detail.iter_rows(min_row=2)}
        for name in DANGEROUS:
            self.assertEqual(names[name].data_type, "s")
        lines = list(changes.iter_rows(min_row=2, values_only=True))
        self.assertEqual(
            (lines[0][0], lines[0][1], lines[0][3], lines[0][6]),
            (changed.partner_id.name, "S3", "S4", 400),
        )

    def test_rights_carried_over(self):
        convention = self.hold()
        convention._consume(
            self.service("AUDIT-SECU"),
            3,
            self.env.ref("cdg47_convention.uom_hour"),
            "2027-01-05",
        )
        right = self.env["cdg47.entitlement"].search(
            [("partner_id", "=", convention.partner_id.id)]
        )
        sheet = self.workbook(
            "report_deferred_xlsx", right, self.user_manager
        ).worksheets[0]
        row, total = list(sheet.iter_rows(min_row=4, values_only=True))
        self.assertAlmostEqual(row[7], 4 / 7, places=3)
        self.assertAlmostEqual(row[9], 420 * 4 / 7, places=2)
        self.assertEqual(total[9], "=SUM(J4)")


@tagged("post_install", "-at_install")
@freeze_time("2027-04-10 10:00:00")
class TestQuarter(AccountingCase):
    def sell(self, convention, code, quantity):
        order = convention._quote_services(
            [
                {
                    "product_id": self.service(code),
                    "quantity": quantity,
                    "kind": "supplement",
                }
            ]
        )
        order.signed_by = "Maire"
        order.action_confirm()
        order.date_order = "2027-02-10"
        return order

    def wizard(self, **values):
        wizards = self.env["cdg47.quarter.invoice"].with_user(self.user_accountant)
        return wizards.create(values)

    def test_one_click_for_all(self):
        first, second, small = self.hold(), self.hold(), self.hold()
        orders = self.sell(first, "EPP", 2) | self.sell(first, "EDR", 1)
        other = self.sell(second, "EPP", 1)
        tiny = self.sell(small, "BACKUP", 1)
        wizard = self.wizard()
        self.assertEqual((wizard.year, wizard.quarter), (2027, "1"))
        self.assertEqual((wizard.order_count, wizard.debtor_count), (4, 3))
        wizard.action_invoice()
        self.assertEqual(len(orders.invoice_ids), 1)
        self.assertEqual(len(other.invoice_ids), 1)
        self.assertFalse(tiny.invoice_ids)
        self.assertIn(small.partner_id.name, wizard.report)
        self.assertEqual(len(wizard.invoice_ids), 2)
        again = self.wizard()
        self.assertEqual(again.order_count, 1)

    def test_nothing_to_invoice(self):
        with self.assertRaises(UserError):
            self.wizard().action_invoice()


@tagged("post_install", "-at_install")
@freeze_time("2027-04-10 10:00:00")
class TestCreditNote(AccountingCase):
    def setUp(self):
        super().setUp()
        self.convention = self.hold()
        hour = self.env.ref("cdg47_convention.uom_hour")
        self.fact = self.convention._consume(
            self.service("AUDIT-SECU"), 14, hour, "2027-02-05"
        )
        order = self.convention._quote_services(
            [
                {
                    "product_id": self.service("AUDIT-SECU"),
                    "quantity": 1,
                    "kind": "overage",
                    "consumptions": self.fact,
                }
            ]
        )
        order.signed_by = "Maire"
        order.action_confirm()
        self.order = order
        self.invoice = order.with_user(self.user_accountant)._create_invoices()
        self.invoice.action_post()

    def credit(self, **values):
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.user_accountant)
            .with_context(active_model="account.move", active_ids=self.invoice.ids)
            .create({"journal_id": self.invoice.journal_id.id, **values})
        )
        self.assertTrue(wizard.cdg47_has_uses)
        wizard.reverse_moves()

    def test_alone_it_gives_nothing_back(self):
        self.credit(reason="Erreur")
        self.assertFalse(self.fact.reversal_ids)

    def test_it_gives_the_rights_back_when_asked(self):
        self.credit(reason="Audit annulé", cdg47_gives_back=True)
        self.assertEqual(self.fact.reversal_ids.note, "Audit annulé")
        self.assertEqual(self.fact.entitlement_id.left, 1)
        self.assertEqual(self.order.order_line.qty_delivered, 0)
        self.assertEqual(self.env["cdg47.ledger"]._differences(), [])


@tagged("post_install", "-at_install")
@freeze_time("2027-03-10 10:00:00")
class TestActivityReport(AccountingCase):
    def sections(self, campaign):
        report = self.env["report.cdg47_convention.report_activity"]
        values = report.with_user(self.user_manager)._get_report_values(campaign.ids)
        return values["documents"][0]["sections"]

    def test_figures_of_the_year(self):
        renewed = self.posted(2).cdg47_convention_id
        convention = self.hold(forfaits=self.metiers)
        hour = self.env.ref("cdg47_convention.uom_hour")
        day = self.env.ref("cdg47_convention.uom_day")
        renewed[0]._consume(self.service("AUDIT-SECU"), 10, hour, "2027-02-05")
        renewed[0]._consume(self.service("AUDIT-SECU"), 0.5, day, "2027-02-08")
        campaign = self.env["cdg47.campaign"].search([("year", "=", 2027)])
        # Those of the convention; the other add-ons add theirs after.
        members, revenue, by_stratum, uses = self.sections(campaign)[:4]
        # The third convention is not renewed yet: it has no term of the year.
        self.assertEqual(members["rows"][-1][-1], "2")
        self.assertNotIn(convention.partner_id.name, str(members))
        amounts = [row[1] for row in revenue["rows"]]
        self.assertIn("2\N{NO-BREAK SPACE}940,00", amounts[-1])
        self.assertEqual(by_stratum["rows"][0][0], "S4")
        self.assertEqual(by_stratum["rows"][-1][-1], amounts[-1])
        # 10 h and half a day of 7 h, one day of which is included: half a day and 3 h.
        self.assertEqual(
            uses["rows"],
            [
                [
                    self.service("AUDIT-SECU").name,
                    "1",
                    "1\N{NO-BREAK SPACE}jour",
                    "6\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30",
                ]
            ],
        )
        with self.allow_pdf_render():
            html, _kind = self.env["ir.actions.report"]._render_qweb_html(
                "cdg47_convention.report_activity", campaign.ids
            )
        self.assertIn("2027", html.decode())

    def test_printed_for_a_year_that_has_no_campaign(self):
        self.hold(forfaits=self.metiers)
        wizard = self.env["cdg47.activity.report.print"].with_user(self.user_manager)
        action = wizard.create({"year": 2026}).action_print()
        self.assertEqual(action["data"], {"year": 2026})
        report = self.env["report.cdg47_convention.report_activity"]
        (document,) = report.with_user(self.user_accountant)._get_report_values(
            None, action["data"]
        )["documents"]
        self.assertEqual(document["year"], 2026)
        self.assertEqual(document["sections"][0]["rows"][-1][-1], "1")
        outsider = self.env.ref("base.public_user")
        with self.assertRaises(AccessError):
            report.with_user(outsider)._get_report_values(None, action["data"])

    def test_an_empty_year_says_so(self):
        for section in self.sections(self.make_campaign(2060)):
            self.assertFalse(section["rows"])
            self.assertTrue(section["empty"])
