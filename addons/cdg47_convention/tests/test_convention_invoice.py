# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Invoices of a convention by Odoo's standard flow, and what must stay Odoo's."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import ConventionCase


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestInvoice(ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commune = cls.make_commune(750, chorus_service_code="SERV-COMPTA")
        cls.mayor = cls.make_signatory(cls.commune)
        cls.convention = cls.make_convention(cls.commune, cls.metiers | cls.techno)
        cls.order = cls.convention.pending_order_id
        cls.order.chorus_engagement = "ENG-2027-12"
        cls.sign(cls.convention)

    def invoice(self, orders=None, user=None):
        orders = self.order if orders is None else orders
        return orders.with_user(user or self.user_accountant)._create_invoices()

    def ordinary_order(self, partner):
        chair = self.env["product.product"].create(
            {"name": "Chair", "list_price": 40, "invoice_policy": "order"}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "pricelist_id": False,
                "order_line": [Command.create({"product_id": chair.id})],
            }
        )
        order.action_confirm()
        return order

    def test_lines_amounts_and_taxes(self):
        invoice = self.invoice()
        self.assertRecordValues(
            invoice,
            [
                {
                    "partner_id": self.commune.id,
                    "move_type": "out_invoice",
                    "state": "draft",
                    "cdg47_convention_id": self.convention.id,
                    "cdg47_term_id": self.convention.term_ids.id,
                    "amount_untaxed": 1470,
                    "amount_tax": 0,
                    "amount_total": 1470,
                    "buyer_reference": "SERV-COMPTA",
                    "purchase_order_reference": "ENG-2027-12",
                }
            ],
        )
        tax = self.company._cdg47_taxes_by_regime()["out_of_scope"]
        self.assertRecordValues(
            invoice.invoice_line_ids,
            [
                {
                    "product_id": forfait._cdg47_variant_for(self.stratum("S4")).id,
                    "quantity": 1,
                    "price_unit": price,
                    "price_subtotal": price,
                    "tax_ids": tax.ids,
                }
                for forfait, price in ((self.metiers, 880), (self.techno, 590))
            ],
        )
        for invoice_line, order_line in zip(
            invoice.invoice_line_ids, self.order.order_line, strict=True
        ):
            self.assertEqual(invoice_line.name, order_line.name)
            self.assertIn("2027", invoice_line.name)
        self.assertEqual(
            invoice.cdg47_amount_in_words, "mille quatre cent soixante-dix euros"
        )
        self.assertEqual(self.order.invoice_status, "invoiced")
        self.assertEqual(self.convention.invoice_count, 1)

    def test_posted_by_the_accountant(self):
        invoice = self.invoice()
        invoice.with_user(self.user_accountant).action_post()
        self.assertEqual(invoice.state, "posted")

    # === Chorus references ===
    def test_posting_waits_for_what_the_debtor_requires(self):
        service, engagement = "SERV", "ENG"
        cases = [
            ("none", False, False, True),
            ("service", False, engagement, False),
            ("service", service, False, True),
            ("engagement", service, False, False),
            ("engagement", False, engagement, True),
            ("either", False, False, False),
            ("either", service, False, True),
            ("either", False, engagement, True),
            ("both", service, False, False),
            ("both", False, engagement, False),
            ("both", service, engagement, True),
        ]
        move = self.invoice().with_user(self.user_accountant)
        for requirement, buyer, purchase, is_posted in cases:
            with self.subTest(requirement, service=buyer, engagement=purchase):
                self.commune.chorus_requirement = requirement
                if move.state == "posted":
                    move.button_draft()
                move.write(
                    {
                        "buyer_reference": buyer,
                        "purchase_order_reference": purchase,
                        "invoice_date": date(2027, 1, 5),
                    }
                )
                if is_posted:
                    move.action_post()
                else:
                    with self.assertRefused(UserError, self.commune.name):
                        move.action_post()
                self.assertEqual(move.state, "posted" if is_posted else "draft")

    def test_requirements_are_the_debtors(self):
        """The one who is invoiced decides, not the beneficiary."""
        self.commune.chorus_requirement = "both"
        payer = self.make_establishment(40, name="Communauté de communes")
        order = self.paid_by(payer).order_ids
        invoice = self.invoice(order)
        invoice.write({"buyer_reference": False, "purchase_order_reference": False})
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        payer.chorus_requirement = "service"
        other = self.invoice(self.paid_by(payer).order_ids)
        with self.assertRefused(UserError, payer.name):
            other.action_post()

    def test_an_ordinary_invoice_is_asked_what_its_debtor_requires(self):
        """Whatever is sold to a public debtor goes by Chorus too (R17)."""
        self.commune.chorus_requirement = "both"
        invoice = self.invoice(self.ordinary_order(self.commune))
        with self.assertRaisesRegex(UserError, "Chorus"):
            invoice.action_post()
        self.commune.chorus_requirement = "none"
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        self.assertFalse(invoice.cdg47_convention_id)
        self.assertFalse(invoice.buyer_reference)

    # === Who pays ===
    def paid_by(self, payer, **values):
        """Sign a convention of a commune that somebody else pays."""
        commune = self.make_commune(750, **values)
        convention = self.make_convention(
            commune, date_start=date(2027, 1, 1), invoice_partner_id=payer.id
        )
        self.sign(convention)
        return convention

    def test_invoiced_to_another_than_the_beneficiary(self):
        payer = self.make_establishment(40, chorus_service_code="SERV-PAYER")
        convention = self.paid_by(payer, chorus_service_code="SERV-COMMUNE")
        invoice = self.invoice(convention.order_ids)
        self.assertEqual(invoice.partner_id, payer)
        self.assertEqual(invoice.buyer_reference, "SERV-PAYER")
        self.assertEqual(invoice.cdg47_convention_id.partner_id, convention.partner_id)
        self.assertIn(
            convention.partner_id.name,
            [value for _label, value in invoice._cdg47_bases()],
        )

    # === Grouping ===
    def test_one_invoice_by_convention(self):
        payer = self.make_establishment(40)
        first, second = self.paid_by(payer), self.paid_by(payer)
        invoices = self.invoice((first | second).order_ids)
        self.assertEqual(invoices.cdg47_convention_id, first | second)
        self.assertEqual(len(invoices), 2)

    def test_amendment_joins_the_invoice_of_its_convention(self):
        convention = self.paid_by(self.commune)
        self.amend(convention, self.techno, date(2027, 7, 1))
        self.sign(convention)
        self.assertEqual(len(convention.order_ids), 2)
        invoice = self.invoice(convention.order_ids)
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.amount_total, 880 + 295)

    def test_two_engagements_make_two_invoices(self):
        """An invoice carries one engagement number: Chorus Pro rejects another's."""
        convention = self.paid_by(self.commune)
        self.amend(convention, self.techno, date(2027, 7, 1)).chorus_engagement = "E2"
        self.sign(convention)
        invoices = self.invoice(convention.order_ids)
        self.assertEqual(
            sorted(invoices.mapped(lambda m: m.purchase_order_reference or "")),
            ["", "E2"],
        )

    def test_invoiced_together_with_an_ordinary_order(self):
        orders = self.order | self.ordinary_order(self.commune)
        invoices = self.invoice(orders)
        self.assertEqual(len(invoices), 2)
        self.assertEqual(invoices.cdg47_convention_id, self.convention)

    def test_ordinary_orders_still_join(self):
        shop = self.env["res.partner"].create({"name": "Shop", "is_company": True})
        orders = self.ordinary_order(shop) | self.ordinary_order(shop)
        self.assertEqual(len(self.invoice(orders)), 1)

    # === Credit notes ===
    def test_credit_note_keeps_the_convention(self):
        self.commune.chorus_requirement = "both"
        invoice = self.invoice()
        invoice.action_post()
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.user_accountant)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": "Erreur"})
        )
        credit = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        self.assertRecordValues(
            credit,
            [
                {
                    "move_type": "out_refund",
                    "cdg47_convention_id": self.convention.id,
                    "cdg47_term_id": self.convention.term_ids.id,
                    "buyer_reference": "SERV-COMPTA",
                    "purchase_order_reference": "ENG-2027-12",
                    "amount_total": 1470,
                }
            ],
        )
        self.assertEqual(
            credit.cdg47_amount_in_words,
            "mille quatre cent soixante-dix euros",
        )
        credit.action_post()
        self.assertEqual(credit.state, "posted")

    def test_copied_invoice_is_an_ordinary_one(self):
        self.assertFalse(self.invoice().copy().cdg47_convention_id)


@tagged("post_install", "-at_install")
class TestMerge(ConventionCase):
    def merge(self, partners, user=None):
        wizard = (
            self.env["base.partner.merge.automatic.wizard"]
            .with_user(user or self.env.user)
            .create(
                {
                    "partner_ids": [Command.set(partners.ids)],
                    "dst_partner_id": partners[0].id,
                }
            )
        )
        return wizard.action_merge()

    def test_collectivites_are_not_merged(self):
        first, second = self.make_commune(), self.make_commune()
        self.make_signed_convention(first)
        with self.assertRefused(UserError, second.name):
            self.merge(first | second)
        self.assertTrue(second.exists())

    def test_a_collectivite_and_a_contact_neither(self):
        commune, contact = self.make_commune(), self.make_contact()
        with self.assertRefused(UserError, commune.name):
            self.merge(contact | commune)

    def test_ordinary_contacts_still_merge(self):
        email = "double@example.com"
        first = self.make_contact(email=email)
        second = self.make_contact(email=email)
        commune = self.make_commune()
        mandate = self.make_mandate(second, commune)
        self.merge(first | second)
        self.assertFalse(second.exists())
        mandate.invalidate_recordset()
        self.assertEqual(mandate.contact_id, first)
