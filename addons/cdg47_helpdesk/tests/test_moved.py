# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A request of the wrong collectivité: nothing of the former one follows it."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import HelpdeskCase


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestMoved(HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_convention_since("2024-01-01").partner_id
        cls.contact = cls.make_contact("Madame Dupont", email="dupont@essai.example")
        cls.make_mandate(cls.contact, cls.commune)

    def wrong(self, **values):
        """Return a request of the commune, made by its contact, that was answered."""
        ticket = self.make_ticket(
            partner_id=self.contact.id,
            partner_name=self.contact.name,
            partner_email=self.contact.email,
            **values,
        )
        self.assertIn(self.contact, ticket.message_partner_ids)
        ticket.with_user(self.technician).message_post(
            body="Votre paye est réparée.", subtype_xmlid="mail.mt_comment"
        )
        return ticket

    def move(self, ticket, collectivite=None):
        ticket.with_user(self.technician).write(
            {"collectivite_id": (collectivite or self.other).id}
        )

    def test_by_a_plain_write(self):
        """As by RPC, or a drag in the kanban: all that was of the former one leaves."""
        ticket = self.wrong(service_id=self.service("TTIM").id)
        ticket.with_user(self.technician)._decide("ttim", {"ttim_kind": "repair"})
        ticket.estimated_hours = 2
        self.move(ticket)
        self.assertFalse(ticket.partner_id | ticket.message_partner_ids & self.contact)
        self.assertFalse(ticket.partner_email)
        self.assertEqual(ticket.coverage, "undetermined")
        self.assertFalse(ticket.verdict or ticket.ttim_kind or ticket.estimated_hours)
        self.assertEqual(ticket.convention_id.partner_id, self.other)
        said = ticket.message_ids.filtered(lambda message: "paye" in message.body)
        self.assertTrue(said.is_internal, "the new commune does not read it")
        message = ticket.with_user(self.technician).message_post(
            body="Bonjour", subtype_xmlid="mail.mt_comment"
        )
        self.assertNotIn(self.contact, message.notified_partner_ids)

    def test_who_acts_for_both_stays(self):
        self.make_mandate(self.contact, self.other)
        ticket = self.wrong()
        self.move(ticket)
        self.assertEqual(ticket.partner_id, self.contact)
        self.assertIn(self.contact, ticket.message_partner_ids)

    def test_the_contact_chosen_with_it(self):
        clerk = self.make_contact("Monsieur Durand", email="durand@essai.example")
        self.make_mandate(clerk, self.other)
        ticket = self.wrong()
        ticket.write({"collectivite_id": self.other.id, "partner_id": clerk.id})
        self.assertEqual(ticket.partner_id, clerk)
        self.assertEqual(ticket.message_partner_ids & (clerk | self.contact), clerk)

    def test_back_to_triage(self):
        ticket = self.wrong()
        ticket.with_user(self.technician).write({"collectivite_id": False})
        self.assertFalse(ticket.partner_id | ticket.message_partner_ids & self.contact)

    def test_an_estimate_not_accepted_is_withdrawn(self):
        ticket = self.ttim()
        ticket.with_user(self.technician).action_estimate()
        ticket.with_user(self.technician).action_send_estimate()
        order = ticket.order_ids
        self.move(ticket)
        self.assertEqual(order.state, "cancel")
        self.assertFalse(ticket.sale_line_ids)
        self.assertEqual(ticket.billing_step, "none")

    def test_time_counted_is_given_back(self):
        ticket = self.qualified("quota", "AUDIT-SECU")
        line = self.work(ticket, 60)
        fact = line.consumption_id
        self.assertTrue(fact)
        self.move(ticket)
        self.assertTrue(fact.reversal_ids)
        self.assertEqual(line.time_state, "undecided")
        self.assertEqual(line.partner_id, self.other)
        self.assertNoDifference()

    def test_what_is_accepted_stays(self):
        ticket = self.ttim()
        self.accepted(ticket)
        with self.assertRefused(UserError, "acceptée"):
            self.move(ticket)
        self.assertEqual(ticket.collectivite_id, self.commune)
        self.assertEqual(ticket.coverage, "ttim")

    def test_asked_first_in_the_form(self):
        ticket = self.wrong()
        with (
            Form(ticket.with_user(self.technician)) as form,
            self.assertRaises(AssertionError),
        ):
            form.collectivite_id = self.other
        wizard = self.env["cdg47.ticket.move"].with_user(self.technician)
        with Form(wizard.with_context(default_ticket_id=ticket.id)) as form:
            form.collectivite_id = self.other
        form.record.action_move()
        self.assertEqual(ticket.collectivite_id, self.other)
        self.assertFalse(ticket.partner_id)

    def test_the_same_collectivite_changes_nothing(self):
        ticket = self.wrong()
        ticket.with_user(self.technician)._decide("included")
        self.move(ticket, self.commune)
        self.assertEqual(ticket.partner_id, self.contact)
        self.assertEqual(ticket.coverage, "included")
