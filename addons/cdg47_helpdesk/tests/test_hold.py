# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""On hold until a date, on which it comes back; several given to another at once."""

from datetime import date

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import HelpdeskCase


@tagged("post_install", "-at_install")
class TestHold(HelpdeskCase):
    def setUp(self):
        super().setUp()
        clock = freeze_time("2026-06-15 10:00:00")
        clock.start()
        self.addCleanup(clock.stop)

    def hold(self, tickets, until="2026-06-22", user=None):
        wizard = self.env["cdg47.ticket.hold"].with_user(user or self.technician)
        context = {"active_model": tickets._name, "active_ids": tickets.ids}
        with Form(wizard.with_context(**context)) as form:
            form.until = until
            form.reason = "Réponse de l'éditeur"
        form.record.action_hold()

    def stage(self, name):
        return self.env.ref(name)

    def come_back(self, day):
        with freeze_time(f"{day} 06:00:00"), self.enter_registry_test_mode():
            self.env.ref("cdg47_helpdesk.cron_end_hold").method_direct_trigger()
        self.env.invalidate_all()

    def test_comes_back_on_its_day(self):
        tickets = self.make_ticket(user_id=self.technician.id) | self.make_ticket()
        self.hold(tickets)
        hold = self.stage("cdg47_helpdesk.stage_on_hold")
        self.assertEqual(tickets.stage_id, hold)
        self.assertEqual(set(tickets.mapped("waiting_until")), {date(2026, 6, 22)})
        self.assertEqual(hold.public_state, "in_progress")
        self.assertTrue(
            tickets[0].message_ids.filtered(
                lambda m: "éditeur" in m.body and m.subtype_id.internal
            )
        )
        self.come_back("2026-06-21")
        self.assertEqual(tickets.stage_id, hold)
        for _run in range(2):
            self.come_back("2026-06-22")
        for ticket in tickets:
            self.assertEqual(
                ticket.stage_id,
                self.stage("helpdesk_mgmt.helpdesk_ticket_stage_in_progress"),
            )
            self.assertFalse(ticket.waiting_until)
            (activity,) = ticket.activity_ids
            self.assertIn("Réponse de l'éditeur", activity.summary)
        self.assertEqual(tickets[0].activity_ids.user_id, self.technician)

    def test_taken_up_before(self):
        """By hand, or by an answer of the collectivité: its date goes with it."""
        contact = self.make_contact("Madame Dupont", email="dupont@essai.example")
        self.make_mandate(contact, self.commune)
        moved, answered = self.make_ticket(), self.make_ticket()
        self.hold(moved | answered)
        moved.stage_id = self.stage("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")
        answered.message_post(
            body="C'est réglé.",
            author_id=contact.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(answered.stage_id, moved.stage_id)
        self.assertFalse(moved.waiting_until or answered.waiting_until)
        self.come_back("2026-06-22")
        self.assertFalse(moved.activity_ids)

    def test_refused(self):
        ticket = self.make_ticket()
        for day in ("2026-06-15", "2026-06-01"):
            with self.assertRefused(UserError, "à venir"):
                self.hold(ticket, day)
        employee = self.env["res.users"].create({"name": "E", "login": "employe-essai"})
        with self.assertRaises(AccessError):
            self.hold(ticket, user=employee)
        ticket.stage_id = self.stage("helpdesk_mgmt.helpdesk_ticket_stage_done")
        with self.assertRefused(UserError, ticket.number):
            self.hold(ticket)


@tagged("post_install", "-at_install")
class TestReassigned(HelpdeskCase):
    def test_several_in_the_list(self):
        """Who handles them, and no more than what is asked without a question."""
        view = (
            self.env["helpdesk.ticket"]
            .with_user(self.technician)
            .get_view(view_type="list")
        )
        root = etree.fromstring(view["arch"])
        self.assertEqual(root.get("multi_edit"), "1")
        fields = {field.get("name"): field for field in root.iter("field")}
        self.assertNotIn(fields["user_id"].get("readonly"), ("1", "True"))
        for name in ("collectivite_id", "coverage", "service_id", "partner_id"):
            self.assertIn(fields[name].get("readonly"), ("1", "True"), name)
        tickets = self.make_ticket() | self.make_ticket()
        tickets.with_user(self.technician).web_save_multi(
            [{"user_id": self.coordinator.id}] * 2, {}
        )
        self.assertEqual(tickets.user_id, self.coordinator)


@tagged("post_install", "-at_install")
class TestReadyAnswers(HelpdeskCase):
    def test_those_of_technicians(self):
        answers = self.env["mail.canned.response"]
        ready = answers.with_user(self.technician).search([("source", "=", "editeur")])
        self.assertTrue(ready.substitution.startswith("Bonjour"))
        employee = self.env["res.users"].create({"name": "E", "login": "employe-essai"})
        self.assertFalse(answers.with_user(employee).search([("id", "in", ready.ids)]))
