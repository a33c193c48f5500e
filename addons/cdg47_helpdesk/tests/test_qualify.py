# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""« Qualifier », « Décider »: each service of the catalogue, for each membership."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.cdg47_convention.tests.membership_common import MembershipMixin

from .common import HelpdeskCase


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestQualify(MembershipMixin, HelpdeskCase):
    def qualify(self, ticket, service):
        """Choose the service in « Qualifier », and press « Décider »."""
        wizards = self.env["cdg47.ticket.qualify"].with_user(self.technician)
        # Four hundred decisions: what is tracked of each is not what is told here.
        wizards = wizards.with_context(tracking_disable=True)
        wizard = wizards.create({"ticket_id": ticket.id, "service_id": service.id})
        wizard.software_id = wizard.is_by_software and self.payroll
        if wizard.coverage == "ttim":
            wizard.ttim_kind = "repair"
        if wizard.coverage == "exceptional":
            wizard.write({"cause": "misuse", "cause_actor": "agent"})
        wizard.reason = "Un autre service est demandé"
        wizard.action_decide()
        self.env.flush_all()

    def test_each_service_for_each_membership(self):
        """A decision, or a sentence that says how to join; never a crash."""
        services = self.env["product.product"].search([("cdg47_is_service", "=", True)])
        self.assertGreater(len(services), 40)
        for membership, commune in self.memberships().items():
            ticket = self.make_ticket(commune)
            for service in services:
                with self.subTest(membership, service=service.default_code):
                    self.qualify(ticket, service)
                    self.assertSaidWell(ticket)

    def assertSaidWell(self, ticket):
        """Nothing is quoted that no tariff prices; what is not decided says the way."""
        self.assertTrue(ticket.verdict)
        self.assertNotRegex(ticket.verdict, r", \.|: \.")
        if ticket.coverage == "undetermined":
            self.assertRegex(ticket.verdict, "adhérer|éditeur|complémentaire|plus loin")
        elif ticket.coverage == "complementary":
            self.assertTrue(ticket.service_id.sale_ok, ticket.verdict)

    def test_a_decision_says_something(self):
        """A coverage that nothing explains asks for words of its own."""
        ticket = self.make_ticket(service="ASSIST-METIERS")
        with self.assertRefused(UserError, "dit à la collectivité"):
            ticket.with_user(self.technician)._decide("quota")
        ticket.with_user(self.technician)._decide("quota", sentence="Sur un droit.")
        self.assertEqual(ticket.verdict, "Sur un droit.")
