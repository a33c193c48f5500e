# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Services invoiced once, explained, above the smallest debt (R4, R10, R12)."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_services_quotation import ServicesCase


class InvoiceCase(ServicesCase):
    def invoice(self, orders, user=None, **kwargs):
        orders = orders.with_user(user or self.user_accountant)
        return orders._create_invoices(**kwargs)

    def sell(self, code="CERT", quantity=1, convention=None):
        """Sign a supplement."""
        order = (convention or self.convention)._quote_services(
            [
                {
                    "product_id": self.service(code),
                    "quantity": quantity,
                    "kind": "supplement",
                }
            ]
        )
        return self.accept(order)


@tagged("post_install", "-at_install")
class TestInvoiced(InvoiceCase):
    def test_says_why_and_is_linked(self):
        fact = self.over_facts()
        order = self.accept(self.quote_over(fact))
        invoice = self.invoice(order)
        line = invoice.invoice_line_ids
        self.assertEqual(fact.invoice_line_id, line)
        self.assertTrue(fact.frozen)
        self.assertEqual((line.quantity, invoice.amount_total), (2, 840))
        self.assertIn(fact.verdict, line.cdg47_explanation)
        with self.assertRaises(UserError):
            self.invoice(order)

    def test_what_is_used_later_joins_the_next_invoice(self):
        """Hours accepted by an estimate come one after the other."""
        first = self.over_facts(1)
        order = self.accept(self.quote_over(first, 2))
        self.assertEqual(self.invoice(order).amount_total, 420)
        second = self.use(self.convention, "AUDIT-SECU", 1, "day", "2024-06-01")
        second._promise(order.order_line)
        invoice = self.invoice(order)
        self.assertEqual(invoice.amount_total, 420)
        self.assertEqual(second.invoice_line_id, invoice.invoice_line_ids)
        self.assertNotEqual(first.invoice_line_id, invoice.invoice_line_ids)

    def test_cancelled_draft_frees_what_it_billed(self):
        fact = self.over_facts()
        order = self.accept(self.quote_over(fact))
        invoice = self.invoice(order)
        invoice.button_cancel()
        self.assertFalse(fact.invoice_line_id)
        again = self.invoice(order)
        self.assertEqual(again.amount_total, 840)
        self.assertEqual(fact.invoice_line_id, again.invoice_line_ids)
        # The first one cannot come back and bill it twice.
        invoice.button_draft()
        with self.assertRefused(UserError, order.name):
            invoice.action_post()

    def test_deleted_draft_frees_what_it_billed(self):
        fact = self.over_facts()
        order = self.accept(self.quote_over(fact))
        self.invoice(order).unlink()
        self.env.invalidate_all()
        self.assertFalse(fact.invoice_line_id)
        self.assertEqual(self.invoice(order).amount_total, 840)

    def test_credit_note_alone_gives_no_right_back(self):
        fact = self.over_facts()
        order = self.accept(self.quote_over(fact))
        invoice = self.invoice(order)
        invoice.action_post()
        before = (fact.covered_amount, fact.billable_amount)
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.user_accountant)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": "Geste"})
        )
        credit = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        credit.action_post()
        self.assertEqual((fact.covered_amount, fact.billable_amount), before)
        answer = self.check(self.convention, "AUDIT-SECU", 1, "day", "2024-06-15")
        self.assertEqual(answer["covered"], 0)

    def test_reversal_of_an_invoiced_fact_is_credited(self):
        fact = self.over_facts()
        order = self.accept(self.quote_over(fact))
        self.invoice(order).action_post()
        fact._reverse("Saisie en double")
        self.assertEqual(order.order_line.qty_to_invoice, -2)
        credit = self.invoice(order, final=True)
        self.assertRecordValues(
            credit, [{"move_type": "out_refund", "amount_total": 840}]
        )
        credit.action_post()
        self.assertEqual(order.order_line.qty_to_invoice, 0)
        self.assertNoDifference()

    def test_invoiced_order_is_not_cancelled(self):
        order = self.sell()
        self.invoice(order).action_post()
        with self.assertRefused(UserError, "Certificat"):
            order._action_cancel()

    def test_beyond_the_last_term_the_invoice_says_the_year(self):
        order = self.sell()
        order.term_id = False
        bases = dict(self.invoice(order)._cdg47_bases())
        self.assertIn("2024", bases.values())


@tagged("post_install", "-at_install")
class TestVatRegimes(InvoiceCase):
    def test_one_invoice_by_regime(self):
        """« Hors champ » beside another category breaks BR-O-11 of the norm."""
        order = self.convention._quote_services(
            [
                {
                    "product_id": self.service(code),
                    "quantity": 1,
                    "kind": "supplement",
                }
                for code in ("CERT", "FORM-SITE")
            ]
        )
        self.accept(order)
        invoices = self.invoice(order)
        taxes = self.company._cdg47_taxes_by_regime()
        self.assertEqual(
            {invoice.invoice_line_ids.tax_ids: invoice.amount_total
             for invoice in invoices},
            {taxes["out_of_scope"]: 180, taxes["exempt"]: 450},
        )  # fmt: skip
        self.assertEqual(order.invoice_status, "invoiced")

    def test_headings_stay_with_their_lines(self):
        order = self.convention._quote_services(
            [
                {
                    "product_id": self.service(code),
                    "quantity": 1,
                    "kind": "supplement",
                }
                for code in ("CERT", "FORM-SITE")
            ]
        )
        first, second = order.order_line
        order.order_line = [
            Command.create(
                {"display_type": "line_section", "name": name, "sequence": sequence}
            )
            for name, sequence in (("Certificats", 5), ("Formations", 15))
        ]
        first.sequence, second.sequence = 10, 20
        self.env.flush_all()
        self.env.invalidate_all()
        self.accept(order)
        names = [
            invoice.invoice_line_ids.filtered("display_type").sorted("sequence")
            .mapped("name")
            for invoice in self.invoice(order)
        ]  # fmt: skip
        self.assertEqual(
            names,
            [["Certificats", first.name], ["Formations", second.name]],
        )


@tagged("post_install", "-at_install")
class TestSmallDebts(InvoiceCase):
    def test_below_the_floor_nothing_is_created(self):
        order = self.sell("BACKUP")
        with self.assertRefused(UserError, "12,00"):
            self.invoice(order)
        self.assertFalse(order.invoice_ids)

    def test_at_the_floor_it_is_invoiced(self):
        self.set_price("VPN", 15)
        self.assertEqual(self.invoice(self.sell("VPN")).amount_total, 15)

    def test_it_joins_the_next_invoice(self):
        small, other = self.sell("BACKUP"), self.sell("CERT")
        invoice = self.invoice(other)
        self.assertEqual(len(invoice), 1)
        self.assertEqual(invoice.amount_total, 192)
        self.assertEqual(small.invoice_status, "invoiced")

    def test_asked_for_alone_it_brings_the_others(self):
        small, other = self.sell("BACKUP"), self.sell("CERT")
        self.assertEqual(self.invoice(small).amount_total, 192)
        self.assertEqual(other.invoice_status, "invoiced")

    def test_asked_twice_it_brings_nothing_else(self):
        """Pressed again, the button finds nothing left: no other order is taken."""
        first = self.sell("CERT")
        self.invoice(first)
        other = self.sell("CERT")
        with self.assertRaises(UserError):
            self.invoice(first)
        self.assertEqual(other.invoice_status, "to invoice")

    def test_a_commune_and_its_annexed_budgets_are_one_debtor(self):
        small = self.sell("BACKUP")
        annexe = self.make_annexe(self.commune)
        convention = self.make_convention_since("2024-01-01", annexe)
        with self.assertRefused(UserError, "12,00"):
            self.invoice(small)
        other = self.sell("BACKUP", convention=convention)
        # Each paper is lawful by itself: their sum does not make two of 12 € lawful.
        with self.assertRefused(UserError, "12,00"):
            self.invoice(small | other)
        large = self.sell("BACKUP", 2, convention=convention)
        invoices = self.invoice(small | large)
        self.assertEqual(invoices.mapped("amount_total"), [36])
        self.assertEqual(small.invoice_status, "to invoice")

    def test_another_debtor_is_not_concerned(self):
        small = self.sell("BACKUP")
        other = self.sell("CERT", convention=self.make_convention_since("2024-01-01"))
        invoice = self.invoice(small | other)
        self.assertEqual(invoice.amount_total, 180)
        self.assertEqual(small.invoice_status, "to invoice")
        self.assertIn("12,00", small.message_ids[0].body)

    def test_the_debtor_is_who_pays(self):
        payer = self.make_establishment(40)
        conventions = self.env["cdg47.convention"]
        for _n in range(2):
            conventions |= self.make_convention_since(
                "2024-01-01", invoice_partner_id=payer.id
            )
        orders = self.env["sale.order"].union(
            *(self.sell("BACKUP", 2, convention=c) for c in conventions)
        )
        self.assertEqual(self.invoice(orders).mapped("amount_total"), [24, 24])
        self.assertEqual(orders.invoice_ids.partner_id, payer)

    def test_an_accountant_may_insist_with_a_reason(self):
        order = self.sell("BACKUP")
        wizard = self.invoicing_of(order)
        self.assertIn("12,00", wizard.cdg47_held_message)
        wizard.cdg47_floor_reason = "Fin de convention"
        wizard.create_invoices()
        self.assertEqual(order.invoice_ids.cdg47_floor_reason, "Fin de convention")

    def test_others_may_not(self):
        order = self.sell("BACKUP").with_user(self.user_user)
        with self.assertRaises(AccessError):
            order.with_context(cdg47_floor_reason="Vite")._create_invoices()

    def test_the_setting_decides(self):
        self.company.cdg47_debt_floor = 0
        self.assertEqual(self.invoice(self.sell("BACKUP")).amount_total, 12)

    def test_ordinary_orders_have_no_floor(self):
        pen = self.env["product.product"].create(
            {"name": "Pen", "list_price": 2, "invoice_policy": "order"}
        )
        order = self.env["sale.order"].create(
            {
                "partner_id": self.commune.id,
                "pricelist_id": False,
                "order_line": [Command.create({"product_id": pen.id})],
            }
        )
        order.action_confirm()
        self.assertEqual(self.invoice(order).amount_untaxed, 2)

    def test_a_fee_keeps_its_way(self):
        """Nothing small waits: the yearly invoice is not changed."""
        self.assertFalse(self.invoicing_of(self.sell()).cdg47_held_message)

    def invoicing_of(self, orders):
        accountant = new_test_user(
            self.env,
            "comptable-qui-vend",
            groups="account.group_account_invoice,sales_team.group_sale_salesman_all_leads",
        )
        return (
            self.env["sale.advance.payment.inv"]
            .with_user(accountant)
            .with_context(active_model="sale.order", active_ids=orders.ids)
            .create({})
        )

    def count_queries(self, count):
        orders = self.env["sale.order"]
        for _n in range(count):
            orders |= self.sell("BACKUP", convention=self.make_convention_since(
                "2024-01-01"))  # fmt: skip
        return self.queries_of(orders._cdg47_due_orders)

    def test_as_many_queries_for_many_debtors(self):
        self.count_queries(1)
        self.assertEqual(self.count_queries(3), self.count_queries(12))
