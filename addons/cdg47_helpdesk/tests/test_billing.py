# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From accepted time to the invoice, and back: late, corrected, cancelled, credited."""

import io
from datetime import date

from freezegun import freeze_time
from pypdf import PdfReader

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.cdg47_convention.tests.electronic_common import (
    PERIOD,
    UNIT,
    ElectronicMixin,
)

from .common import DAY, HelpdeskCase


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestBilling(ElectronicMixin, HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.ttim(hours=4.0)
        cls.order = cls.accepted(cls.ticket)
        cls.line = cls.order.order_line

    def invoice(self):
        invoice = self.order._create_invoices()
        invoice.action_post()
        return invoice

    def test_late_entry_is_billed_once_in_the_next_invoice(self):
        self.work(self.ticket, 60, day=date(2026, 5, 28))
        first = self.invoice()
        late = self.work(self.ticket, 30, day=date(2026, 5, 20))
        self.assertEqual(self.line.qty_to_invoice, 0.5)
        second = self.invoice()
        self.assertEqual((first + second).mapped("amount_untaxed"), [60, 30])
        self.assertEqual(late.timesheet_invoice_id, second)
        self.assertEqual(self.line.qty_to_invoice, 0)
        with self.assertRaises(UserError):
            self.order._create_invoices()

    def test_locked_after_invoicing(self):
        line = self.work(self.ticket, 60)
        self.order._create_invoices()
        other = self.ttim()
        for values in (
            {"real_minutes": 30},
            {"real_hours": 2},
            {"unit_amount": 2},
            {"date": date(2026, 1, 1)},
            {"helpdesk_ticket_id": other.id},
            {"is_not_counted": True, "not_counted_reason": "Geste"},
        ):
            with self.subTest(values), self.assertRaises(UserError):
                line.with_user(self.technician).write(values)
        with self.assertRaises(UserError):
            line.with_user(self.technician).unlink()
        with self.assertRefused(UserError, "facturé"):
            self.ticket.with_user(self.technician)._decide("included", reason="Erreur")
        self.assertEqual(self.parts(self.ticket), [("billable", 60, 60)])

    def test_cancelled_invoice_frees_the_time(self):
        line = self.work(self.ticket, 60)
        invoice = self.invoice()
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(self.line.qty_to_invoice, 1)
        line.with_user(self.technician).real_minutes = 90
        self.assertEqual(self.parts(self.ticket), [("billable", 90, 90)])
        self.assertEqual(self.invoice().amount_untaxed, 90)

    def credit(self, invoice, quantity=None, **values):
        wizard = self.env["account.move.reversal"].create(
            {
                "move_ids": [Command.set(invoice.ids)],
                "journal_id": invoice.journal_id.id,
                "reason": "Erreur",
                **values,
            }
        )
        note = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        if quantity:
            note.invoice_line_ids.filtered("product_id").quantity = quantity
        note.action_post()

    def test_period_never_invoices_what_was_credited(self):
        """g6: an hour invoiced, a part credited, half an hour worked since."""
        self.work(self.ticket, 60)
        invoice = self.invoice()
        self.credit(invoice, quantity=0.5)
        self.work(self.ticket, 30)
        self.assertEqual(self.line.qty_to_invoice, 0.5)
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=self.line.order_id.ids)
            .create(
                {
                    "date_start_invoice_timesheet": "2020-01-01",
                    "date_end_invoice_timesheet": "2030-12-31",
                }
            )
        )
        wizard.create_invoices()
        again = self.line.order_id.invoice_ids.filtered(lambda m: m.state == "draft")
        self.assertEqual(sum(again.invoice_line_ids.mapped("quantity")), 0.5)
        again.action_post()
        self.assertEqual(self.line.qty_to_invoice, 0)

    def test_credit_note_frees_the_time(self):
        line = self.work(self.ticket, 60)
        invoice = self.invoice()
        self.credit(invoice, cdg47_rebill=True)
        self.assertFalse(line.timesheet_invoice_id)
        self.assertEqual(self.line.qty_to_invoice, 1)
        self.assertEqual(self.invoice().amount_untaxed, 60)
        self.assertEqual(self.line.qty_to_invoice, 0)

    def typed_time(self, hours):
        return self.env["account.analytic.line"].create(
            {
                "name": "Intervention",
                "project_id": self.company._cdg47_time_project().id,
                "employee_id": self.technician.employee_id.id,
                "unit_amount": hours,
                "date": date(2026, 6, 15),
                "so_line": self.line.id,
            }
        )

    def test_time_of_no_ticket_stays_on_its_order(self):
        """Feuilles de temps, by an import: credited or cancelled, it was worked."""
        entry = self.typed_time(3)
        cancelled = self.invoice()
        cancelled.button_draft()
        cancelled.button_cancel()
        self.assertEqual((entry.so_line, self.line.qty_to_invoice), (self.line, 3))
        self.credit(self.invoice(), quantity=1)
        self.assertEqual((entry.so_line, self.line.qty_to_invoice), (self.line, 0))
        with self.assertRaises(UserError):
            self.order._create_invoices()

    def test_time_of_no_ticket_is_invoiced_again(self):
        self.typed_time(3)
        self.credit(self.invoice(), quantity=1, cdg47_rebill=True)
        self.assertEqual(self.line.qty_to_invoice, 1)
        self.assertEqual(self.invoice().amount_untaxed, 60)

    def test_several_entries_share_the_estimate_by_date(self):
        self.work(self.ticket, 200, day=DAY.replace(day=12))
        self.work(self.ticket, 100, day=DAY.replace(day=2))
        # 100 is rounded to 105, then 200 to 210: 135 are left of 240.
        self.assertEqual(
            self.parts(self.ticket),
            [("beyond", 65, 65), ("billable", 100, 105), ("billable", 135, 135)],
        )
        self.assertEqual(self.line.qty_delivered, 4)

    def test_cancelled_estimate_admits_nothing(self):
        self.work(self.ticket, 60)
        self.order._action_cancel()
        self.assertEqual(self.parts(self.ticket), [("unaccepted", 60, 60)])

    def test_the_invoice_says_why(self):
        self.work(self.ticket, 60)
        invoice = self.invoice()
        self.assertIn("Annexe 3 V", self.line.cdg47_explanation)
        self.assertEqual(invoice.cdg47_convention_id, self.convention)
        self.assertEqual(self.ticket.billing_step, "invoiced")
        with self.allow_pdf_render():
            report = self.env["ir.actions.report"].with_context(
                force_report_rendering=True
            )
            content, _kind = report._render_qweb_pdf(
                "account.account_invoices", invoice.ids
            )
        pages = PdfReader(io.BytesIO(content)).pages
        text = " ".join(" ".join(page.extract_text() for page in pages).split())
        for words in ("Annexe 3 V", "dépannage", "60,00", self.ticket.number):
            self.assertIn(words, text)

    def test_the_xml_of_worked_time(self):
        """Lawful, in hours, for the days worked; its credit note is lawful too."""
        self.identify_company()
        self.work(self.ticket, 60, day=date(2026, 5, 28))
        self.work(self.ticket, 60, day=date(2026, 6, 2))
        invoice = self.invoice()
        self.assertLawful(invoice)
        self.assertEqual(
            self.values(invoice, UNIT, PERIOD), [["HUR"], ["20260528", "20260602"]]
        )
        self.credit(invoice)
        self.assertLawful(invoice.reversal_move_ids)

    def test_orphan_time_is_attached(self):
        orphan = self.env["account.analytic.line"].create(
            {
                "project_id": self.env.ref("cdg47_helpdesk.project_assistance").id,
                "employee_id": self.technician.employee_id.id,
                "name": "Appel",
                "unit_amount": 0.25,
                "date": DAY,
            }
        )
        wizard = self.env["cdg47.time.attach"].with_user(self.technician)
        wizard = wizard.with_context(
            active_model="account.analytic.line", active_ids=orphan.ids
        ).create({"ticket_id": self.ticket.id})
        wizard.action_attach()
        self.assertEqual(self.parts(self.ticket), [("billable", 15, 15)])
        with self.assertRefused(UserError, "appartient"):
            wizard.copy().action_attach()

    def test_parts_are_corrected_on_their_entry(self):
        entry = self.work(self.ticket, 300)
        part = entry.split_ids
        self.assertTrue(part)
        with self.assertRefused(UserError, "partie"):
            part.with_user(self.technician).real_minutes = 5
        with self.assertRefused(UserError, "partie"):
            part.with_user(self.technician).unlink()
        entry.with_user(self.technician).real_minutes = 30
        self.assertEqual(self.parts(self.ticket), [("billable", 30, 30)])

    def test_timer(self):
        ticket = self.ticket.with_user(self.technician)
        ticket.action_start_timer()
        self.assertTrue(ticket.is_timed)
        self.assertFalse(self.ticket.with_user(self.coordinator).is_timed)
        with freeze_time("2026-06-15 10:20:30"):
            context = ticket.action_stop_timer()["context"]
        self.assertEqual(round(context["default_hours"] * 60), 21)
        wizard = self.env["cdg47.time.entry"].with_user(self.technician)
        wizard.with_context(**context).create({"name": "Dépannage"}).action_enter()
        ticket.invalidate_recordset(["is_timed"])
        self.assertFalse(ticket.is_timed)
        self.assertEqual(self.parts(self.ticket), [("billable", 21, 30)])

    def test_nobody_without_an_employee_record(self):
        self.technician.employee_id.active = False
        with self.assertRefused(UserError, "agent"):
            self.work(self.ticket, 30)

    def test_estimates_one_at_a_time(self):
        ticket = self.ttim()
        ticket.with_user(self.technician).action_estimate()
        with self.assertRefused(UserError, "devis"):
            ticket.with_user(self.technician).action_estimate()
        ticket = self.ttim(hours=0.0)
        with self.assertRefused(UserError, "temps estimé"):
            ticket.with_user(self.technician).action_estimate()

    def test_complementary_service_by_the_day(self):
        ticket = self.make_ticket(service="CONFIG-SI")
        self.assertEqual(ticket.proposed_coverage, "complementary")
        ticket.with_user(self.technician)._decide("complementary")
        ticket.estimated_hours = 3.0
        order = self.accepted(ticket)
        self.assertEqual(order.order_line.product_uom_qty, 0.5)
        self.work(ticket, 210)
        self.assertEqual(order._create_invoices().amount_untaxed, 190)
