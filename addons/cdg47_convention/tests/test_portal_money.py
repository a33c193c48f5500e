# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a collectivité reads of its money: the statement of a year, its titres."""

from odoo.tests import tagged

from ..portal.titre import titre
from ..reading.yearly_statement import YearlyStatements
from .test_portal import PortalPageCase


@tagged("post_install", "-at_install")
class TestStatementPage(PortalPageCase):
    def setUp(self):
        super().setUp()
        self.year = self.today.year
        self.path = f"/my/forfait/{self.commune_a.id}/bilan/{self.year}"

    def test_what_a_councillor_reads(self):
        """Paid, received, beyond, left: the sums of the invoices, and one page."""
        statement = YearlyStatements(self.env, self.commune_a, self.year).of(
            self.commune_a
        )
        text = self._text(self.path, self.user_a)
        for words in ("What you paid", "What you received", "What was beyond"):
            self.assertIn(words, text)
        for amount in (statement.billed_total, statement.covered_value):
            self.assertIn(f"{amount:,.2f}", text)
        self.assertTrue(statement.billed_total)
        self.assertEqual(
            statement.billed_total, statement.billed_fees + statement.billed_beyond
        )
        for row in statement.billed:
            self.assertIn(row.number, text)
        for line in statement.remaining:
            self.assertIn(line.name, text)

    def test_found_from_the_sheet_and_back(self):
        sheet = self._page(f"/my/forfait/{self.commune_a.id}", self.user_a)
        self.assertTrue(sheet.xpath(f"//a[@href='{self.path}']"))
        page = self._page(self.path, self.user_a)
        for kind in ("pdf", "xlsx"):
            self.assertTrue(page.xpath(f"//a[@href='{self.path}/{kind}']"), kind)
        self.assertTrue(page.xpath(f"//a[@href='/my/forfait/{self.commune_a.id}']"))

    def test_of_nobody_else_nor_of_another_time(self):
        self.authenticate(self.user_b.login, "x")
        for path in (
            self.path.replace(f"/{self.commune_a.id}/", f"/{self.commune_b.id}/"),
            self.path.replace(str(self.year), "1999"),
        ):
            with self.subTest(path):
                self._page("/my", self.user_a)
                response = self.url_open(path, allow_redirects=False)
                self.assertEqual(response.status_code, 303)


@tagged("post_install", "-at_install")
class TestTitre(PortalPageCase):
    def setUp(self):
        super().setUp()
        self.invoice = self.data_a["invoice"]
        self.path = f"/my/invoices/{self.invoice.id}"

    def shown(self):
        """Return what the list and the page say of the invoice."""
        rows = self._page("/my/invoices", self.user_a).xpath(
            f"//tr[.//a[contains(@href, '{self.path}?') or @href='{self.path}']]"
        )
        self.assertEqual(len(rows), 1)
        listed = " ".join(rows[0].text_content().split())
        return listed, self._text(self.path, self.user_a)

    def test_in_its_own_words_at_each_step(self):
        total = self.invoice.amount_residual
        self.assertTrue(total)
        steps = (
            ({}, "Titre to come", total),
            (
                {
                    "cdg47_collection": "issued",
                    "cdg47_title_number": "142",
                    "cdg47_title_date": "2026-04-20",
                },
                "Titre 142 issued on 20 April 2026",
                total,
            ),
            (
                {"cdg47_collection": "partial", "cdg47_collected_amount": 1},
                "Titre 142: 1.00 collected",
                total - 1,
            ),
            ({"cdg47_collection": "collected"}, "Titre 142 collected", 0),
            ({"cdg47_collection": "cancelled"}, "nothing is owed", 0),
            ({"cdg47_collection": "lost"}, "written off", 0),
        )
        for values, words, due in steps:
            with self.subTest(words):
                self.invoice.write(values)
                self.assertEqual(titre(self.invoice).due, due)
                for shown in self.shown():
                    shown = " ".join(shown.replace("€", "").split())
                    self.assertIn(words, shown)
                    for stock in ("Overdue", "overdue", "Waiting for Payment", "Pay"):
                        self.assertNotIn(stock, shown.replace("to be paid", ""))

    def test_somebody_else_pays_as_odoo_says(self):
        self.invoice.commercial_partner_id.collectivite_type = False
        self.assertIsNone(titre(self.invoice))
