# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Ventes > Nouveau devis: what the catalogue sells there is right too (R14, R18)."""

from freezegun import freeze_time

from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.cdg47_convention.models.money.service_request import (
    request_service,
)

from .test_services_quotation import ServicesCase

SELLER = "sales_team.group_sale_salesman_all_leads"


class PlainSaleCase(ServicesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_price("CDC-INFO", 420)
        cls.set_price("INSTALL-CDG", 380)
        cls.seller = new_test_user(
            cls.env,
            "vendeur",
            groups=f"{SELLER},cdg47_convention.group_convention_user",
        )

    def plain(self, *products, partner=None, user=None, quantities=None):
        """Type a quotation as a salesperson does, and save it."""
        orders = self.env["sale.order"].with_user(user or self.seller)
        form = Form(orders)
        form.partner_id = partner or self.commune
        for position, product in enumerate(products):
            with form.order_line.new() as line:
                line.product_id = product
                if quantities:
                    line.product_uom_qty = quantities[position]
        return form.save()

    def price_forfaits(self):
        for forfait in self.metiers | self.techno | self.parapheur:
            for variant, price in zip(
                forfait.product_variant_ids, range(340, 9999, 100), strict=False
            ):
                self.env["product.pricelist.item"].create(
                    {
                        "pricelist_id": self.tariff.id,
                        "applied_on": "0_product_variant",
                        "product_id": variant.id,
                        "compute_price": "fixed",
                        "fixed_price": price,
                    }
                )


@freeze_time("2024-06-20 10:00:00")
@tagged("post_install", "-at_install")
class TestPlainForfait(PlainSaleCase):
    """g1: a forfait is sold to its own stratum, through a convention."""

    def first_variant(self, forfait=None):
        return (forfait or self.metiers)._cdg47_variant_for(self.stratum("S1"))

    def test_without_convention_leads_to_a_proposal(self):
        partner = self.make_commune(12000)
        with self.assertRaises(RedirectWarning) as caught:
            self.plain(self.first_variant(), partner=partner)
        message, action, _label, context = caught.exception.args
        self.assertIn(partner.name, message)
        self.assertEqual(
            action,
            self.env.ref("cdg47_convention.cdg47_convention_propose_action").id,
        )
        wizard = self.env["cdg47.convention.propose"].with_context(**context)
        wizard = Form(wizard.with_user(self.user_manager)).save()
        self.assertEqual(wizard.partner_id, partner)
        self.assertEqual(wizard.forfait_ids, self.metiers)
        self.assertEqual(wizard.stratum_id, self.stratum("S9"))

    def test_by_rpc_too(self):
        with self.assertRaises(RedirectWarning):
            self.env["sale.order"].create(
                {
                    "partner_id": self.make_commune(12000).id,
                    "order_line": [(0, 0, {"product_id": self.first_variant().id})],
                }
            )

    def test_by_import_with_the_sentence_alone(self):
        """Nobody could click: the button is left out, not shown as code."""
        partner = self.make_commune(12000)
        orders = self.env["sale.order"].with_context(import_file=True)
        columns = ["partner_id/.id", "order_line/product_id/.id"]
        for product in (self.first_variant(), self.service("MAIL-5")):
            with self.subTest(product=product.name):
                result = orders.load(columns, [[str(partner.id), str(product.id)]])
                self.assertFalse(result["ids"])
                (said,) = result["messages"]
                self.assertIn(partner.name, said["message"])
                self.assertNotIn("RedirectWarning", said["message"])
                # A member, who has to hold a domain first.
                partner = self.commune

    def test_line_added_afterwards(self):
        order = self.env["sale.order"].create({"partner_id": self.make_commune().id})
        with self.assertRaises(RedirectWarning):
            self.env["sale.order.line"].create(
                {"order_id": order.id, "product_id": self.first_variant().id}
            )

    def test_forfait_held_is_sold_once(self):
        with self.assertRefused(UserError, self.convention.name):
            self.plain(self.first_variant())

    def test_forfait_added_is_the_stratums(self):
        """An amendment: the variant of the term, by month, to be signed."""
        self.price_forfaits()
        convention = self.make_convention_since("2024-01-01", forfaits=self.metiers)
        order = self.plain(
            self.first_variant(self.techno), partner=convention.partner_id
        )
        variant = self.techno._cdg47_variant_for(self.stratum("S4"))
        price = self.tariff._cdg47_price(variant, convention.date_start)
        self.assertRecordValues(
            order.order_line,
            [
                {
                    "product_id": variant.id,
                    "product_uom_qty": 1,
                    "cdg47_kind": "fee",
                    "cdg47_months": 7,
                    "price_unit": self.company.currency_id.round(price * 7 / 12),
                }
            ],
        )
        self.assertEqual(order.convention_id, convention)
        self.assertEqual(order.term_id, convention.term_ids)
        self.assertTrue(order._cdg47_commits())
        with self.assertRaises(UserError):
            order.action_confirm()

    def test_option_needs_its_forfait(self):
        self.price_forfaits()
        convention = self.make_convention_since("2024-01-01", forfaits=self.metiers)
        with self.assertRaises(UserError):
            self.plain(
                self.first_variant(self.parapheur), partner=convention.partner_id
            )

    def test_a_copy_of_the_yearly_order_sells_nothing_again(self):
        convention = self.make_convention(
            date_start="2024-07-01", partner=self.signed()
        )
        order = self.sign(convention)
        with self.assertRefused(UserError, convention.name):
            order.copy()

    def signed(self):
        self.price_forfaits()
        partner = self.make_commune(750)
        self.make_signatory(partner)
        return partner


@freeze_time("2024-06-20 10:00:00")
@tagged("post_install", "-at_install")
class TestPlainService(PlainSaleCase):
    """g9: the included comes first, then what is priced."""

    def test_finds_its_convention_and_kind(self):
        order = self.plain(self.service("BACKUP"), quantities=[20])
        self.assertRecordValues(
            order,
            [
                {
                    "convention_id": self.convention.id,
                    "term_id": self.convention.term_ids.id,
                    "pricelist_id": self.tariff.id,
                    "require_signature": True,
                    "user_id": self.seller.id,
                }
            ],
        )
        # Stratum S4 includes 12 Go.
        self.assertRecordValues(
            order.order_line,
            [
                {
                    "cdg47_kind": "supplement",
                    "cdg47_asked_quantity": 20,
                    "product_uom_qty": 8,
                    "price_unit": 12,
                }
            ],
        )
        self.assertIn("12", order.order_line.cdg47_explanation)

    def test_included_is_drawn_first(self):
        """A day of « cahier des charges »: half of it is Annexe 1's."""
        order = self.plain(self.service("CDC-INFO"))
        line = order.order_line
        self.assertEqual((line.product_uom_qty, order.amount_total), (0.5, 210))
        self.assertIn("cahier des charges", line.cdg47_explanation)
        self.assertNotIn("fait pas partie", line.cdg47_explanation)

    def test_all_included_is_not_sold(self):
        order = self.plain(self.service("CDC-INFO"), quantities=[0.5])
        self.assertEqual(order.order_line.product_uom_qty, 0)
        self.assertEqual(order.amount_total, 0)
        with self.assertRaises(UserError):
            order.action_cdg47_send()

    def test_used_already_is_priced(self):
        self.use(self.convention, "CAHIER-CHARGES", 0.5, "day", "2024-03-10")
        order = self.plain(self.service("CDC-INFO"))
        self.assertEqual(order.order_line.product_uom_qty, 1)

    def test_two_lines_draw_it_once(self):
        service = self.service("CDC-INFO")
        order = self.plain(service, service)
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [0.5, 1])

    def test_what_is_bought_feeds_the_included_right(self):
        order = self.accept(self.plain(self.service("CDC-INFO")))
        self.assertEqual(order.order_line.qty_delivered, 0.5)
        answer = self.check(self.convention, "CAHIER-CHARGES", 1, "day", "2024-06-21")
        self.assertEqual((answer["covered"], answer["billable"]), (1, 0))

    def test_quantity_changed_is_shared_again(self):
        order = self.plain(self.service("CDC-INFO"))
        with Form(order) as form, form.order_line.edit(0) as line:
            line.product_uom_qty = 2
        self.assertRecordValues(
            order.order_line,
            [{"cdg47_asked_quantity": 2, "product_uom_qty": 1.5}],
        )

    def test_product_changed_is_decided_again(self):
        order = self.plain(self.service("CDC-INFO"))
        order.order_line.product_id = self.service("CERT")
        self.assertRecordValues(
            order.order_line,
            [{"cdg47_asked_quantity": 1, "product_uom_qty": 0, "price_unit": 180}],
        )

    def test_time_is_delivered_by_the_time_worked(self):
        self.set_price("TTIM", 60)
        order = self.accept(self.plain(self.service("TTIM"), quantities=[3]))
        self.assertRecordValues(
            order.order_line,
            [{"cdg47_kind": "time", "product_uom_qty": 3, "qty_to_invoice": 0}],
        )

    def test_time_is_accepted_too(self):
        """R7: who types it does not accept it for the collectivité."""
        self.set_price("TTIM", 60)
        order = self.plain(self.service("TTIM"), quantities=[3])
        for user in (self.seller, self.user_manager):
            with self.assertRefused(UserError, order.name):
                order.with_user(user).action_confirm()

    def test_portal_request_draws_it_first(self):
        order = request_service(
            self.convention.sudo(), self.service("CDC-INFO"), 1, "", self.mayor
        )
        self.assertEqual(order.amount_total, 210)
        none = request_service(
            self.convention.sudo(), self.service("CDC-INFO"), 0.5, "", self.mayor
        )
        self.assertFalse(none)

    def test_without_convention_is_refused(self):
        with self.assertRaises(RedirectWarning) as caught:
            self.plain(self.service("CDC-INFO"), partner=self.make_commune())
        context = caught.exception.args[3]
        self.assertEqual(context["default_forfait_ids"], self.techno.ids)

    def test_unless_the_setting_allows(self):
        self.company.cdg47_sells_outside = True
        order = self.plain(self.service("CDC-INFO"), partner=self.make_commune())
        self.assertFalse(order.convention_id)
        self.assertEqual(order.amount_total, 420)

    def test_ordinary_products_stay_ordinary(self):
        pen = self.env["product.product"].create({"name": "Pen", "list_price": 2})
        order = self.plain(pen)
        self.assertFalse(order.convention_id)
        self.assertFalse(order.order_line.cdg47_kind)

    def test_copy_is_a_quotation_of_today(self):
        order = self.accept(self.plain(self.service("CERT"), quantities=[3]))
        self.set_price("CERT", 200, "2024-06-21 00:00:00")
        with freeze_time("2024-06-22 10:00:00"):
            copy = order.copy()
        self.assertEqual(copy.convention_id, self.convention)
        self.assertEqual(copy.order_line.cdg47_kind, "supplement")
        self.assertEqual(copy.order_line.price_unit, 200)

    def test_the_customer_does_not_change(self):
        order = self.plain(self.service("BACKUP"), quantities=[20])
        with self.assertRefused(UserError, self.commune.name):
            order.partner_id = self.make_commune()

    def test_telephone(self):
        """« Faire un devis » on the convention opens the same quotation."""
        action = self.convention.with_user(self.user_user).action_quote()
        form = Form(self.env["sale.order"].with_context(**action["context"]))
        self.assertEqual(form.partner_id, self.commune)
