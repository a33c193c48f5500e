# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an accountant types on an invoice is given back once; papers (R16, R17)."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_invoice_gestures import TODAY, GestureCase


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestTypedInvoice(GestureCase):
    def typed(self, price=50, **values):
        """An invoice of no order, as an accountant types it."""
        moves = self.env["account.move"].with_user(self.user_accountant)
        line = {"name": "Frais", "quantity": 1, "price_unit": price}
        line["tax_ids"] = [Command.set(self.service("CERT").taxes_id.ids)]
        return moves.create(
            {
                "move_type": "out_invoice",
                "partner_id": self.commune.id,
                "invoice_date": "2024-06-20",
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )

    def note_of(self, invoice):
        """Open a credit note of what was typed, and of nothing else."""
        action = self.reversal(invoice).refund_moves()
        note = self.env["account.move"].browse(action["res_id"])
        note.invoice_line_ids.filtered("product_id").unlink()
        return note

    def test_typed_line_is_given_back_once(self):
        ordered = self.invoice(self.sell("CERT"))
        line = self.typed().invoice_line_ids
        ordered.invoice_line_ids = [
            Command.create(
                {"name": "Frais", "price_unit": 50, "tax_ids": line.tax_ids.ids}
            )
        ]
        ordered.action_post()
        self.credit(ordered)
        with self.assertRefused(UserError, ordered.name):
            self.note_of(ordered).action_post()

    def test_typed_invoice_is_given_back_once(self):
        invoice = self.typed()
        invoice.action_post()
        self.note_of(invoice).action_post()
        with self.assertRefused(UserError, invoice.name):
            self.note_of(invoice).action_post()

    def test_two_notes_posted_at_once(self):
        invoice = self.typed()
        invoice.action_post()
        notes = self.note_of(invoice) | self.note_of(invoice)
        with self.assertRefused(UserError, invoice.name):
            notes.action_post()

    def test_credited_in_parts(self):
        invoice = self.typed()
        invoice.action_post()
        for price in (20, 30):
            note = self.note_of(invoice)
            note.invoice_line_ids.price_unit = price
            note.action_post()
        self.assertEqual(sum(invoice.reversal_move_ids.mapped("amount_total")), 50)

    def test_paper_of_a_credit_note(self):
        """Nobody paid what it takes off, and it bills nothing."""
        invoice = self.posted(self.sell("CERT"))
        note = self.credit(invoice)
        html = self.html("account.report_invoice_with_payments", note)
        self.assertNotIn("Payé le", html)
        self.assertNotIn("Pourquoi est-ce facturé", html)

    def html(self, report, records):
        reports = self.env["ir.actions.report"].with_context(lang="fr_FR")
        return reports._render_qweb_html(report, records.ids)[0].decode()

    def test_paper_of_a_typed_invoice(self):
        """It says who invoices and who collects, as those of a convention do."""
        invoice = self.typed()
        invoice.action_post()
        html = self.html("account.report_invoice_with_payments", invoice)
        self.assertIn("cdg47_issuer", html)
        self.assertIn("comptable public", html)
        self.assertNotIn("Payment terms", html)
        self.assertNotIn("d'après les débits", html)

    def test_paper_of_a_quotation(self):
        """It says who offers, and what the forfaits cover of what is asked."""
        order = self.quote("CERT", 1, "supplement")
        order.order_line.cdg47_explanation = "C'est compris en partie."
        html = self.html("sale.report_saleorder", order)
        self.assertIn("cdg47_issuer", html)
        self.assertIn("compris en partie", html)
