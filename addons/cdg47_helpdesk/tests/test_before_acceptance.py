# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What was worked before the acceptance is never billable (g20, R7, R15)."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import HelpdeskCase

EARLY = date(2026, 11, 10)
ACCEPTED = date(2026, 11, 28)


@freeze_time("2026-11-28 10:00:00")
@tagged("post_install", "-at_install")
class TestBeforeAcceptance(HelpdeskCase):
    def sent(self, **values):
        ticket = self.ttim(**values)
        ticket.with_user(self.technician).action_estimate()
        ticket.with_user(self.technician).action_send_estimate()
        return ticket

    def sign(self, ticket, moment="2026-11-28 09:00:00"):
        order_sudo = ticket.order_ids.filtered(lambda o: o.state == "sent").sudo()
        order_sudo.write({"signed_by": "Maire", "signed_on": moment})
        order_sudo._validate_order()
        return order_sudo.order_line

    def request_in_writing(self, ticket, day=ACCEPTED):
        self.env["cdg47.written.request"].with_user(self.technician).create(
            {
                "ticket_id": ticket.id,
                "requested_by": "Madame la maire",
                "requested_on": day,
                "document": "ZGVtYW5kZQ==",
            }
        ).action_record()
        return ticket.order_ids.order_line

    def test_written_request_after_the_work(self):
        ticket = self.exceptional()
        ticket.with_user(self.technician).action_estimate()
        ticket.with_user(self.technician).action_send_estimate()
        self.work(ticket, 60, EARLY)
        line = self.request_in_writing(ticket)
        self.assertEqual(self.parts(ticket), [("early", 60, 60)])
        self.assertEqual((line.qty_delivered, line.qty_to_invoice), (0, 0))
        self.work(ticket, 30, ACCEPTED)
        self.assertEqual(self.parts(ticket), [("billable", 30, 30), ("early", 60, 60)])
        self.assertEqual(line.qty_to_invoice, 0.5)

    def test_signed_after_the_work(self):
        for unit in ("hour", "day"):
            with self.subTest(unit=unit):
                ticket = self.sent(unit=unit)
                self.work(ticket, 60, EARLY)
                line = self.sign(ticket)
                self.assertEqual(self.parts(ticket), [("early", 60, 60)])
                self.assertEqual(line.qty_delivered, 0)
                self.assertFalse(ticket.unbilled_hours, "nothing is to be regularised")
                self.assertFalse(ticket.activity_ids)

    def test_entered_late_or_moved(self):
        """Its day decides, whenever and however it is entered."""
        ticket = self.sent()
        line = self.sign(ticket)
        entry = self.work(ticket, 60, EARLY)
        self.assertEqual(line.qty_to_invoice, 0)
        entry.with_user(self.technician).date = ACCEPTED
        self.assertEqual(line.qty_to_invoice, 1)
        entry.with_user(self.technician).date = EARLY
        self.assertEqual(self.parts(ticket), [("early", 60, 60)])

    def test_each_estimate_from_its_own_day(self):
        ticket = self.sent(hours=1.0)
        first = self.sign(ticket, "2026-11-05 09:00:00")
        self.work(ticket, 90, EARLY)
        self.assertEqual(self.parts(ticket), [("beyond", 30, 30), ("billable", 60, 60)])
        ticket.estimated_hours = 1.0
        ticket.with_user(self.technician).action_estimate()
        ticket.with_user(self.technician).action_send_estimate()
        second = self.sign(ticket) - first
        self.assertEqual(self.parts(ticket), [("billable", 60, 60), ("early", 30, 30)])
        self.assertEqual((first.qty_to_invoice, second.qty_to_invoice), (1, 0))

    def test_no_estimate_of_what_nobody_accepted(self):
        """« Devis complémentaire »: what is worked already is not sold afterwards."""
        ticket = self.sent(hours=1.0)
        self.sign(ticket, "2026-11-05 09:00:00")
        self.work(ticket, 90, EARLY)
        with self.assertRefused(UserError, "jamais facturé"):
            ticket.with_user(self.technician).action_estimate_beyond()
        self.assertEqual(len(ticket.order_ids), 1)
        # That of today may still be accepted today.
        self.work(ticket, 20, ACCEPTED)
        ticket.with_user(self.technician).action_estimate_beyond()
        self.assertEqual(ticket.estimated_hours * 60, 20)

    def test_an_estimate_says_it(self):
        ticket = self.ttim()
        self.work(ticket, 60, EARLY)
        ticket.with_user(self.technician).action_estimate()
        line = ticket.order_ids.order_line
        self.assertIn("avant", line.cdg47_explanation)
        self.assertRegex(line.cdg47_explanation, r"0?1:00")
        other = self.ttim()
        other.with_user(self.technician).action_estimate()
        self.assertNotIn("avant", other.order_ids.order_line.cdg47_explanation)

    def test_without_the_setting(self):
        """Nothing is to be accepted: nothing is worked before it."""
        self.company.cdg47_acceptance_required = False
        ticket = self.ttim()
        self.work(ticket, 60, EARLY)
        ticket.with_user(self.technician).action_estimate()
        ticket.order_ids.action_confirm()
        self.assertEqual(self.parts(ticket), [("billable", 60, 60)])

    def test_by_a_timesheet_of_no_ticket(self):
        """Feuilles de temps: the order line is chosen by hand there."""
        line = self.sign(self.sent())
        values = {
            "name": "Intervention",
            "project_id": self.company._cdg47_time_project().id,
            "employee_id": self.technician.employee_id.id,
            "unit_amount": 1,
            "so_line": line.id,
        }
        timesheets = self.env["account.analytic.line"]
        with self.assertRefused(ValidationError, "accept"):
            timesheets.create({**values, "date": EARLY})
        entry = timesheets.create({**values, "date": ACCEPTED})
        with self.assertRefused(ValidationError, "accept"):
            entry.date = EARLY
