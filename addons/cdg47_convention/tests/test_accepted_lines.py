# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is accepted is fixed, for everybody and for every kind of line (R15)."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_plain_quotation import PlainSaleCase


@freeze_time("2024-06-20 10:00:00")
@tagged("post_install", "-at_install")
class TestAcceptedLines(PlainSaleCase):
    """g2: more is another estimate, less is a cancellation."""

    def accepted(self):
        """Return an accepted line of each kind, and one without a kind."""
        orders = self.env["sale.order"]
        for code, kind in (
            ("CERT", "supplement"),
            ("AUDIT-SECU", "overage"),
            ("CDC-INFO", "time"),
            ("FORM-SITE", False),
        ):
            orders |= self.accept(self.quote(code, 2, kind))
        self.price_forfaits()
        convention = self.make_convention(
            self.with_signatory(), date_start="2024-07-01"
        )
        return (orders | self.sign(convention)).order_line

    def with_signatory(self):
        partner = self.make_commune(750)
        self.make_signatory(partner)
        return partner

    def test_nothing_of_a_line_changes(self):
        tax = self.env["account.tax"].create({"name": "20 %", "amount": 20})
        for line in self.accepted():
            for values in (
                {"product_uom_qty": 3},
                {"product_uom_qty": 0.5},
                {"price_unit": 1},
                {"price_unit": 9999},
                {"discount": 10},
                {"product_id": self.service("BACKUP").id},
                {"tax_ids": [Command.set(tax.ids)]},
                {"cdg47_kind": "time" if line.cdg47_kind != "time" else "fee"},
                {"is_downpayment": True},
                {"is_expense": True},
            ):
                with (
                    self.subTest(kind=line.cdg47_kind, values=values),
                    self.assertRaises(UserError),
                ):
                    line.write(values)

    def test_what_is_counted_is_not_typed(self):
        """A list, an import or RPC would bill less, or more, than what was done."""
        for code, kind in (("CERT", "supplement"), ("AUDIT-SECU", "overage")):
            order = self.accept(self.quote(code, 2, kind)).with_user(self.seller)
            line = order.order_line
            for values in (
                {"qty_delivered": 0.5},
                {"qty_delivered_method": "manual"},
            ):
                with (
                    self.subTest(kind=kind, values=values),
                    self.assertRaises(UserError),
                ):
                    line.write(values)
            line.qty_delivered = line.qty_delivered

    def test_by_everybody_and_by_the_form(self):
        order = self.accept(self.quote("CERT", 2, "supplement"))
        for user in (self.user_manager, self.seller, self.env.user):
            line = order.with_user(user).order_line
            with self.assertRaises(Exception):  # noqa: B017
                line.product_uom_qty = 3
        form = Form(order.with_user(self.seller))
        with form.order_line.edit(0) as line:
            line.product_uom_qty = 3
        with self.assertRefused(UserError, order.name):
            form.save()

    def test_no_line_is_added(self):
        order = self.accept(self.quote("CERT", 2, "supplement"))
        pen = self.env["product.product"].create({"name": "Pen", "list_price": 2})
        for product in (pen, self.service("BACKUP")):
            with self.assertRefused(UserError, order.name):
                order.order_line = [Command.create({"product_id": product.id})]
        order.order_line = [
            Command.create({"display_type": "line_note", "name": "Merci"})
        ]

    def test_none_is_moved_in(self):
        """A quotation that nobody signed would be owed under another's signature."""
        order = self.accept(self.quote("CERT", 2, "supplement"))
        unsigned = self.quote("BACKUP", 1, "supplement").order_line
        for user in (self.user_manager, self.seller):
            with self.assertRefused(UserError, unsigned.order_id.name):
                unsigned.with_user(user).order_id = order
        with self.assertRefused(UserError, unsigned.order_id.name):
            order.order_line = [Command.link(unsigned.id)]
        unsigned.order_id = self.quote("BACKUP", 1, "supplement")
        self.assertEqual(order.amount_total, 360)

    def test_nor_made_a_service(self):
        pen = self.env["product.product"].create({"name": "Pen", "list_price": 2})
        plain = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Press"}).id,
                "order_line": [Command.create({"product_id": pen.id})],
            }
        )
        plain.action_confirm()
        with self.assertRefused(UserError, plain.name):
            plain.order_line.product_id = self.service("CERT")
        plain.order_line.product_uom_qty = 3

    def test_nor_of_another_day_or_currency(self):
        order = self.accept(self.quote("CERT", 2, "supplement"))
        dollar = self.env.ref("base.USD")
        for values in (
            {"date_order": "2024-01-01 10:00:00"},
            {"currency_id": dollar.id},
            {"name": "S99999"},
        ):
            for user in (self.user_manager, self.seller):
                with (
                    self.subTest(values=values),
                    self.assertRefused(UserError, order.name),
                ):
                    order.with_user(user).write(values)
        order.with_user(self.seller).write(
            {"date_order": str(order.date_order), "note": "Merci"}
        )

    def test_nor_priced_again(self):
        order = self.accept(self.quote("CERT", 2, "supplement"))
        self.tariff.item_ids.filtered(
            lambda item: item.product_id == self.service("CERT")
        ).fixed_price = 200
        with self.assertRaises(UserError):
            order.action_update_prices()
        self.assertEqual(order.order_line.price_unit, 180)

    def test_what_says_nothing_new_passes(self):
        order = self.accept(self.quote("CERT", 2, "supplement"))
        line = order.order_line
        line.write(
            {
                "product_uom_qty": 2.0,
                "price_unit": 180,
                "product_id": line.product_id.id,
                "tax_ids": [Command.set(line.tax_ids.ids)],
                "name": "Certificats",
            }
        )
        self.assertEqual(line.name, "Certificats")

    def test_a_draft_is_still_written(self):
        order = self.quote("CERT", 2, "supplement")
        order.order_line.product_uom_qty = 3
        self.assertEqual(order.amount_total, 540)
