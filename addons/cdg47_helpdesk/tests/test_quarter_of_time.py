# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Time worked is invoiced with the quarter in which it was worked."""

from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common import HelpdeskCase


@freeze_time("2026-07-15 10:00:00")
@tagged("post_install", "-at_install")
class TestQuarterOfTime(HelpdeskCase):
    def quarter(self, number):
        wizards = self.env["cdg47.quarter.invoice"].with_user(self.user_accountant)
        return wizards.create({"year": 2026, "quarter": str(number)})

    def test_june_then_july(self):
        ticket = self.ttim(hours=4.0)
        order = self.accepted(ticket)
        june = self.work(ticket, 60, date(2026, 6, 20))
        july = self.work(ticket, 120, date(2026, 7, 2))
        wizard = self.quarter(2)
        self.assertEqual(wizard.amount, 60)
        wizard.action_invoice()
        self.assertEqual(order.invoice_ids.amount_untaxed, 60)
        self.assertEqual(june.timesheet_invoice_id, order.invoice_ids)
        self.assertFalse(july.timesheet_invoice_id)
        self.assertEqual(self.quarter(2).order_count, 0)
        wizard = self.quarter(3)
        self.assertEqual(wizard.amount, 120)
        wizard.action_invoice()
        self.assertEqual(sum(order.invoice_ids.mapped("amount_untaxed")), 180)
        self.assertIn(july.timesheet_invoice_id, order.invoice_ids)

    def test_invoiced_by_itself_it_takes_all(self):
        ticket = self.ttim(hours=4.0)
        order = self.accepted(ticket)
        self.work(ticket, 60, date(2026, 6, 20))
        self.work(ticket, 120, date(2026, 7, 2))
        self.assertEqual(order._create_invoices().amount_untaxed, 180)
