# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mails: the right collectivité, or a question, never a guess."""

from odoo.tests import tagged

from .common import HelpdeskCase

MAIL = """Message-ID: <{key}@example.com>
Date: Mon, 15 Jun 2026 09:00:00 +0200
From: {sender}
To: assistance-logiciels@example.com
Subject: {subject}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Bonjour, le logiciel ne s'ouvre plus.
"""


@tagged("post_install", "-at_install")
class TestGateway(HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_commune(300)
        cls.secretary = cls.make_contact(email="mairie.a@collectivite47.fr")
        cls.make_mandate(cls.secretary, cls.commune)
        cls.shared = cls.make_contact(email="partagee@collectivite47.fr")
        for commune in cls.commune | cls.other:
            cls.make_mandate(cls.shared, commune)

    def receive(self, sender, subject="Panne"):
        ticket_id = self.env["mail.thread"].message_process(
            "helpdesk.ticket",
            MAIL.format(key=f"{sender}{subject}", sender=sender, subject=subject),
        )
        return self.env["helpdesk.ticket"].browse(ticket_id)

    def mails(self, ticket):
        return self.env["mail.mail"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)]
        )

    def test_known_contact(self):
        ticket = self.receive("Mairie A <Mairie.A@collectivite47.fr>")
        self.assertEqual(ticket.collectivite_id, self.commune)
        self.assertEqual(ticket.partner_id, self.secretary)
        receipt = self.mails(ticket)
        self.assertEqual(len(receipt), 1)
        self.assertIn(ticket.number, receipt.subject)
        self.assertIn(self.commune.name, receipt.body_html)

    def test_contact_of_several_is_asked(self):
        ticket = self.receive("partagee@collectivite47.fr")
        self.assertFalse(ticket.collectivite_id)
        self.assertTrue(ticket.needs_triage)
        question = self.mails(ticket)
        self.assertEqual(len(question), 1)
        self.assertIn("quelle collectivité", question.subject)
        for commune in self.commune | self.other:
            self.assertIn(commune.name, question.body_html)
        # Answered, it is acknowledged as any other.
        ticket.collectivite_id = self.other
        self.assertIn("reçue", (self.mails(ticket) - question).subject)

    def test_unknown_sender_of_a_shared_domain_is_sorted_out(self):
        ticket = self.receive("inconnu@collectivite47.fr")
        self.assertFalse(ticket.collectivite_id)
        self.assertTrue(ticket.needs_triage)
        self.assertIn(
            ticket, self.env["helpdesk.ticket"].search([("needs_triage", "=", True)])
        )
        # A dated receipt, which names no collectivité.
        receipt = self.mails(ticket)
        self.assertEqual(receipt.email_to, "inconnu@collectivite47.fr")
        self.assertNotIn(self.commune.name, receipt.body_html)

    def test_former_contact_is_sorted_out(self):
        self.secretary.own_mandate_ids.date_end = "2026-01-01"
        ticket = self.receive("mairie.a@collectivite47.fr", "Ancienne")
        self.assertFalse(ticket.collectivite_id)

    def test_two_contacts_of_one_mailbox_are_sorted_out(self):
        twin = self.make_contact(email="mairie.a@collectivite47.fr")
        self.make_mandate(twin, self.other)
        ticket = self.receive("mairie.a@collectivite47.fr", "Double")
        self.assertFalse(ticket.collectivite_id)
