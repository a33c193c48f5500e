# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""In a browser: the CDG proposes, the commune signs, the order is invoiced."""

from datetime import date

from odoo.tests import HttpCase, tagged

from ..lib.dates import today_in_paris
from .common import ConventionMixin
from .ledger_common import LedgerMixin


@tagged("post_install", "-at_install")
class TestTour(ConventionMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_convention()
        # Amounts and dates are read on the screen: one language for every database.
        cls.env["res.lang"]._activate_lang("en_US")
        cls.commune = cls.make_commune(750, name="Commune du parcours")
        cls.mayor = cls.make_signatory(cls.commune)
        cls.make_portal_user(cls.mayor, login="maire-du-parcours")

    def test_proposed_signed_and_invoiced(self):
        self.start_tour(
            "/odoo/action-cdg47_convention.cdg47_collectivite_action",
            "cdg47_convention_propose",
            login="cdg47_manager",
        )
        convention = self.commune.convention_ids
        order = convention.pending_order_id
        self.assertEqual((convention.state, order.state), ("sent", "sent"))
        self.assertEqual(order.amount_total, 1470)
        mail = self.env["mail.mail"].search(
            [("model", "=", "sale.order"), ("res_id", "=", order.id)]
        )
        self.assertIn(self.mayor, mail.recipient_ids)

        self.start_tour(
            f"/my/orders/{order.id}", "cdg47_convention_sign", login="maire-du-parcours"
        )
        self.env.invalidate_all()
        self.assertRecordValues(
            convention,
            [
                {
                    "state": "active",
                    "signed_by": "Maire",
                    "signature_kind": "portal",
                    "deliberation_number": "2026-41",
                    "deliberation_date": date(2026, 1, 15),
                }
            ],
        )
        self.assertTrue(convention.signature)
        self.assertEqual((order.state, convention.term_ids.state), ("sale", "open"))

        invoice = order.with_user(self.user_accountant)._create_invoices()
        self.assertRecordValues(
            invoice,
            [
                {
                    "partner_id": self.commune.id,
                    "state": "draft",
                    "amount_total": 1470,
                    "purchase_order_reference": "ENG-12",
                }
            ],
        )
        self.assertEqual(invoice.invoice_line_ids.mapped("price_subtotal"), [880, 590])


@tagged("post_install", "-at_install")
class TestForfaitTour(LedgerMixin, ConventionMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_convention()
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.commune = cls.make_commune(750, name="Commune du forfait", lang="fr_FR")
        cls.mayor = cls.make_signatory(cls.commune, lang="fr_FR")
        cls.make_portal_user(cls.mayor, login="maire-du-forfait")
        year = today_in_paris().year
        cls.convention = cls.make_convention_since(f"{year}-01-01", cls.commune)
        cls.tariff.item_ids.unlink()
        cls.set_price("FORM-SITE", 450)

    def test_a_commune_reads_its_forfait(self):
        day = today_in_paris()
        for quantity in (2, 1):
            self.use(self.convention, "FORM-GROUPE", quantity, "half_day", day)
        self.start_tour("/my", "cdg47_forfait_read", login="maire-du-forfait")
