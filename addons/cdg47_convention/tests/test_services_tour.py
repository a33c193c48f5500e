# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""In a browser: allocated beyond the quota, explained, signed, invoiced (R7, R8)."""

from odoo.tests import HttpCase, new_test_user, tagged

from ..lib.dates import today_in_paris
from .common import ConventionMixin
from .ledger_common import LedgerMixin


@tagged("post_install", "-at_install")
class TestServicesTour(LedgerMixin, ConventionMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_convention()
        # Amounts and dates are read on the screen: one language for every database.
        cls.env["res.lang"]._activate_lang("en_US")
        commune = cls.make_commune(2500, name="Commune aux certificats", lang="en_US")
        cls.convention = cls.make_convention_since(
            f"{today_in_paris().year}-01-01", commune
        )
        cls.convention.term_ids.stratum_id = cls.stratum("S6")
        cls.commune = commune
        cls.mayor = cls.make_signatory(commune)
        cls.make_portal_user(cls.mayor, login="maire-aux-certificats")
        new_test_user(
            cls.env,
            "comptable-du-parcours",
            groups="account.group_account_invoice,"
            "sales_team.group_sale_salesman_all_leads",
        )

    def test_a_third_certificate(self):
        """S6 includes two: the third is told, quoted, signed and invoiced."""
        self.env["cdg47.allocation"].create(
            [
                {
                    "partner_id": self.commune.id,
                    "product_id": self.service("CERT").id,
                    "state": "active",
                }
            ]
            * 2
        )
        self.start_tour(
            "/odoo/action-cdg47_convention.cdg47_allocation_action/new",
            "cdg47_allocate_beyond",
            login="cdg47_user",
        )
        self.env.invalidate_all()
        order = self.convention.order_ids
        self.assertEqual((order.state, order.amount_total), ("sent", 180))
        third = order.order_line.cdg47_allocation_ids
        self.assertTrue(third.is_over)

        self.start_tour(
            f"/my/orders/{order.id}",
            "cdg47_read_why_and_sign",
            login="maire-aux-certificats",
        )
        self.env.invalidate_all()
        self.assertEqual((order.state, order.signed_by), ("sale", "Maire"))
        self.assertEqual(third.accepted_quantity, 1)

        self.start_tour(
            f"/odoo/action-sale.action_quotations_with_onboarding/{order.id}",
            "cdg47_invoice_services",
            login="comptable-du-parcours",
        )
        self.env.invalidate_all()
        invoice = order.invoice_ids
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", 180))
        self.assertIn("180", invoice.invoice_line_ids.cdg47_explanation)
        self.assertFalse(
            self.env["cdg47.overage"].search([("partner_id", "=", self.commune.id)])
        )

    def test_a_box_unticked_without_recording_it_is_not_signed(self):
        order = self.convention._quote_services(
            [
                {
                    "product_id": self.service(code),
                    "quantity": quantity,
                    "kind": "supplement",
                }
                for code, quantity in (("CERT", 1), ("BACKUP", 2))
            ]
        )
        order.action_quotation_sent()
        self.start_tour(
            f"/my/orders/{order.id}",
            "cdg47_untick_and_sign",
            login="maire-aux-certificats",
        )
        self.env.invalidate_all()
        self.assertEqual((order.state, order.amount_total), ("sale", 24))
        self.assertEqual(order.order_line.mapped("qty_delivered"), [0, 2])

    def test_what_is_typed_is_kept_until_it_is_sent(self):
        self.start_tour(
            "/my/demandes/prestation",
            "cdg47_kept_until_sent",
            login="maire-aux-certificats",
        )

    def test_ask_for_a_service(self):
        self.start_tour(
            "/my/demandes/prestation",
            "cdg47_ask_for_a_service",
            login="maire-aux-certificats",
        )
        self.env.invalidate_all()
        self.assertEqual(self.convention.order_ids.amount_total, 190)
