# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is read on the paper of an invoice, page after page (R12)."""

import io

from pypdf import PdfReader

from odoo.fields import Command
from odoo.tests import tagged

from .test_documents import INVOICE
from .test_invoice_file import FileCase

LINES = 60


@tagged("post_install", "-at_install")
class TestLongInvoice(FileCase):
    """Sixty lines on several pages."""

    def long(self):
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
                    for number in range(1, LINES + 1)
                ],
            }
        )

    @property
    def regimes(self):
        return self.company._cdg47_taxes_by_regime()

    def texts(self, content):
        return [
            " ".join(page.extract_text().split())
            for page in PdfReader(io.BytesIO(content)).pages
        ]

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

    def test_a_draft_is_numbered_too(self):
        (text, *_others) = self.texts(self.printed(self.long()))
        self.assertIn("page 1 sur", text)


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
