# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Time that a right covers: the ledger decides, and the lines follow it."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DAY, HelpdeskCase


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestQuota(HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.qualified("quota", "AUDIT-SECU")

    def test_proposed_and_explained(self):
        asked = self.make_ticket(service="AUDIT-SECU")
        self.assertEqual(asked.proposed_coverage, "quota")
        self.assertFalse(self.ticket.proposed_coverage)
        self.assertIn("Annexe 3 II 1", self.ticket.verdict)
        self.assertFalse(self.env["cdg47.consumption"].search_count([]))

    def test_no_sum_is_told_of_an_hour_that_nobody_estimated(self):
        """Asked: what is left of the right. Used up: the price of a unit, no sum."""
        asked = self.make_ticket(service="AUDIT-SECU")
        self.assertIn(
            "dans la limite de ce qu'il reste de votre droit\xa0: 7\xa0heures",
            asked.proposed_verdict,
        )
        self.work(self.ticket, 300, day=DAY.replace(day=14))
        asked = self.make_ticket(service="AUDIT-SECU")
        self.assertIn("2\xa0heures", asked.proposed_verdict)
        self.work(self.ticket, 180, day=DAY.replace(day=14))
        asked = self.make_ticket(service="AUDIT-SECU")
        self.assertIn("Il ne reste rien de votre droit", asked.proposed_verdict)
        self.assertIn("par jour, à accepter par le maire", asked.proposed_verdict)
        self.assertNotIn("×", asked.proposed_verdict)
        # Estimated, the sum is that of the estimate.
        asked.estimated_hours = 3.5
        self.assertIn("0,5\xa0jour ×", asked.proposed_verdict)

    def test_partly_covered_entry_is_two_lines(self):
        """40 minutes left, 60 worked: 40 covered, 20 beyond, 60 in all."""
        self.work(self.ticket, 380, day=DAY.replace(day=14))
        line = self.work(self.ticket, 60)
        self.assertEqual(
            self.parts(self.ticket),
            [("beyond", 20, 20), ("covered", 40, 40), ("covered", 380, 380)],
        )
        self.assertEqual(line.real_total, 60)
        self.assertEqual(len(line.split_ids), 1)
        fact = line.consumption_id
        self.assertEqual((fact.covered_amount, fact.billable_amount), (40, 20))
        self.assertEqual(fact.origin, self.ticket)

    def test_without_convention_the_time_is_kept(self):
        """No right counts it: it waits to be decided."""
        stranger = self.make_commune()
        ticket = self.make_ticket(stranger, "AUDIT-SECU")
        ticket.with_user(self.technician)._decide("quota", sentence="À décider")
        self.assertFalse(self.work(ticket, 60).consumption_id)
        self.assertEqual(ticket.worked_hours, 1)

    def test_late_entry_moves_the_later_ones(self):
        """The order of the days decides, not the order of the entries."""
        late = self.work(self.ticket, 400, day=DAY.replace(day=10))
        self.work(self.ticket, 60, day=DAY.replace(day=1))
        self.assertEqual(
            self.parts(self.ticket),
            [("beyond", 40, 40), ("covered", 60, 60), ("covered", 360, 360)],
        )
        self.assertEqual(late.real_total, 400)

    def test_another_ticket_follows(self):
        """What one ticket uses changes what another one has left."""
        other = self.qualified("quota", "AUDIT-SECU")
        self.work(self.ticket, 400, day=DAY.replace(day=10))
        self.work(other, 60, day=DAY.replace(day=1))
        self.assertEqual(self.parts(other), [("covered", 60, 60)])
        self.assertEqual(
            self.parts(self.ticket), [("beyond", 40, 40), ("covered", 360, 360)]
        )

    def test_corrected_and_removed(self):
        line = self.work(self.ticket, 430)
        line.write({"real_hours": 1.5})
        self.assertEqual(self.parts(self.ticket), [("covered", 90, 90)])
        self.assertNoDifference()
        line.unlink()
        self.assertFalse(self.ticket.timesheet_ids)
        right = self.env["cdg47.entitlement"].search([])
        self.assertFalse(sum(right.mapped("consumed_amount")))

    def test_not_counted_uses_nothing(self):
        line = self.work(self.ticket, 60)
        line.write({"is_not_counted": True, "not_counted_reason": "Geste"})
        self.assertEqual(self.parts(self.ticket), [("waived", 60, 60)])
        self.assertFalse(line.consumption_id)

    def test_verdict_corrected_gives_the_right_back(self):
        self.work(self.ticket, 60)
        technician = self.ticket.with_user(self.technician)
        with self.assertRefused(UserError, "pourquoi"):
            technician._decide("included")
        technician._decide("included", reason="Question de tous les jours")
        self.assertEqual(self.parts(self.ticket), [("included", 60, 60)])
        self.assertIn(
            "Question de tous les jours",
            "".join(self.ticket.message_ids.mapped("body")),
        )
        self.assertNoDifference()

    def test_overage_accepted_is_billed_by_the_ledger(self):
        self.work(self.ticket, 420 + 210)
        fact = self.ticket.timesheet_ids.consumption_id
        order = self.convention._quote_services(
            [
                {
                    "product_id": self.service("AUDIT-SECU"),
                    "quantity": 0.5,
                    "kind": "overage",
                    "consumptions": fact,
                }
            ]
        )
        self.assertEqual(self.parts(self.ticket)[0][0], "beyond")
        order.action_quotation_sent()
        order.sudo().write({"signed_by": "Maire", "signed_on": "2026-06-15 09:00:00"})
        order.sudo()._validate_order()
        self.assertEqual(
            self.parts(self.ticket), [("covered", 420, 420), ("overage", 210, 210)]
        )
        self.assertEqual(order.order_line.qty_delivered, 0.5)
        self.assertEqual(order._create_invoices().amount_untaxed, 210)

    def test_no_right_on_that_day_keeps_the_time(self):
        self.work(self.ticket, 30, day=date(2019, 1, 1))
        self.assertEqual(self.parts(self.ticket), [("undecided", 30, 30)])

    def test_software_asked_for_its_right(self):
        ticket = self.make_ticket(service="INSTALL-METIERS")
        self.assertTrue(ticket.is_by_software)
        ticket.software_id = self.payroll
        ticket.with_user(self.technician)._decide("quota")
        self.work(ticket, 60)
        self.assertEqual(ticket.timesheet_ids.consumption_id.scope_id, self.payroll)

    def test_what_is_derived_is_not_entered(self):
        line = self.work(self.ticket, 60)
        for values in ({"time_state": "included"}, {"consumption_id": False}):
            as_technician = line.with_user(self.technician)
            # A context comes from anybody: saying that the ticket writes is no right.
            for claim in ({}, {"cdg47_settling": True}):
                with self.assertRaises(AccessError):
                    as_technician.with_context(**claim).write(values)
        for values in ({"coverage": "included"}, {"verdict": "Inclus"}):
            with self.assertRaises(AccessError):
                self.ticket.with_user(self.technician).write(values)
