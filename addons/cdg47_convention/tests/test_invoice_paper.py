# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is read on the paper of an invoice, page after page (R12)."""

import io
from contextlib import contextmanager

from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from odoo.fields import Command
from odoo.tests import HttpCase, TransactionCase, tagged

from ..lib.pages import number_pages, runs_of
from .test_documents import INVOICE
from .test_invoice_file import FileCase

LINES = 60
TITLES = ("Description", "Quantité", "Prix unitaire", "Taxes", "Montant")


class PaperCase(FileCase, HttpCase):
    """Pages drawn with their styles, which wkhtmltopdf asks the server for."""

    @contextmanager
    def drawing(self):
        yield  # the server of the test answers wkhtmltopdf

    def texts(self, content):
        return [
            " ".join(page.extract_text().split())
            for page in PdfReader(io.BytesIO(content)).pages
        ]


@tagged("post_install", "-at_install")
class TestLongInvoice(PaperCase):
    """Sixty lines on several pages."""

    def long(self, lines=LINES):
        return self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.commune.id,
                "invoice_date": "2027-01-04",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": f"Ligne {number} de la facture\nUne précision "
                            f"assez longue pour tenir sur deux lignes\nFin {number}.",
                            "quantity": 1,
                            "price_unit": 10,
                            "tax_ids": self.regimes["out_of_scope"].ids,
                        }
                    )
                    for number in range(1, lines + 1)
                ],
            }
        )

    @property
    def regimes(self):
        return self.company._cdg47_taxes_by_regime()

    def test_each_page_says_what_it_is(self):
        invoice = self.long()
        invoice.action_post()
        pages = self.texts(self.printed(invoice))
        self.assertGreater(len(pages), 1)
        for number, text in enumerate(pages, 1):
            self.assertIn(f"{invoice.name} - page {number} sur {len(pages)}", text)
            self.assertIn(f"{self.company.name} - SIRET", text)
        for text in pages[1:]:
            self.assertIn(f"{self.commune.name} (suite)", text)

    def test_no_row_is_cut(self):
        invoice = self.long()
        invoice.action_post()
        pages = self.texts(self.printed(invoice))
        for number in range(1, LINES + 1):
            (first,) = [
                place
                for place, text in enumerate(pages)
                if f"Ligne {number} de" in text
            ]
            self.assertIn(f"Fin {number}.", pages[first])

    def test_each_page_repeats_the_titles(self):
        """Where they stand on the first page, above the first row, over nothing."""
        invoice = self.long()
        invoice.action_post()
        first, *others = PdfReader(io.BytesIO(self.printed(invoice))).pages
        places = {
            run.text: round(run.x) for run in runs_of(first) if run.text in TITLES
        }
        self.assertEqual(set(places), set(TITLES))
        with_rows = 0
        for page in others:
            runs = runs_of(page)
            rows = [run for run in runs if run.text.startswith("Ligne ")]
            titles = [run for run in runs if run.text in TITLES]
            if not rows:
                self.assertFalse(titles)
                continue
            with_rows += 1
            self.assertEqual({run.text: round(run.x) for run in titles}, places)
            (height,) = {round(run.y) for run in titles}
            self.assertGreater(height, max(run.y for run in rows) + 12)
            head = next(run for run in runs if "(suite)" in run.text)
            self.assertLess(height + 7, head.y)
        self.assertGreater(with_rows, 1)

    def test_a_draft_is_numbered_too(self):
        (text, *_others) = self.texts(self.printed(self.long()))
        self.assertIn("page 1 sur", text)


@tagged("post_install", "-at_install")
class TestThreeForfaits(PaperCase):
    """The usual invoice: all that a year costs, on one page."""

    def three(self, **values):
        convention = self.make_convention(
            self.commune, self.metiers | self.techno | self.parapheur, **values
        )
        convention.pending_order_id.write(
            {"chorus_service_code": "SERVICE-FIN", "chorus_engagement": "ENG-118"}
        )
        invoice = self.sign(convention)._create_invoices()
        invoice.invoice_date = "2027-01-04"
        invoice.action_post()
        return invoice

    def test_one_page(self):
        for start in ("2027-01-01", "2027-04-01"):
            with self.subTest(start):
                self.commune = self.make_commune(4100, name="Aiguillon")
                self.make_signatory(self.commune)
                pages = self.texts(self.printed(self.three(date_start=start)))
                self.assertEqual(len(pages), 1)

    def test_the_sums_go_with_what_the_law_asks_for(self):
        """A little more than a page holds: no sentence is left alone."""
        for more in (10, 20, 30):
            with self.subTest(more=more):
                self.commune = self.make_commune(4100, name="Aiguillon")
                self.make_signatory(self.commune)
                invoice = self.three()
                invoice.button_draft()
                invoice.invoice_line_ids[-1].name += " et une précision" * more
                invoice.action_post()
                pages = self.texts(self.printed(invoice))
                self.assertEqual(len(pages), 2 if more > 10 else len(pages))
                for words in ("Montant hors taxes", "article 256 B", "Arrêtée"):
                    self.assertIn(words, pages[-1])


@tagged("post_install", "-at_install")
class TestRepeatedTitles(TransactionCase):
    """Where a page goes on with rows, and nowhere else."""

    def pages(self, second):
        buffer = io.BytesIO()
        canvas = Canvas(buffer)
        for texts in ([(30, 700, "Qui"), (300, 700, "Somme"), (30, 680, "a")], second):
            for text in texts:
                canvas.drawString(*text)
            canvas.showPage()
        canvas.save()
        numbered = number_pages(
            buffer.getvalue(), lambda page, pages: ("", ""), ["Qui", "Somme"]
        )
        return [runs_of(page) for page in PdfReader(io.BytesIO(numbered)).pages]

    def test_above_the_rows(self):
        (_first, runs) = self.pages([(30, 750, "b"), (300, 750, "2")])
        places = {run.text: round(run.x) for run in runs}
        self.assertEqual(places, {"b": 30, "2": 300, "Qui": 30, "Somme": 300})

    def test_above_no_sum(self):
        (_first, runs) = self.pages([(200, 750, "Total"), (30, 700, "Merci")])
        self.assertEqual({run.text for run in runs}, {"Total", "Merci"})


@tagged("post_install", "-at_install")
class TestNumbers(FileCase):
    def test_nine_digits_are_a_siren(self):
        invoice = self.make_invoice()
        for partner, number in (
            (self.company.partner_id, "284700010"),
            (self.commune, "214703001"),
        ):
            with self.subTest(partner.name):
                whole = partner.company_registry
                self.assertIn(f"SIRET : {whole}", self.invoice_html(invoice))
                partner.company_registry = number
                html = self.invoice_html(invoice)
                self.assertIn(f"SIREN : {number}", html)
                self.assertNotIn(f"SIRET : {number}", html)
                partner.company_registry = whole

    def test_due_in_thirty_days(self):
        html = " ".join(self.invoice_html(self.make_invoice()).split())
        self.assertIn("La somme est due le 03/02/2027.", html)

    def invoice_html(self, invoice):
        report = self.env["ir.actions.report"]
        return report._render_qweb_html(INVOICE, invoice.ids)[0].decode()
