# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The yearly statement: the figures, the files read back, who may read, in bulk."""

import base64
import io
import zipfile
from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time
from lxml import html
from openpyxl import load_workbook
from pypdf import PdfReader

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..reading.yearly_statement import YearlyStatements
from .common import MODULE
from .ledger_common import LedgerCase


class StatementCase(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tariff.item_ids.unlink()
        cls.set_price("AUDIT-SECU", 400)
        cls.set_price("AUDIT-SECU", 440, "2026-05-01 00:00:00")
        cls.set_price("EPP", 28)
        cls.set_price("BACKUP", 5)
        cls.set_price("CERT", 90)
        cls.tariff.item_ids.filtered(
            lambda item: (
                (item.product_id, item.fixed_price) == (cls.service("AUDIT-SECU"), 400)
            )
        ).date_end = "2026-04-30 00:00:00"

    def statement(self, year=2026, partner=None):
        partner = partner or self.commune
        return YearlyStatements(self.env, partner, year).of(partner)

    def row(self, code, rows):
        name = self.service(code).name
        found = [row for row in rows if name[:20] in row.name]
        self.assertEqual(len(found), 1, [row.name for row in rows])
        return found[0]

    def hold(self, code, quantity=1, date_start="2026-01-01", **values):
        return self.env["cdg47.allocation"].create(
            {
                "partner_id": self.commune.id,
                "product_id": self.service(code).id,
                "quantity": quantity,
                "date_start": date_start,
                "state": "active",
                **values,
            }
        )

    def invoice(self, amount, day="2026-03-01", name="Forfaits 2026", kind=None):
        invoice = self.env["account.move"].create(
            {
                "move_type": kind or "out_invoice",
                "partner_id": self.commune.id,
                "cdg47_convention_id": self.convention.id,
                "invoice_date": day,
                "invoice_line_ids": [
                    Command.create({"name": name, "price_unit": amount, "tax_ids": []})
                ],
            }
        )
        invoice.action_post()
        return invoice


@freeze_time("2026-11-15 10:00:00")
@tagged("post_install", "-at_install")
class TestStatement(StatementCase):
    def test_time_at_the_price_of_the_day(self):
        """4 h at 400 €/7 h in April, 2 h of 4 covered at 440 €/7 h in June."""
        hour = self.env.ref("uom.product_uom_hour")
        audit = self.service("AUDIT-SECU")
        self.convention._consume(audit, 4, hour, "2026-04-01")
        self.convention._consume(audit, 4, hour, "2026-06-01")
        april, june = self.statement().used
        self.assertEqual((april.price, june.price), (400, 440))
        self.assertEqual(april.value, 228.57)
        self.assertEqual(june.value, 188.57)
        self.assertAlmostEqual(june.beyond, 1 / 7)
        self.assertEqual(self.statement().covered_value, 417.14)
        self.assertFalse(self.statement(2025).used)

    def test_reversed_weighs_nothing(self):
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-04-01")._reverse("X")
        self.assertFalse(self.statement().used)
        frozen = self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-04-02")
        frozen._freeze()
        frozen._reverse("X")
        self.assertEqual(self.statement().covered_value, 0)

    def test_held_within_the_quota(self):
        """Three licences with two allowed; a certificate is paid once."""
        self.hold("EPP", 3)
        self.hold("BACKUP", 10)
        self.hold("CERT", date_start="2025-01-01")
        held = self.statement().held
        licences = self.row("EPP", held)
        self.assertEqual(
            (licences.quantity, licences.beyond, licences.value), (2, 1, 56)
        )
        self.assertEqual(self.row("BACKUP", held).value, 50)
        self.assertEqual(self.row("CERT", held).value, 0)
        self.assertEqual(self.row("CERT", self.statement(2025).held).value, 90)

    def test_without_a_price(self):
        self.use(self.convention, "RECUEIL", 0.5, "day", "2026-04-01")
        statement = self.statement()
        (row,) = statement.without_price
        self.assertIsNone(row.value)
        self.assertEqual(statement.covered_value, 0)

    def test_billed_with_its_credit_notes(self):
        self.invoice(1470)
        self.invoice(1400, "2025-03-01")
        self.invoice(100, kind="out_refund")
        self.assertEqual(self.statement().billed_total, 1370)
        self.assertEqual(self.statement(2025).billed_total, 1400)

    def test_what_was_beyond_in_euros_and_what_was_paid_for_it(self):
        self.hold("EPP", 3)
        statement = self.statement()
        self.assertEqual([row.beyond for row in statement.beyond], [1])
        self.assertEqual(statement.beyond_value, 28)
        self.invoice(1470)
        self.invoice(28, name="Licence")
        # As the campaign writes it: a line of a forfait.
        self.env.cr.execute(
            "UPDATE account_move_line SET product_id = %s WHERE name = 'Forfaits 2026'",
            [self.metiers.product_variant_ids[:1].id],
        )
        self.env.invalidate_all()
        statement = self.statement()
        self.assertEqual(statement.billed_fees, 1470)
        self.assertEqual(statement.billed_beyond, 28)

    def test_what_the_editor_does_not_allow_is_said(self):
        self.commune.software_editor_id = False
        excluded = {line.name for line in self.statement().excluded}
        self.assertTrue(excluded)
        self.assertFalse(excluded & {line.name for line in self.statement().remaining})
        self.commune.software_editor_id = self.env.ref(
            f"{MODULE}.software_editor_partner"
        )
        self.assertFalse(self.statement().excluded)

    def test_what_is_left_and_duties(self):
        self.use(self.convention, "FORM-GROUPE", 1, "half_day", "2026-04-01")
        statement = self.statement()
        line = self.row("FORM-GROUPE", statement.counted)
        self.assertEqual((line.granted, line.used, line.left), (420, 210, 210))
        self.assertEqual([duty.granted for duty in statement.duties], [10, 10])
        self.assertTrue(statement.is_provisional)
        self.assertFalse(self.statement(2025).is_provisional)
        self.assertEqual(self.statement(2025).day, date(2025, 12, 31))

    def test_same_queries_for_5_and_50(self):
        partners = self.commune
        for number in range(49):
            convention = self.make_convention_since("2024-01-01")
            day = f"2026-0{1 + number % 9}-10"
            self.use(convention, "AUDIT-SECU", 1, "day", day)
            self.use(convention, "FORM-GROUPE", 1, "half_day", day)
            partners |= convention.partner_id
        counts = []
        for some in (partners[:5], partners):
            with self.counted_queries() as queries:
                statements = YearlyStatements(self.env, some, 2026)
                values = [statements.of(partner).covered_value for partner in some]
            counts.append(queries.number)
            self.assertGreater(sum(values), 0)
        self.assertEqual(*counts)


@freeze_time("2026-11-15 10:00:00")
@tagged("post_install", "-at_install")
class TestStatementDocuments(StatementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commune.name = "=Commune de l'essai"
        cls.other = cls.make_convention_since("2024-01-01").partner_id

    def setUp(self):
        super().setUp()
        self.use(self.convention, "AUDIT-SECU", 1.5, "day", "2026-06-01")
        self.hold("EPP", 2)
        self.invoice(1470, name="=HYPERLINK(1)")

    def pdf(self, partner, year):
        with self.allow_pdf_render():
            partner = partner.with_context(force_report_rendering=True)
            return partner._cdg47_statement_file(year, "pdf")

    def test_pdf(self):
        content, name = self.pdf(self.commune, 2026)
        self.assertTrue(name.endswith(".pdf"))
        text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(content)).pages)
        text = " ".join(text.replace("\xa0", " ").split())
        for expected in ("2026", "Commune de l'essai", "496,00 €", "1 470,00 €"):
            self.assertIn(expected, text.replace("\u202f", " "))

    def test_one_page_says_the_essential(self):
        """A councillor reads the first page: paid, received, beyond, left."""
        content, _name = self.pdf(self.commune, 2026)
        first, *details = PdfReader(io.BytesIO(content)).pages
        text = " ".join(first.extract_text().split())
        for heading in ("Ce que vous avez payé", "Ce qu’il vous reste"):
            self.assertIn(heading, text)
        self.assertIn("Le détail", " ".join(details[0].extract_text().split()))

    def test_empty_year(self):
        commune = self.make_convention_since("2024-01-01").partner_id
        content, _name = self.pdf(commune, 2024)
        self.assertTrue(content.startswith(b"%PDF"))
        self.assertTrue(commune._cdg47_statement_file(2024, "xlsx")[0])

    # === In bulk ===
    def run_cron(self):
        with self.enter_registry_test_mode(), self.allow_pdf_render():
            self.env.ref(f"{MODULE}.cron_make_statements").method_direct_trigger()

    def test_in_bulk_one_parked_then_tried_again(self):
        self.env["cdg47.convention"].search(
            [("partner_id", "not in", (self.commune | self.other).ids)]
        ).sudo().write({"state": "draft"})
        batches = self.env["cdg47.statement.batch"].with_user(self.user_user)
        batch = batches.create({"year": 2026})
        batch.action_start()
        self.assertEqual((batch.state, batch.total_count), ("running", 2))
        partners = type(self.env["res.partner"])
        make = partners._cdg47_statement_file

        reason = "Sans tarif"

        def broken(partner, year, kind):
            if partner == self.other:
                raise UserError(reason)
            return make(partner, year, kind)

        with patch.object(partners, "_cdg47_statement_file", broken):
            self.run_cron()
        self.assertEqual(
            (batch.state, batch.parked_count, batch.progress), ("done", 1, 100)
        )
        parked = batch.line_ids.filtered(lambda line: line.state == "parked")
        self.assertEqual((parked.partner_id, parked.reason), (self.other, "Sans tarif"))
        self.assertEqual(len(self._archive(batch)), 2)
        batch.action_retry()
        self.run_cron()
        self.assertEqual((batch.state, batch.parked_count), ("done", 0))
        names = self._archive(batch)
        self.assertEqual(len(names), 4)
        self.assertEqual(len(set(names)), 4)
        # Once more: the same statements, none twice.
        batch.action_start()
        self.run_cron()
        self.assertEqual(self._archive(batch), names)

    def _archive(self, batch):
        content = base64.b64decode(batch.with_context(bin_size=False).file)
        return sorted(zipfile.ZipFile(io.BytesIO(content)).namelist())

    def test_nothing_to_make(self):
        batch = self.env["cdg47.statement.batch"].create({"year": 2001})
        with self.assertRaises(UserError):
            batch.action_start()
        for year in (1999, 2027):
            with self.assertRaises(UserError):
                batch.year = year


@freeze_time("2026-11-15 10:00:00")
@tagged("post_install", "-at_install")
class TestStatementFiles(StatementCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commune.name = "=Commune de l'essai"
        cls.mayor = cls.make_portal_user(cls.make_signatory(cls.commune))
        cls.other = cls.make_convention_since("2024-01-01").partner_id
        cls.stranger = cls.make_portal_user(cls.make_signatory(cls.other))
        cls.page = f"/my/forfait/{cls.commune.id}/bilan/2026"

    def setUp(self):
        super().setUp()
        self.use(self.convention, "AUDIT-SECU", 1.5, "day", "2026-06-01")
        self.hold("EPP", 2)
        self.invoice(1470, name="=HYPERLINK(1)")

    # === Workbook ===
    def test_workbook(self):
        content, name = self.commune._cdg47_statement_file(2026, "xlsx")
        self.assertTrue(name.endswith(".xlsx"))
        sheet = load_workbook(io.BytesIO(content)).active
        cells = {cell.coordinate: cell for row in sheet.iter_rows() for cell in row}
        formulas = [c.value for c in cells.values() if c.data_type == "f"]
        self.assertEqual(sum(f.startswith("=SUM(") for f in formulas), 2)
        self.assertTrue(all(f.startswith(("=SUM(E", "=ROUND(C")) for f in formulas))
        texts = [c.value for c in cells.values() if c.data_type == "s"]
        self.assertIn("=HYPERLINK(1)", texts)
        self.assertTrue(any("=Commune" in text for text in texts))
        days = [c.value for c in cells.values() if c.is_date]
        self.assertIn(datetime(2026, 3, 1), days)
        self.assertIn(datetime(2029, 6, 1), days)
        self.assertEqual(self._totals(sheet), [440 + 56, 1470])
        # A reader that computes nothing, a phone, shows the same totals.
        shown = load_workbook(io.BytesIO(content), data_only=True).active
        totals = [
            shown[cell.coordinate].value
            for cell in cells.values()
            if cell.data_type == "f" and cell.value.startswith("=SUM(")
        ]
        self.assertEqual(totals, [440 + 56, 1470])

    def test_workbook_of_several_with_one_name(self):
        (self.commune | self.other).name = "Syndicat intercommunal d'adduction : eau"
        reports = self.env["ir.actions.report"]
        content, _kind = reports._render_xlsx(
            f"{MODULE}.action_report_statement_xlsx",
            (self.commune | self.other).ids,
            {"year": 2026},
        )
        names = load_workbook(io.BytesIO(content)).sheetnames
        self.assertEqual(len(set(names)), 2)
        self.assertTrue(all(len(name) <= 31 for name in names))

    def _totals(self, sheet):
        """Compute the formulas as a spreadsheet would."""
        values = {}
        for row in sheet.iter_rows():
            for cell in row:
                value = cell.value
                if cell.data_type == "f" and value.startswith("=ROUND("):
                    quantity, price = (
                        sheet[f"{column}{cell.row}"].value for column in "CD"
                    )
                    value = round(quantity * price, 2)
                values[cell.coordinate] = value
        totals = []
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f" and cell.value.startswith("=SUM("):
                    # One row is « E7 », several are « E7:E9 ».
                    first, _colon, last = cell.value[5:-1].partition(":")
                    cells = sheet[f"{first}:{last or first}"]
                    found = [values[line[0].coordinate] for line in cells]
                    totals.append(sum(v for v in found if v is not None))
        return totals

    # === Portal ===
    def get(self, path, login):
        self.authenticate(login, login)
        with mute_logger("odoo.http"):
            return self.url_open(path, allow_redirects=False)

    def test_portal_downloads_its_own(self):
        response = self.get(f"{self.page}/xlsx", self.mayor.login)
        self.assertEqual(response.status_code, 200)
        self.assertTrue(load_workbook(io.BytesIO(response.content)))
        response = self.get(f"{self.page}/pdf", self.mayor.login)
        self.assertEqual(response.status_code, 200)
        links = html.fromstring(
            self.get(f"/my/forfait/{self.commune.id}", self.mayor.login).text
        ).xpath("//a/@href")
        for year in (2024, 2025, 2026):
            self.assertIn(f"/my/forfait/{self.commune.id}/bilan/{year}/pdf", links)

    def test_portal_no_other_and_no_other_year(self):
        theirs = f"/my/forfait/{self.other.id}/bilan/2026"
        for path in (
            f"{theirs}/pdf",
            f"{theirs}/xlsx",
            f"/my/forfait/{self.commune.id}/bilan/2023/pdf",
            f"/my/forfait/{self.commune.id}/bilan/2027/xlsx",
            f"/my/forfait/99999999/bilan/{10**20}/pdf",
        ):
            response = self.get(path, self.mayor.login)
            self.assertEqual(response.status_code, 303, path)
            self.assertTrue(response.headers["Location"].endswith("/my"))

    def test_reports_are_closed_by_their_address_too(self):
        """Odoo gives a report to whoever knows its name: ours checks the reader."""
        for kind, name in (
            ("html", "report_statement"),
            ("xlsx", "statement_xlsx"),
        ):
            path = f"/report/{kind}/{MODULE}.{name}/{self.commune.id}"
            refused = self.get(path, self.stranger.login)
            self.assertNotEqual(refused.status_code, 200, path)
            self.assertNotIn(b"1 470", refused.content)
            self.assertEqual(self.get(path, self.mayor.login).status_code, 200)

    def test_who_may_read(self):
        mixin = self.env["cdg47.statement.mixin"]
        for user in (self.user_employee, self.stranger, self.user_accountant):
            with self.assertRaises(AccessError):
                mixin.with_user(user)._statements(self.commune, {"year": 2026})
        for user in (self.user_user, self.mayor):
            self.assertTrue(mixin.with_user(user)._statements(self.commune, {}))
        for year in ("2026;", 1999, 2027, "zzz"):
            with self.assertRaises(UserError):
                mixin._statements(self.commune, {"year": year})

    def test_back_office_route(self):
        path = f"/cdg47/statement/{self.commune.id}/2026/xlsx"
        for login in (self.mayor.login, self.user_employee.login):
            self.assertEqual(self.get(path, login).status_code, 404)
        self.assertEqual(self.get(path, self.user_user.login).status_code, 200)
        for missing in ("99999999/2026", f"{self.commune.id}/2019", f"{10**20}/2026"):
            path = f"/cdg47/statement/{missing}/xlsx"
            self.assertEqual(self.get(path, self.user_user.login).status_code, 404)
