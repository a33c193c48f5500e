# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What accountants do every day: billed once, credited for good, lawful (R16, R17)."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.cdg47_convention.models.money.quoting import prepare_quotation

from .test_services_invoice import InvoiceCase

TODAY = "2024-06-20 10:00:00"


# How an invoice leaves « posted »: by a button, or by writing its state.
WAYS_OUT = {
    "draft": lambda move: move.button_draft(),
    "cancel": lambda move: move.button_cancel(),
    "draft by RPC": lambda move: move.write({"state": "draft"}),
    "cancel by RPC": lambda move: move.write({"state": "cancel"}),
}


class GestureCase(InvoiceCase):
    def posted(self, order):
        invoice = self.invoice(order)
        invoice.action_post()
        return invoice

    def reversal(self, invoices, **values):
        """Open « Extourner » as an accountant."""
        wizard = (
            self.env["account.move.reversal"]
            .with_user(self.user_accountant)
            .with_context(active_model="account.move", active_ids=invoices.ids)
        )
        return wizard.create({"journal_id": invoices.journal_id.id, **values})

    def credit(self, invoice, quantity=None, **values):
        """Credit an invoice, whole or in part, and post the credit note."""
        action = self.reversal(invoice, **values).refund_moves()
        note = self.env["account.move"].browse(action["res_id"])
        if quantity:
            note.invoice_line_ids.quantity = quantity
        note.action_post()
        return note

    def replace(self, invoice):
        action = self.reversal(invoice).modify_moves()
        return self.env["account.move"].browse(action["res_id"])

    def deliver(self, order, quantity):
        """What timesheets and sheets would deliver."""
        if order.order_line.cdg47_kind in ("time", False):
            order.order_line.qty_delivered_method = "manual"
            order.order_line.qty_delivered = quantity

    def each_kind(self):
        """Yield a signed order of each kind, all of it due."""
        yield self.sell("CERT", 2)
        yield self.accept(self.quote_over(self.over_facts()))
        for kind in ("time", False):
            order = self.accept(self.quote("FORM-SITE", 2, kind))
            self.deliver(order, 2)
            yield order
        variant = self.metiers._cdg47_variant_for(self.stratum("S4"))
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.tariff.id,
                "applied_on": "0_product_variant",
                "product_id": variant.id,
                "compute_price": "fixed",
                "fixed_price": 880,
            }
        )
        fee = self.env["sale.order"].create(
            {
                **prepare_quotation(self.convention, self.convention.term_ids),
                "order_line": [
                    Command.create(
                        {
                            "product_id": variant.id,
                            "product_uom_qty": 1,
                            "cdg47_kind": "fee",
                            "cdg47_date_start": "2024-01-01",
                            "cdg47_date_end": "2024-12-31",
                        }
                    )
                ],
            }
        )
        yield self.accept(fee)


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestBilledOnce(GestureCase):
    """g3, g5, g6: never above what is accepted and delivered."""

    def test_restored_invoice_is_not_posted_twice(self):
        for order in self.each_kind():
            with self.subTest(kind=order.order_line.cdg47_kind):
                first = self.invoice(order)
                first.button_cancel()
                self.deliver(order, 2)
                self.posted(order)
                first.button_draft()
                with self.assertRefused(UserError, order.name):
                    first.action_post()

    def test_draft_switched_into_a_credit_note(self):
        """It invoices nothing any more: what it billed is left to invoice."""
        for order in self.each_kind():
            with self.subTest(kind=order.order_line.cdg47_kind):
                due = order.order_line.qty_to_invoice
                self.invoice(order).action_switch_move_type()
                self.assertEqual(order.order_line.qty_to_invoice, due)

    def test_what_is_posted_keeps_its_lines(self):
        """Odoo's form greys them: its lists, its import and RPC do not."""
        for order in self.each_kind():
            invoice = self.posted(order)
            line = invoice.invoice_line_ids.filtered("product_id")
            for values in (
                {"quantity": 10},
                {"price_unit": 1},
                {"quantity": 10, "price_unit": line.price_unit / 10},
                {"sale_line_ids": [Command.clear()]},
            ):
                with (
                    self.subTest(kind=order.order_line.cdg47_kind, values=values),
                    self.assertRefused(UserError, invoice.name),
                ):
                    line.with_user(self.user_accountant).write(values)
            self.assertTrue(line.write({"quantity": line.quantity}))
            with self.assertRefused(UserError, invoice.name):
                line.copy({"move_id": invoice.id, "quantity": 0})

    def test_what_is_posted_keeps_its_order(self):
        """A cancelled order may be deleted: not what its invoice bills."""
        for order in self.each_kind():
            with self.subTest(kind=order.order_line.cdg47_kind):
                invoice = self.posted(order)
                order.sudo().state = "cancel"
                with self.assertRefused(UserError, invoice.name):
                    order.order_line.unlink()
                with self.assertRefused(UserError, invoice.name):
                    order.unlink()

    def test_quantity_or_price_raised_by_hand(self):
        for order in self.each_kind():
            for name in ("quantity", "price_unit"):
                with self.subTest(kind=order.order_line.cdg47_kind, field=name):
                    invoice = self.invoice(order)
                    line = invoice.invoice_line_ids.filtered("product_id")
                    line[name] *= 2
                    with self.assertRefused(UserError, order.name):
                        invoice.action_post()
                    invoice.button_cancel()

    def test_product_changed_by_hand(self):
        for order in self.each_kind():
            with self.subTest(kind=order.order_line.cdg47_kind):
                invoice = self.invoice(order)
                line = invoice.invoice_line_ids.filtered("product_id")
                kept = line.price_unit
                line.product_id = self.service("EPP")
                line.price_unit = kept
                with self.assertRefused(UserError, order.name):
                    invoice.action_post()
                invoice.button_cancel()

    def test_credited_is_final(self):
        """g3: neither the quarter nor another small order bills it again."""
        for order in self.each_kind():
            with self.subTest(kind=order.order_line.cdg47_kind):
                self.credit(self.posted(order))
                self.assertEqual(order.order_line.qty_to_invoice, 0)
                with self.assertRaises(UserError):
                    self.invoice(order)
        other = self.sell("BACKUP", 2)
        self.assertEqual(self.invoice(other).amount_total, 24)

    def test_credited_in_part_is_final(self):
        order = self.sell("CERT", 3)
        self.credit(self.posted(order), quantity=1)
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_credited_invoice_stays(self):
        """Set back to draft, it would leave its credit note alone."""
        invoice = self.posted(self.sell("CERT", 2))
        note = self.credit(invoice)
        for way, leave in WAYS_OUT.items():
            with self.subTest(way), self.assertRefused(UserError, note.name):
                leave(invoice.with_user(self.user_accountant))
        note.button_draft()
        invoice.button_draft()
        self.assertEqual(invoice.state, "draft")

    def test_to_be_invoiced_again_when_chosen(self):
        for order in self.each_kind():
            with self.subTest(kind=order.order_line.cdg47_kind):
                due = order.order_line.qty_to_invoice
                self.credit(self.posted(order), cdg47_rebill=True)
                self.assertEqual(order.order_line.qty_to_invoice, due)
                self.posted(order)
                self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_not_before_its_credit_note_is_posted(self):
        order = self.sell("CERT")
        first = self.posted(order)
        self.reversal(first, cdg47_rebill=True).refund_moves()
        again = self.invoice(order)
        with self.assertRefused(UserError, order.name):
            again.action_post()

    def test_what_comes_on_top_is_still_invoiced(self):
        """g6: 8 delivered, 3.5 credited, 1 more: 1 to invoice."""
        order = self.accept(self.quote("FORM-SITE", 10, "time"))
        line = order.order_line
        line.qty_delivered_method = "manual"
        line.qty_delivered = 8
        self.credit(self.posted(order), quantity=3.5)
        line.qty_delivered = 9
        self.assertEqual(line.qty_to_invoice, 1)
        self.assertEqual(self.posted(order).invoice_line_ids.quantity, 1)

    def test_never_credited_twice(self):
        invoice = self.posted(self.sell("CERT"))
        self.credit(invoice)
        with self.assertRefused(UserError, "Certificat"):
            self.credit(invoice)

    def test_a_reversal_after_a_credit_is_not_credited_again(self):
        fact = self.over_facts()
        order = self.accept(self.quote_over(fact))
        self.credit(self.posted(order))
        fact._reverse("Erreur")
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_supplement_credited_whole_is_withdrawn(self):
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2024-03-10")
        order = self.accept(self.quote("AUDIT-SECU", 1, "supplement"))
        invoice = self.posted(order)
        grant = self.env["cdg47.grant"].search(
            [("sale_line_id", "in", order.order_line.ids)]
        )
        self.assertTrue(grant)
        wizard = self.reversal(invoice)
        self.assertIn(order.order_line.name, wizard.cdg47_withdrawn_message)
        wizard.cdg47_rebill = True
        self.assertFalse(wizard.cdg47_withdrawn_message)
        self.credit(invoice)
        self.assertFalse(grant.exists())
        self.assertNoDifference()

    def test_supplement_credited_in_part_is_kept(self):
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2024-03-10")
        order = self.accept(self.quote("AUDIT-SECU", 2, "supplement"))
        invoice = self.posted(order)
        self.credit(invoice, quantity=1)
        answer = self.check(self.convention, "AUDIT-SECU", 1, "day", "2024-07-01")
        self.assertEqual(answer["covered"], 1)


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestReplaced(GestureCase):
    """g4: « Extourner et créer une facture » keeps all of it."""

    def test_keeps_what_it_said(self):
        fact = self.over_facts()
        order = self.quote_over(fact)
        order.write({"chorus_service_code": "S", "chorus_engagement": "E-1"})
        invoice = self.posted(self.accept(order))
        new = self.replace(invoice)
        credit = invoice.reversal_move_ids
        self.assertTrue(credit.cdg47_rebill)
        for move in new | credit:
            self.assertRecordValues(
                move,
                [
                    {
                        "cdg47_convention_id": self.convention.id,
                        "cdg47_term_id": self.convention.term_ids.id,
                        "buyer_reference": "S",
                        "purchase_order_reference": "E-1",
                        "amount_total": 840,
                    }
                ],
            )
        self.assertEqual(new._cdg47_bases(), invoice._cdg47_bases())
        self.assertEqual(new.invoice_line_ids.sale_line_ids, order.order_line)
        self.assertEqual(new.invoice_line_ids.cdg47_explanation, fact.verdict and
                         invoice.invoice_line_ids.cdg47_explanation)  # fmt: skip
        self.assertEqual(fact.invoice_line_id, new.invoice_line_ids)
        new.action_post()
        self.assertEqual(order.order_line.qty_to_invoice, 0)
        with self.assertRaises(UserError):
            self.invoice(order)


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestLawful(GestureCase):
    """R17: each paper by itself."""

    def test_each_invoice_above_the_floor(self):
        """Not their sum: one by engagement, by order when ungrouped."""
        first, second = self.sell("BACKUP"), self.sell("BACKUP")
        with self.assertRefused(UserError, "12,00"):
            self.invoice(first | second, grouped=True)
        first.chorus_engagement, second.chorus_engagement = "E-1", "E-2"
        with self.assertRefused(UserError, "12,00"):
            self.invoice(first | second)
        second.chorus_engagement = "E-1"
        self.assertEqual(self.invoice(first | second).amount_total, 24)

    def test_lowered_by_hand(self):
        invoice = self.invoice(self.sell("CERT"))
        invoice.invoice_line_ids.filtered("product_id").price_unit = 3
        with self.assertRefused(UserError, "3,00"):
            invoice.action_post()
        with Form(invoice.with_user(self.user_accountant)) as form:
            form.cdg47_floor_reason = "Fin de convention"
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_not_for_nothing(self):
        invoice = self.invoice(self.sell("CERT"))
        invoice.invoice_line_ids.filtered("product_id").price_unit = 0
        with self.assertRefused(UserError, "0,00"):
            invoice.action_post()

    def test_not_without_its_services(self):
        """What stays once they are removed is no invoice, whatever the reason."""
        invoice = self.invoice(self.sell("CERT", 2))
        services = invoice.invoice_line_ids.filtered("product_id")
        invoice.write(
            {
                "cdg47_floor_reason": "Demande du maire",
                "invoice_line_ids": [
                    Command.create({"name": "Geste", "price_unit": 0}),
                    *(Command.delete(line.id) for line in services),
                ],
            }
        )
        with self.assertRefused(UserError, "Geste"):
            invoice.action_post()

    def test_one_regime(self):
        invoice = self.invoice(self.sell("CERT", 2))
        line = invoice.invoice_line_ids.filtered("product_id")
        taxes = self.company._cdg47_taxes_by_regime()
        line.quantity = 1
        line.copy({"tax_ids": [Command.set(taxes["exempt"].ids)],
                   "sale_line_ids": line.sale_line_ids.ids})  # fmt: skip
        with self.assertRefused(UserError, "TVA"):
            invoice.action_post()

    def test_siret(self):
        invoice = self.invoice(self.sell("CERT"))
        self.commune.company_registry = self.commune.company_registry[:9]
        with self.assertRefused(UserError, "SIRET"):
            invoice.action_post()
        wizard = self.env["validate.account.move"].create(
            {"move_ids": [Command.set(invoice.ids)]}
        )
        self.assertEqual(wizard.cdg47_incomplete_ids, invoice)

    def test_debtor_is_the_conventions(self):
        """Neither the order nor the invoice is sent to another collectivité."""
        order, other = self.sell("CERT"), self.make_commune()
        with self.assertRefused(UserError, self.commune.name):
            order.partner_invoice_id = other
        invoice = self.invoice(order)
        invoice.partner_id = other
        with self.assertRefused(UserError, other.name):
            invoice.action_post()
        invoice.partner_id = self.commune
        invoice.action_post()

    def test_debtor_changed_on_the_convention(self):
        order, payer = self.sell("CERT"), self.make_establishment(40)
        self.convention.invoice_partner_id = payer
        order.partner_invoice_id = payer
        invoice = self.posted(order)
        self.assertEqual(invoice.partner_id, payer)

    def test_made_by_hand_or_duplicated(self):
        invoice = self.posted(self.sell("CERT"))
        by_hand = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.commune.id,
                "invoice_line_ids": [
                    Command.create({"product_id": self.service("CERT").id})
                ],
            }
        )
        for move in (invoice.copy(), by_hand):
            with self.assertRefused(UserError, "Certificat"):
                move.action_post()

    def test_credit_note_made_by_hand(self):
        self.posted(self.sell("CERT"))
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.commune.id,
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": self.service("CERT").id, "price_unit": 500}
                    )
                ],
            }
        )
        with self.assertRefused(UserError, "Avoir"):
            note.action_post()

    def test_what_is_asked_of_an_invoice_made_by_hand(self):
        """The references of its debtor, where to enter them, and thirty days."""
        self.commune.write({"chorus_requirement": "both", "chorus_service_code": "FIN"})
        pen = self.env["product.product"].create({"name": "Pen", "list_price": 20})
        moves = self.env["account.move"].with_user(self.user_accountant)
        with Form(moves.with_context(default_move_type="out_invoice")) as form:
            form.partner_id = self.commune
            self.assertEqual(form.buyer_reference, "FIN")
            with form.invoice_line_ids.new() as line:
                line.product_id = pen
        invoice = form.save()
        for move in (invoice, invoice.copy()):
            self.assertIn("Chorus Pro", move.alerts["cdg47_reference"]["message"])
        invoice.purchase_order_reference = "E-9"
        self.assertFalse(invoice._get_alerts())
        invoice.invoice_date = date(2024, 6, 20)
        invoice.action_post()
        self.assertEqual(invoice.invoice_date_due, date(2024, 7, 20))

    def test_accounts_are_asked_for(self):
        invoice = self.invoice(self.sell("CERT"))
        self.assertIn("M57", invoice.alerts["cdg47_accounts"]["message"])
        self.service("CERT").cdg47_account_code = "7068"
        self.assertNotIn("cdg47_accounts", invoice._get_alerts() or {})
        order = self.sell("CERT")
        invoice.journal_id.sudo().default_account_id = False
        self.company.income_account_id = False
        self.service("CERT").categ_id.property_account_income_categ_id = False
        with self.assertRefused(UserError, "compte de produit"):
            self.invoice(order)

    def test_no_down_payment(self):
        order = self.sell("CERT")
        for method in ("percentage", "fixed"):
            wizard = (
                self.env["sale.advance.payment.inv"]
                .with_context(active_model="sale.order", active_ids=order.ids)
                .create(
                    {"advance_payment_method": method, "amount": 30, "fixed_amount": 30}
                )
            )
            with self.assertRefused(UserError, "acompte"):
                wizard.create_invoices()

    def test_after_a_titre_only_a_credit_note(self):
        invoice = self.posted(self.sell("CERT"))
        invoice.write({"cdg47_title_number": "T-12", "cdg47_collection": "issued"})
        for way, leave in WAYS_OUT.items():
            with self.subTest(way), self.assertRefused(UserError, "T-12"):
                leave(invoice)
        self.assertEqual(self.credit(invoice).state, "posted")

    def test_due_in_thirty_days(self):
        invoice = self.invoice(self.sell("CERT"))
        invoice.invoice_date = date(2024, 6, 20)
        invoice.action_post()
        self.assertEqual(invoice.invoice_date_due, date(2024, 7, 20))
        new = self.replace(invoice)
        self.assertEqual(new.invoice_payment_term_id, invoice.invoice_payment_term_id)

    def test_ordinary_invoices_stay_odoos(self):
        pen = self.env["product.product"].create({"name": "Pen", "list_price": 20})
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.commune.id,
                "invoice_line_ids": [Command.create({"product_id": pen.id})],
            }
        )
        move.action_post()
        self.assertEqual(move.state, "posted")
        self.assertEqual(self.credit(move).state, "posted")

    def test_an_ordinary_invoice_with_its_titre_stays(self):
        pen = self.env["product.product"].create({"name": "Pen", "list_price": 20})
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.commune.id,
                "invoice_line_ids": [Command.create({"product_id": pen.id})],
            }
        )
        move.action_post()
        move.cdg47_title_number = "T-13"
        with self.assertRefused(UserError, "T-13"):
            move.button_draft()


@freeze_time("2024-07-05 10:00:00")
@tagged("post_install", "-at_install")
class TestQuarter(GestureCase):
    def test_a_commune_and_its_budgets_are_one_debtor(self):
        """The small debt of one waits; it is no failure of the other's."""
        annexe = self.make_annexe(self.commune)
        convention = self.make_convention_since("2024-01-01", annexe)
        with freeze_time(TODAY):
            small = self.sell("BACKUP")
            large = self.sell("CERT", convention=convention)
        wizard = (
            self.env["cdg47.quarter.invoice"]
            .with_user(self.user_accountant)
            .create({"year": 2024, "quarter": "2"})
        )
        self.assertRecordValues(
            wizard, [{"order_count": 2, "debtor_count": 1, "amount": 192}]
        )
        wizard.action_invoice()
        self.assertFalse(wizard.report)
        self.assertEqual(wizard.invoice_ids, large.invoice_ids)
        self.assertEqual(small.invoice_status, "to invoice")
