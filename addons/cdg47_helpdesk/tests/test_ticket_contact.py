# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An unknown sender becomes a contact, with a mandate or the asking of one."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import HelpdeskCase
from .test_mail_in import raw


@tagged("post_install", "-at_install")
class TestTicketContact(HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create({"name": "mails.example.com"})
        cls.env.company.alias_domain_id = domain
        team = cls.env.ref("cdg47_helpdesk.team_software")
        team.alias_id.alias_domain_id = domain
        cls.commune.name = "Agmé"

    def unknown(self, key, sender="Jeanne Roux <jeanne@agme.example.com>"):
        """Return the request of a sender whom nobody knows."""
        known = self.env["helpdesk.ticket"].search([])
        self.env["mail.thread"].message_process(False, raw(key, sender))
        return self.env["helpdesk.ticket"].search([]) - known

    def fill(self, ticket, user=None, **values):
        """Fill the assistant as a technician does, and leave it open."""
        wizards = self.env["cdg47.ticket.contact"].with_user(user or self.technician)
        form = Form(wizards.with_context(default_ticket_id=ticket.id))
        form.collectivite_id = self.commune
        for name, value in values.items():
            form[name] = value
        return form.save()

    def mandates(self, contact):
        return self.env["cdg47.mandate"].search([("contact_id", "=", contact.id)])

    def test_contact_and_mandate(self):
        ticket = self.unknown("one")
        sent = self.env["mail.mail"].search_count([])
        wizard = self.fill(ticket)
        self.assertEqual(
            (wizard.name, wizard.email), ("Jeanne Roux", "jeanne@agme.example.com")
        )
        wizard.action_create()
        contact = ticket.partner_id
        self.assertEqual(contact.parent_id, self.commune)
        self.assertEqual(contact.email, "jeanne@agme.example.com")
        self.assertEqual(ticket.collectivite_id, self.commune)
        self.assertFalse(ticket.needs_triage)
        self.assertIn(contact, ticket.message_partner_ids)
        self.assertEqual(self.mandates(contact).role, "secretary")
        self.assertEqual(self.mandates(contact).collectivite_id, self.commune)
        # The receipt has been sent already.
        self.assertEqual(self.env["mail.mail"].search_count([]), sent)
        # The next mail is theirs by itself.
        again = self.unknown("two")
        self.assertEqual(again.collectivite_id, self.commune)
        self.assertEqual(again.partner_id, contact)

    def test_a_mandate_of_signatory_is_asked_for(self):
        ticket = self.unknown("mayor")
        wizard = self.fill(ticket, role="signatory")
        self.assertTrue(wizard.is_mandate_asked)
        wizard.action_create()
        self.assertEqual(ticket.collectivite_id, self.commune)
        self.assertFalse(self.mandates(ticket.partner_id))
        asked = self.commune.activity_ids
        self.assertIn("Jeanne Roux", asked.summary)
        self.assertTrue(
            asked.user_id.has_group("cdg47_convention.group_convention_manager")
        )

    def test_a_manager_records_a_signatory(self):
        manager = new_test_user(
            self.env,
            "responsable-essai",
            groups="cdg47_convention.group_convention_manager,"
            "cdg47_helpdesk.group_helpdesk_technician",
        )
        ticket = self.unknown("mayor")
        wizard = self.fill(ticket, manager, role="signatory")
        self.assertFalse(wizard.is_mandate_asked)
        wizard.action_create()
        self.assertEqual(self.mandates(ticket.partner_id).role, "signatory")
        self.assertFalse(self.commune.activity_ids)

    def test_nobody_is_created_twice(self):
        known = self.make_contact("Jeanne", email="JEANNE@agme.example.com")
        ticket = self.unknown("known")
        wizard = self.fill(ticket)
        self.assertEqual(wizard.known_id, known)
        wizard.action_create()
        wizard.action_create()
        self.assertEqual(ticket.partner_id, known)
        self.assertEqual(len(self.mandates(known)), 1)

    def test_refused_with_a_sentence(self):
        ticket = self.unknown("faults")
        for values in ({"name": " "}, {"email": "jeanne"}):
            with self.subTest(values), self.assertRefused(UserError, "[.]"):
                self.fill(ticket, **values).action_create()
        self.assertFalse(ticket.partner_id)

    def test_only_who_sorts_requests(self):
        ticket = self.unknown("rights")
        with self.assertRaises(AccessError):
            self.fill(ticket, self.user_employee)
