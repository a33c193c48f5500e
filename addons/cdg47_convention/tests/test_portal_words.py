# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo's own pages say nothing that a collectivité has no use for."""

from lxml import html

from odoo.tests import HttpCase, tagged

from .common import PASSWORD, SIGNATURE
from .portal_common import PortalCase

# The stock words of Odoo's pages, in French, and those of paying online.
JARGON = (
    "Devis #",
    "Commande #",
    "Facture #",
    "Bon signé",
    "Factures fournisseurs",
    "Vendeur",
    "Payer maintenant",
    "proforma",
    "Suivre, télécharger ou payer",
)


@tagged("post_install", "-at_install")
class TestWords(PortalCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_a.lang = "fr_FR"
        cls.env["ir.config_parameter"].set_param(
            "account_payment.enable_portal_payment", "True"
        )

    def text(self, path):
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200, path)
        return html.fromstring(answer.content).text_content()

    def test_no_page_speaks_of_selling(self):
        order, invoice = self.data_a["order"], self.data_a["invoice"]
        invoice.invoice_user_id = order.user_id = self.env.ref("base.user_admin")
        self.authenticate(self.user_a.login, PASSWORD)
        for path in (
            "/my",
            "/my/quotes",
            "/my/orders",
            f"/my/orders/{order.id}",
            f"/my/orders/{order.id}?report_type=html",
            "/my/invoices",
            f"/my/invoices/{invoice.id}",
            f"/my/invoices/{invoice.id}?report_type=html",
        ):
            text = self.text(path)
            for words in JARGON:
                with self.subTest(path=path, words=words):
                    self.assertNotIn(words.lower(), text.lower())

    def test_a_posted_invoice_is_no_proforma(self):
        invoice = self.data_a["invoice"]
        self.assertFalse(invoice._has_to_be_paid())
        name = invoice._get_invoice_proforma_pdf_report_filename()
        self.assertNotIn("proforma", name)

    def test_an_ordinary_customer_still_pays(self):
        invoice = self.data_a["invoice"].copy(
            {
                "partner_id": self.env["res.partner"].create({"name": "Client"}).id,
                "cdg47_convention_id": False,
            }
        )
        self.assertFalse(invoice._cdg47_is_of_collectivite())
        name = invoice._get_invoice_proforma_pdf_report_filename()
        self.assertIn("proforma", name)

    def test_the_signature_is_said_in_plain_words(self):
        mayor = self.new_contact("mayor_a")
        self.env["cdg47.mandate"].create(
            {
                "contact_id": mayor.partner_id.id,
                "collectivite_id": self.commune_a.id,
                "role": "signatory",
            }
        )
        mayor.lang = "fr_FR"
        self.authenticate(mayor.login, PASSWORD)
        order = self.data_a["sent_order"]
        answer = self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {"name": "Mme Maire", "signature": SIGNATURE.decode()},
        )
        self.assertTrue(answer.get("force_refresh"), answer)
        self.env.invalidate_all()
        bodies = " ".join(order.message_ids.mapped("body"))
        self.assertIn("Signé par Mme Maire", bodies)
        self.assertNotIn("Bon signé", bodies)
