# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a button checks is not gone round by writing a state, or a sum (R14-R17)."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_invoice_gestures import TODAY, GestureCase


class StateCase(GestureCase):
    def load(self, record, **values):
        """Import one row over a record, as a file does; return what it says."""
        names = [".id", *values]
        row = [str(record.id), *map(str, values.values())]
        return record.with_context(import_file=True).load(names, [row])


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestInvoiceStates(StateCase):
    def test_posted_by_its_button_only(self):
        order = self.sell("CERT", 2)
        invoice = self.invoice(order)
        with self.assertRefused(UserError, "Confirmer"):
            invoice.write({"state": "posted"})
        with self.assertRefused(UserError, "Confirmer"):
            invoice.write({"state": "posted", "invoice_date": "2024-06-20"})
        said = self.load(invoice, state="posted")
        self.assertIn("Confirmer", said["messages"][0]["message"])
        self.assertEqual(invoice.state, "draft")
        invoice.action_post()
        self.assertTrue(invoice.write({"state": "posted"}))

    def test_never_created_posted(self):
        with self.assertRaises(UserError):
            self.env["account.move"].with_user(self.user_accountant).create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.commune.id,
                    "state": "posted",
                    "invoice_line_ids": [
                        Command.create({"product_id": self.service("CERT").id})
                    ],
                }
            )

    def test_an_ordinary_invoice_stays_odoos(self):
        pen = self.env["product.product"].create({"name": "Stylo", "list_price": 40})
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.env["res.partner"].create({"name": "Librairie"}).id,
                "invoice_line_ids": [Command.create({"product_id": pen.id})],
            }
        )
        invoice.write({"state": "posted"})
        self.assertEqual(invoice.state, "posted")

    def test_cancelled_it_frees_what_it_billed(self):
        fact = self.over_facts()
        invoice = self.invoice(self.accept(self.quote_over(fact)))
        self.assertTrue(fact.invoice_line_id)
        invoice.write({"state": "cancel"})
        self.assertFalse(fact.invoice_line_id)

    def test_what_is_posted_keeps_what_it_says(self):
        invoice = self.posted(self.sell("CERT", 2))
        note = self.credit(invoice)
        other = self.make_convention_since("2024-01-01")
        for move, values in (
            (invoice, {"cdg47_convention_id": other.id}),
            (invoice, {"cdg47_convention_id": False}),
            (invoice, {"cdg47_term_id": False}),
            (invoice, {"cdg47_floor_reason": "Après coup"}),
            (invoice, {"payment_state": "paid"}),
            (invoice, {"amount_total": 1}),
            (invoice, {"move_type": "out_refund"}),
            (note, {"cdg47_rebill": True}),
            (note, {"reversed_entry_id": False}),
        ):
            with (
                self.subTest(values=values),
                self.assertRefused(UserError, move.name),
            ):
                move.write(values)
        said = self.load(note, cdg47_rebill="1")
        self.assertIn(note.name, said["messages"][0]["message"])
        # What is the same, what the comptable says and the printed note stay free.
        invoice.write(
            {
                "cdg47_convention_id": invoice.cdg47_convention_id.id,
                "cdg47_title_number": "T-1",
                "ref": "Bon 12",
            }
        )
        invoice.action_toggle_block_payment()
        self.assertEqual(invoice.payment_state, "blocked")
        invoice.action_toggle_block_payment()

    def test_sums_are_computed(self):
        invoice = self.invoice(self.sell("CERT"))
        line = invoice.invoice_line_ids.filtered("product_id")
        for record, values in (
            (invoice, {"amount_total": 1000}),
            (line, {"price_subtotal": 1000}),
            (line, {"price_total": 1000}),
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                record.write(values)

    def test_one_convention(self):
        """Neither that of another collectivité, nor none."""
        order = self.sell("CERT", 2)
        other = self.make_convention_since("2024-01-01")
        for convention in (other, self.env["cdg47.convention"]):
            invoice = self.invoice(order)
            invoice.cdg47_convention_id = convention
            with self.assertRefused(UserError, self.convention.name):
                invoice.action_post()
            invoice.button_cancel()


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestOrderStates(StateCase):
    def test_what_is_accepted_keeps_its_state(self):
        """Set back to draft it could be edited; cancelled it would keep its rights."""
        order = self.sell("CERT", 2).with_user(self.user_manager)
        for state in ("draft", "sent", "cancel"):
            with self.subTest(state), self.assertRefused(UserError, order.name):
                order.write({"state": state})
        said = self.load(order, state="draft")
        self.assertIn(order.name, said["messages"][0]["message"])
        order.with_context(disable_cancel_warning=True).action_cancel()
        self.assertEqual(order.state, "cancel")

    def test_nor_given_to_the_readers_of_another(self):
        """Who it is billed with opens its orders to that one's contacts."""
        other = self.make_commune(750)
        commune = self.commune.with_user(self.user_manager)
        with self.assertRefused(UserError, commune.name):
            commune.write({"commercial_partner_id": other.id})
        commune.write({"commercial_partner_id": commune.id})
        self.assertEqual(self.commune.commercial_partner_id, self.commune)

    def test_what_it_was_drawn_for(self):
        """Without its convention, what was accepted would no longer be fixed."""
        other = self.make_convention_since("2024-01-01")
        orders = self.env["sale.order"].with_user(self.user_manager)
        draft, sold = self.quote("CERT", 1, "supplement"), self.sell("CERT", 2)
        for order in (draft | sold).with_user(self.user_manager):
            for values in (
                {"convention_id": False},
                {"convention_id": other.id},
                {"term_id": False},
                {"partner_id": other.partner_id.id, "convention_id": other.id},
            ):
                with (
                    self.subTest(state=order.state, values=values),
                    self.assertRefused(UserError, order.name),
                ):
                    order.write(values)
            order.write({"convention_id": order.convention_id.id})
        given = {"partner_id": self.commune.id, "convention_id": other.id}
        with self.assertRefused(UserError, other.partner_id.name):
            orders.create(given)
        with self.assertRefused(UserError, other.partner_id.name):
            orders.create({"partner_id": self.commune.id}).convention_id = other

    def test_sold_by_its_button_only(self):
        self.company.cdg47_acceptance_required = False
        order = self.quote("CERT", 2, "supplement").with_user(self.user_manager)
        with self.assertRefused(UserError, order.name):
            order.write({"state": "sale", "date_order": "2024-06-20 10:00:00"})
        order.write({"state": "sent"})
        order.action_confirm()
        self.assertTrue(order.order_line.cdg47_allocation_ids)

    def test_an_ordinary_order_stays_odoos(self):
        pen = self.env["product.product"].create({"name": "Stylo", "list_price": 40})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Librairie"}).id,
                "order_line": [Command.create({"product_id": pen.id})],
            }
        )
        order.with_user(self.user_manager).write({"state": "sale"})
        self.assertEqual(order.state, "sale")
