# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Annexe 3 V and VI, as they are written: what is included, what is billed, when."""

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import DAY, HelpdeskCase


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestIncluded(HelpdeskCase):
    def test_never_billable_whatever_is_typed(self):
        """VI: daily use is included; no field makes it billable."""
        other = self.accepted(self.ttim())
        ticket = self.qualified("included", "ASSIST-METIERS")
        line = self.work(ticket, 200, so_line=other.order_line.id)
        self.assertEqual(self.parts(ticket), [("included", 200, 200)])
        line.write({"so_line": other.order_line.id, "unit_amount": 3})
        self.assertEqual(self.parts(ticket), [("included", 180, 180)])
        self.assertFalse(line.so_line)
        self.assertEqual(other.order_line.qty_delivered, 0)
        with self.assertRefused(UserError, "Qualifiez"):
            ticket.with_user(self.technician).action_estimate()

    def test_licences_and_certificates_draw_on_nothing(self):
        """Help with what is held never draws on a quota (R7)."""
        for code in ("EPP", "CERT", "ACTES", "ASSIST-METIERS"):
            ticket = self.make_ticket(service=code)
            with self.subTest(code):
                self.assertEqual(ticket.proposed_coverage, "included")
                self.assertIn("Annexe", ticket.proposed_verdict)
                ticket.with_user(self.technician)._decide("included")
                self.work(ticket, 60)
        self.assertFalse(self.env["cdg47.consumption"].search_count([]))


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestExceptional(HelpdeskCase):
    def test_cause_and_actor_are_stated(self):
        ticket = self.make_ticket(service="ASSIST-METIERS")
        with self.assertRefused(ValidationError, "cause"):
            ticket.with_user(self.technician)._decide("exceptional")

    def test_without_written_request_no_invoice(self):
        ticket = self.exceptional()
        ticket.with_user(self.technician).action_estimate()
        ticket.with_user(self.technician).action_send_estimate()
        order = ticket.order_ids
        self.work(ticket, 60)
        self.assertEqual(self.parts(ticket), [("unaccepted", 60, 60)])
        with self.assertRefused(UserError, "demande écrite"):
            order.action_confirm()
        self.assertFalse(order.order_line.qty_to_invoice)

    def test_without_the_setting_the_written_request_remains(self):
        """Acceptance is a setting; the written request of VI is not."""
        self.company.cdg47_acceptance_required = False
        ticket = self.exceptional()
        ticket.with_user(self.technician).action_estimate()
        order = ticket.order_ids
        with self.assertRefused(UserError, "demande écrite"):
            order.action_confirm()
        ticket._record_written_request("Maire", DAY)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_recorded_by_the_back_office(self):
        ticket = self.exceptional()
        technician = ticket.with_user(self.technician)
        technician.action_estimate()
        technician.action_send_estimate()
        self.work(ticket, 16)
        wizard = self.env["cdg47.written.request"].with_user(self.technician)
        wizard.create(
            {
                "ticket_id": ticket.id,
                "requested_by": "Madame la maire",
                "requested_on": "2026-06-14",
                "document": "ZGVtYW5kZQ==",
                "document_name": "demande.pdf",
            }
        ).action_record()
        self.assertRecordValues(
            ticket,
            [
                {
                    "written_request_by": "Madame la maire",
                    "written_request_on": DAY.replace(day=14),
                    "billing_step": "to_invoice",
                }
            ],
        )
        self.assertEqual(ticket.written_request_document_id.name, "demande.pdf")
        self.assertEqual(self.parts(ticket), [("billable", 16, 30)])

    def test_prerequisites_cite_the_sheet_of_the_day(self):
        sheets = self.env["cdg47.prerequisite.sheet"]
        sheets.create(
            [
                {
                    "name": f"Postes {year}",
                    "product_id": self.service("ASSIST-METIERS").id,
                    "date_from": f"{year}-01-01",
                    "date_to": f"{year}-12-31",
                    "content": "<p>Windows 11</p>",
                }
                for year in (2025, 2026)
            ]
        )
        ticket = self.exceptional(cause="prerequisites", cause_actor="contractor")
        self.assertIn("Postes 2026", ticket.verdict)
        self.assertNotIn("Postes 2025", ticket.verdict)
        self.assertIn("prestataire", ticket.verdict)
        self.assertIn("60,00", ticket.verdict)


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestTtim(HelpdeskCase):
    def test_the_answer_in_euros_comes_first(self):
        """What is said is what the estimate sums up to, its step included."""
        ticket = self.ttim(hours=2.9)
        self.assertRegex(
            ticket.verdict,
            r"^Ce n'est pas compris\xa0: 60,00\xa0€ par heure ou 380,00\xa0€ par jour, "
            r"à accepter par le maire\. .*Annexe 3 V\)\.$",
        )
        ticket.with_user(self.technician).action_estimate()
        self.assertRegex(
            ticket.order_ids.order_line.cdg47_explanation,
            r"^Ce n'est pas compris\xa0: 180,00\xa0€ \(3\xa0heures × 60,00\xa0€\), à ",
        )
        self.assertEqual(ticket.order_ids.amount_total, 180)
        included = self.qualified("included", "ASSIST-METIERS")
        self.assertRegex(
            included.verdict, "^C'est compris\xa0: vous n'avez rien à payer"
        )

    def test_kept_unbilled_until_accepted(self):
        """V: without an accepted estimate, time is kept and not billed."""
        ticket = self.ttim()
        self.work(ticket, 60)
        self.assertEqual(self.parts(ticket), [("unaccepted", 60, 60)])
        self.assertTrue(ticket.activity_ids.filtered("note"))
        order = self.accepted(ticket)
        self.assertEqual(self.parts(ticket), [("billable", 60, 60)])
        self.assertEqual(order.order_line.qty_to_invoice, 1)
        self.assertFalse(ticket.activity_ids)

    def test_both_totals(self):
        ticket = self.ttim(hours=8.0)
        self.assertEqual(ticket.estimate_by_hour, 480)
        # 8 h are a day and a half-day of 3 h 30.
        self.assertEqual(ticket.estimate_by_day, 380 * 1.5)

    def test_beyond_the_estimate(self):
        ticket = self.ttim(hours=2.0)
        order = self.accepted(ticket)
        line = self.work(ticket, 140)
        self.assertEqual(
            self.parts(ticket), [("beyond", 20, 20), ("billable", 120, 120)]
        )
        self.assertEqual(line.real_total, 140)
        self.assertEqual(order.order_line.qty_to_invoice, 2)
        self.assertEqual(ticket.unbilled_hours * 60, 20)
        self.assertIn("0:20", ticket.activity_ids.note or "00:20")
        invoice = order._create_invoices()
        self.assertEqual(invoice.amount_untaxed, 120)
        # What an invoice holds no longer moves; the rest waits for a complement.
        ticket.with_user(self.technician).action_estimate_beyond()
        self.assertEqual(ticket.estimated_hours * 60, 20)
        complement = ticket.order_ids - order
        self.assertEqual(complement.order_line.product_uom_qty, 0.5)
        self.accept(complement)
        self.assertEqual(
            self.parts(ticket), [("billable", 20, 30), ("billable", 120, 120)]
        )
        self.assertEqual(complement.order_line.qty_to_invoice, 0.5)
        self.assertFalse(ticket.activity_ids)

    def accept(self, order):
        order.action_quotation_sent()
        order.sudo().write({"signed_by": "Maire", "signed_on": "2026-06-15 09:00:00"})
        order.sudo()._validate_order()

    def test_a_third_of_a_day_three_times_is_a_day(self):
        ticket = self.ttim(hours=7.0, unit="day")
        order = self.accepted(ticket)
        self.assertEqual(order.order_line.product_id.default_code, "TTIM-J")
        for day in (1, 2, 3):
            self.work(ticket, 140, day=DAY.replace(day=day))
        self.assertEqual(order.order_line.qty_delivered, 1)
        self.assertEqual(order._create_invoices().amount_untaxed, 380)
        self.assertFalse(ticket.unbilled_hours)

    def test_twenty_minutes_at_sixty_euros_an_hour(self):
        self.company.cdg47_billing_step = 20
        order = self.accepted(self.ttim(hours=1.0))
        self.work(order.order_line.helpdesk_ticket_id, 20)
        self.assertEqual(order._create_invoices().amount_untaxed, 20.00)

    def test_rounding_of_entries(self):
        expected = {1: 15, 8: 15, 14: 15, 15: 15, 16: 30}
        for worked, counted in expected.items():
            ticket = self.ttim()
            self.accepted(ticket)
            self.work(ticket, worked)
            with self.subTest(worked):
                self.assertEqual(self.parts(ticket), [("billable", worked, counted)])
        ticket = self.ttim()
        order = self.accepted(ticket)
        self.work(ticket, 0)
        self.assertEqual(order.order_line.qty_delivered, 0)

    def test_line_of_another_collectivite_refused(self):
        """By a list, an import or RPC: its time would be invoiced to the other."""
        other = self.make_convention_since("2024-01-01").partner_id
        theirs = self.accepted(self.ttim(partner=other)).order_line
        ticket = self.ttim()
        with self.assertRefused(ValidationError, theirs.order_id.name):
            theirs.helpdesk_ticket_id = ticket
        theirs.order_id.sudo().convention_id = False
        with self.assertRefused(ValidationError, theirs.order_id.name):
            theirs.order_id.partner_id = self.commune

    def test_order_of_another_collectivite_refused(self):
        ours = self.ttim()
        self.accepted(ours)
        other = self.make_convention_since("2024-01-01").partner_id
        theirs = self.accepted(self.ttim(partner=other))
        with self.assertRefused(ValidationError, other.name):
            self.work(ours, 30, so_line=theirs.order_line.id)
        line = self.work(ours, 30)
        with self.assertRefused(ValidationError, other.name):
            line.so_line = theirs.order_line

    def test_not_counted_with_reason(self):
        ticket = self.ttim()
        order = self.accepted(ticket)
        with self.assertRefused(ValidationError, "décompté"):
            self.work(ticket, 30, is_not_counted=True)
        self.work(ticket, 30, is_not_counted=True, not_counted_reason="Geste")
        self.assertEqual(self.parts(ticket), [("waived", 30, 30)])
        self.assertEqual(order.order_line.qty_delivered, 0)
