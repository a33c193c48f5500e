# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A service asked for in the portal becomes a ticket, its quotation an estimate."""

from odoo.tests import tagged

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_convention.models.money.service_request import (
    request_service,
)

from .common import HelpdeskCase


@tagged("post_install", "-at_install")
class TestServiceRequest(HelpdeskCase):
    def ask(self, code, quantity=1.0):
        """Ask for a service as the portal does, and return the ticket and the order."""
        in_force = self.commune._cdg47_conventions_at(today_in_paris())
        contact = self.make_contact("Secrétaire")
        order = request_service(
            in_force[self.commune].sudo(),
            self.service(code),
            quantity,
            "Pour le bureau d'accueil",
            contact,
        )
        ticket = self.env["helpdesk.ticket"].search([("partner_id", "=", contact.id)])
        return ticket, order

    def test_time_is_the_estimate_of_the_ticket(self):
        ticket, order = self.ask("TTIM", 2)
        self.assertEqual(ticket.collectivite_id, self.commune)
        self.assertEqual(ticket.written_request_by, "Secrétaire")
        self.assertIn("bureau d'accueil", ticket.description)
        self.assertEqual(ticket.estimated_hours, 2)
        self.assertEqual(ticket.order_ids, order)
        self.assertEqual(order.order_line.cdg47_kind, "time")
        self.assertEqual(ticket.billing_step, "draft")

    def test_what_is_not_time_is_delivered_by_its_order(self):
        self.set_price("VPN", 30)
        ticket, order = self.ask("VPN", 3)
        self.assertFalse(ticket.order_ids)
        self.assertEqual(order.order_line.cdg47_kind, "supplement")
        self.assertIn(order.name, ticket.message_ids[0].body)
