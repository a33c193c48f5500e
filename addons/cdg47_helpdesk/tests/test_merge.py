# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Requests that are one: nothing that was said, joined or worked is lost."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import HelpdeskCase

MAIL = """Message-ID: <duplicate@example.com>
Date: Mon, 15 Jun 2026 10:00:00 +0200
From: durand@essai.example
To: assistance-logiciels@example.com
Subject: Re: {number}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Toujours en panne.
"""


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestMerge(HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact = cls.make_contact("Madame Dupont", email="dupont@essai.example")
        cls.clerk = cls.make_contact("Monsieur Durand", email="durand@essai.example")
        cls.make_mandate(cls.contact, cls.commune)
        cls.make_mandate(cls.clerk, cls.commune)

    def asked_by(self, contact, **values):
        return self.make_ticket(
            partner_id=contact.id,
            partner_name=contact.name,
            partner_email=contact.email,
            **values,
        )

    def merge(self, tickets, kept=None, user=None):
        wizard = self.env["cdg47.ticket.merge"].with_user(user or self.technician)
        context = {"active_model": tickets._name, "active_ids": tickets.ids}
        with Form(wizard.with_context(**context)) as form:
            if kept:
                form.kept_id = kept
        return form.record.action_merge()

    def test_all_goes_to_the_one_kept(self):
        kept, other = self.asked_by(self.contact), self.asked_by(self.clerk)
        answer = other.with_user(self.technician).message_post(
            body="Relancez le poste.", subtype_xmlid="mail.mt_comment"
        )
        file = self.env["ir.attachment"].create(
            {
                "name": "écran.png",
                "raw": b"screen",
                "res_model": other._name,
                "res_id": other.id,
            }
        )
        line = self.work(other, 15)
        by_another = self.work(other, 20, user=self.coordinator)
        activity = other.activity_schedule("mail.mail_activity_data_todo")
        opened = self.merge(kept | other)
        self.assertEqual(opened["res_id"], kept.id)
        self.assertIn(answer, kept.message_ids)
        self.assertEqual(file.res_id, kept.id)
        self.assertEqual(kept.timesheet_ids, line | by_another)
        self.assertEqual(kept.worked_hours, 35 / 60)
        self.assertLessEqual(self.contact | self.clerk, kept.message_partner_ids)
        self.assertIn(activity, kept.activity_ids)
        self.assertIn(other.description, "".join(kept.message_ids.mapped("body")))

    def test_the_others_are_closed_with_a_link(self):
        kept, other = self.asked_by(self.contact), self.asked_by(self.clerk)
        mails = self.env["mail.mail"].search([])
        self.merge(kept | other)
        self.assertEqual(other.duplicate_id, kept)
        self.assertTrue(other.closed)
        self.assertFalse(kept.closed)
        self.assertFalse(other.message_partner_ids)
        (said,) = other.message_ids.filtered(
            lambda message: kept.number in message.body
        )
        self.assertFalse(said.is_internal or said.notified_partner_ids)
        told = kept.message_ids.filtered(lambda m: "est suivie avec" in m.body)
        self.assertEqual(told.notified_partner_ids, self.contact | self.clerk)
        subjects = (self.env["mail.mail"].search([]) - mails).mapped("subject")
        self.assertFalse([one for one in subjects if "terminée" in (one or "")])

    def test_what_is_answered_to_a_duplicate_goes_to_the_one_kept(self):
        kept, other = self.asked_by(self.contact), self.asked_by(self.clerk)
        self.merge(kept | other)
        self.assertFalse(other._may_reopen())
        ticket_id = self.env["mail.thread"].message_process(
            other._name, MAIL.format(number=other.number)
        )
        self.assertEqual(ticket_id, kept.id)
        self.assertTrue(other.closed)

    def test_the_first_one_still_open_is_proposed(self):
        first, second, third = (self.asked_by(self.contact) for _number in range(3))
        first.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        self.merge(first | second | third)
        self.assertEqual((first | third).duplicate_id, second)
        with self.assertRefused(UserError, "terminée"):
            self.merge(first | self.asked_by(self.contact), kept=first)

    def test_time_counted_on_a_right_is_counted_once(self):
        kept = self.qualified("quota", "AUDIT-SECU")
        other = self.qualified("quota", "AUDIT-SECU")
        line = self.work(other, 60)
        fact = line.consumption_id
        self.merge(kept | other)
        self.assertTrue(fact.reversal_ids)
        self.assertEqual(line.consumption_id.origin, kept)
        self.assertEqual(line.time_state, "covered")
        self.assertNoDifference()

    def test_an_estimate_not_accepted_is_withdrawn(self):
        kept, other = self.make_ticket(), self.ttim()
        other.with_user(self.technician).action_estimate()
        other.with_user(self.technician).action_send_estimate()
        order = other.order_ids
        self.merge(kept | other)
        self.assertEqual(order.state, "cancel")

    def test_of_several_collectivites_refused(self):
        elsewhere = self.make_convention_since("2024-01-01").partner_id
        one, other = self.make_ticket(), self.make_ticket(elsewhere)
        unknown = self.env["helpdesk.ticket"].create(
            {"name": "Inconnu", "description": "?"}
        )
        for tickets in (one | other, one | unknown):
            with self.assertRefused(UserError, "plusieurs collectivités"):
                self.merge(tickets)
            self.assertFalse(tickets.duplicate_id)

    def test_accepted_orders(self):
        """On both: refused; on one: that one is kept, with its order."""
        plain, one, other = self.make_ticket(), self.ttim(), self.ttim()
        orders = self.accepted(one) | self.accepted(other)
        self.work(plain, 30)
        with self.assertRefused(UserError, "acceptée"):
            self.merge(one | other)
        with self.assertRefused(UserError, one.number):
            self.merge(plain | one, kept=plain)
        self.merge(plain | one, kept=one)
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        self.assertEqual(self.parts(one), [("billable", 30, 30)])

    def test_one_alone_or_nobody_s(self):
        ticket = self.make_ticket()
        with self.assertRefused(UserError, "deux"):
            self.merge(ticket)
        employee = self.env["res.users"].create({"name": "E", "login": "employe-essai"})
        with self.assertRaises(AccessError):
            self.merge(ticket | self.make_ticket(), user=employee)

    def test_a_running_timer_follows(self):
        kept, other = self.make_ticket(), self.make_ticket()
        other.with_user(self.technician).action_start_timer()
        self.merge(kept | other)
        self.assertTrue(kept.with_user(self.technician).is_timed)
