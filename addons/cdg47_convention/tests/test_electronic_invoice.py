# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The XML of an invoice: lawful for EN 16931, and true (R12, R17)."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .electronic_common import PERIOD, SIREN_CDG, SIRET_CDG, ElectronicMixin
from .schematron import fatal
from .test_invoice_gestures import TODAY, GestureCase

SELLER, BUYER = "ram:SellerTradeParty", "ram:BuyerTradeParty"
ENGAGEMENT = "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"
REASON = "ram:ExemptionReason"
CODE = "ram:ExemptionReasonCode"


class ElectronicCase(ElectronicMixin, GestureCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.identify_company()

    def fee(self):
        *_others, order = self.each_kind()
        return order


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestLawfulXml(ElectronicCase):
    """Nothing fatal for the norm, whatever is invoiced (R12)."""

    def test_the_rules_are_run(self):
        content = self.xml(self.posted(self.sell("CERT", 2)))
        self.assertFalse(fatal(content))
        broken = content.replace(b">360.00</ram:GrandTotal", b">361.00</ram:GrandTotal")
        self.assertNotEqual(broken, content)
        self.assertIn("BR-CO-15", " ".join(fatal(broken)))

    def test_each_kind_of_order(self):
        """A supplement, what is beyond, time, services and a forfait."""
        for order in self.each_kind():
            with self.subTest(kind=order.order_line.cdg47_kind):
                self.assertLawful(self.posted(order))

    def test_both_regimes_with_and_without_vat_number(self):
        for number in (False, "FR07284700010"):
            self.company.vat = number
            for code, kind in (("CERT", "supplement"), ("FORM-SITE", False)):
                with self.subTest(number=number, code=code):
                    order = self.accept(self.quote(code, 1, kind))
                    self.deliver(order, 1)
                    self.assertLawful(self.posted(order))

    def test_credit_notes(self):
        for quantity, values in ((1, {}), (None, {}), (None, {"cdg47_rebill": True})):
            with self.subTest(quantity=quantity, **values):
                invoice = self.posted(self.sell("CERT", 2))
                self.assertLawful(self.credit(invoice, quantity, **values))

    def test_replacement(self):
        invoice = self.posted(self.sell("CERT", 2))
        new = self.replace(invoice)
        new.action_post()
        for move in new | invoice.reversal_move_ids:
            self.assertLawful(move)

    def test_quarter_and_annexed_budget(self):
        annexe = self.make_annexe(self.commune)
        convention = self.make_convention_since("2024-01-01", annexe)
        self.sell("CERT")
        self.sell("BACKUP", 2)
        self.sell("CERT", convention=convention)
        with freeze_time("2024-07-05 10:00:00"):
            wizard = self.env["cdg47.quarter.invoice"].create(
                {"year": 2024, "quarter": "2"}
            )
            wizard.action_invoice()
            self.assertEqual(len(wizard.invoice_ids), 2)
            self.assertEqual(wizard.invoice_ids.partner_id, self.commune | annexe)
            wizard.invoice_ids.action_post()
            for invoice in wizard.invoice_ids:
                with self.subTest(debtor=invoice.partner_id.name):
                    self.assertLawful(invoice)

    def test_by_hand_without_product_nor_country(self):
        self.commune.country_id = False
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.commune.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Salle\nUne journée",
                            "price_unit": 80,
                            "tax_ids": self.out_of_scope.ids,
                        }
                    )
                ],
            }
        )
        invoice.action_post()
        self.assertLawful(invoice)

    @property
    def out_of_scope(self):
        return self.company._cdg47_taxes_by_regime()["out_of_scope"]


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestTrueXml(ElectronicCase):
    """What the XML says is so."""

    def test_only_the_references_of_the_debtor(self):
        self.commune.ref = "D-12"
        order = self.sell("CERT", 2)
        paths = ENGAGEMENT, "ram:BuyerReference"
        invoice = self.posted(order)
        self.assertEqual(self.values(invoice, *paths), [[], []])
        order = self.quote("CERT", 2, "supplement")
        order.write({"chorus_service_code": "FIN", "chorus_engagement": "ENG-1"})
        invoice = self.posted(self.accept(order))
        self.assertEqual(self.values(invoice, *paths), [["ENG-1"], ["FIN"]])

    def test_what_chorus_requires_of_each_debtor(self):
        for requirement, code, engagement in (
            ("service", "FIN", ""),
            ("engagement", "", "ENG-1"),
            ("either", "", "ENG-1"),
            ("both", "FIN", "ENG-1"),
        ):
            with self.subTest(requirement):
                self.commune.chorus_requirement = requirement
                invoice = self.invoice(self.sell("CERT", 2))
                invoice.write({"buyer_reference": False})
                with self.assertRaises(UserError):
                    invoice.action_post()
                invoice.write(
                    {
                        "buyer_reference": code,
                        "purchase_order_reference": engagement,
                    }
                )
                invoice.action_post()
                self.assertEqual(
                    self.values(invoice, "ram:BuyerReference", ENGAGEMENT),
                    [[code] if code else [], [engagement] if engagement else []],
                )
                self.assertLawful(invoice)

    def test_numbers_under_their_schemes(self):
        invoice = self.posted(self.sell("CERT", 2))
        siret = self.commune.company_registry
        for party, siren, number in (
            (SELLER, SIREN_CDG, SIRET_CDG),
            (BUYER, siret[:9], siret),
        ):
            self.assertEqual(
                self.values(
                    invoice,
                    f"{party}/ram:SpecifiedLegalOrganization/ram:ID[@schemeID='0002']",
                    f"{party}/ram:GlobalID[@schemeID='0009']",
                ),
                [[siren], [number]],
            )
        tax = f"{SELLER}/ram:SpecifiedTaxRegistration/ram:ID[@schemeID='FC']"
        self.assertEqual(self.values(invoice, tax), [SIREN_CDG])

    def test_seller_with_a_vat_number(self):
        self.company.vat = "FR07284700010"
        order = self.accept(self.quote("FORM-SITE", 1, False))
        self.deliver(order, 1)
        path = f"{SELLER}/ram:SpecifiedTaxRegistration/ram:ID"
        self.assertEqual(self.values(self.posted(order), path), ["FR07284700010"])

    def test_french_reason_of_each_regime(self):
        exempt = self.accept(self.quote("FORM-SITE", 1, False))
        self.deliver(exempt, 1)
        for order, code, article in (
            (self.sell("CERT", 2), "VATEX-EU-O", "article 256 B du code général"),
            (exempt, "VATEX-EU-132-1I", "article 261-4-4° a du code général"),
        ):
            with self.subTest(code):
                codes, (reason,) = self.values(self.posted(order), CODE, REASON)
                self.assertEqual(codes, [code])
                self.assertIn(article, reason)

    def test_period_of_a_fee(self):
        self.assertEqual(
            self.values(self.posted(self.fee()), PERIOD), ["20240101", "20241231"]
        )

    def test_period_of_uses_and_of_their_credit_note(self):
        self.over_facts(1)
        later = self.use(self.convention, "AUDIT-SECU", 1, "day", "2024-06-12")
        facts = self.env["cdg47.consumption"].search(
            [("partner_id", "=", self.commune.id), ("billable_amount", ">", 0)]
        )
        order = self.accept(self.quote_over(facts))
        invoice = self.posted(order)
        self.assertIn(later, facts)
        for move in (invoice, self.credit(invoice)):
            self.assertEqual(self.values(move, PERIOD), ["20240502", "20240612"])
            self.assertFalse(self.values(move, "ram:ActualDeliverySupplyChainEvent"))

    def test_units(self):
        for code, unit, expected in (
            ("AUDIT-SECU", "day", "DAY"),
            ("TTIM", "hour", "HUR"),
            ("BACKUP", "go", "E34"),
            ("CERT", "certificate", "C62"),
        ):
            with self.subTest(unit):
                uom = self.env.ref(f"cdg47_convention.uom_{unit}")
                self.assertEqual(self.service(code).uom_id, uom)
                builder = self.env["account.edi.xml.cii"]
                self.assertEqual(builder._get_uom_unece_code(uom), expected)

    def test_credit_note_names_its_invoice(self):
        invoice = self.posted(self.sell("CERT", 2))
        path = "ram:InvoiceReferencedDocument"
        self.assertFalse(self.values(invoice, path))
        note = self.credit(invoice, 1)
        self.assertEqual(
            self.values(note, f"{path}/ram:IssuerAssignedID", f"{path}//qdt:*"),
            [[invoice.name], ["20240620"]],
        )
        self.assertEqual(
            self.values(note, "rsm:ExchangedDocument/ram:TypeCode"), ["381"]
        )

    def test_no_bank_of_ours(self):
        invoice = self.invoice(self.sell("CERT", 2))
        invoice.partner_bank_id = self.env["res.partner.bank"].create(
            {
                "acc_number": "FR7630001007941234567890185",
                "partner_id": self.company.partner_id.id,
                "allow_out_payment": True,
            }
        )
        invoice.action_post()
        self.assertNotIn(b"FR76", self.xml(invoice))
