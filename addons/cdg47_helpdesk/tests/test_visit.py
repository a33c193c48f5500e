# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Visits on site: meetings of the shared calendar, told to the collectivité."""

from datetime import datetime

from freezegun import freeze_time
from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import HelpdeskCase
from .portal_common import HelpdeskPortalCase


class VisitMixin:
    def plan(self, ticket, start=None, **values):
        """Save the form that the button of a request opens, as its technician."""
        action = ticket.with_user(self.technician).action_plan_visit()
        events = self.env[action["res_model"]].with_user(self.technician)
        form = Form(events.with_context(**action["context"]))
        form.start = start or datetime(2026, 6, 20, 7, 0)
        for name, value in values.items():
            form[name] = value
        return form.save()


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestVisit(VisitMixin, HelpdeskCase):
    def test_filled_in_from_the_request(self):
        self.commune.write({"street": "1 place de la Mairie", "city": "Agmé"})
        secretary = self.make_contact()
        ticket = self.make_ticket(partner_id=secretary.id)
        ticket.user_id = self.technician
        visit = self.plan(ticket)
        self.assertEqual(visit.helpdesk_ticket_id, ticket)
        self.assertEqual(visit.cdg47_collectivite_id, self.commune)
        self.assertEqual(visit.partner_ids, secretary | self.technician.partner_id)
        self.assertEqual(visit.user_id, self.technician)
        self.assertIn("1 place de la Mairie", visit.location)
        self.assertIn(ticket.number, visit.name)
        self.assertEqual(ticket.visit_count, 1)
        self.assertEqual(self.commune.cdg47_visit_count, 1)

    def test_counted_by_request_in_one_query(self):
        tickets = self.make_ticket() | self.make_ticket()
        self.plan(tickets[0])
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            self.assertEqual(tickets.mapped("visit_count"), [1, 0])

    def test_listed_from_the_request(self):
        ticket = self.make_ticket()
        visit = self.plan(ticket)
        self.plan(self.make_ticket())
        action = ticket.with_user(self.technician).action_view_visits()
        self.assertEqual(self.env["calendar.event"].search(action["domain"]), visit)

    def test_without_a_contact_the_technician_goes_alone(self):
        visit = self.plan(self.make_ticket(user_id=False))
        self.assertEqual(visit.partner_ids, self.technician.partner_id)


@tagged("post_install", "-at_install")
class TestVisitInPortal(VisitMixin, HelpdeskPortalCase):
    def page(self, user, ticket):
        self.login(user)
        response = self.url_open(f"/my/ticket/{ticket.id}")
        sections = html.fromstring(response.text).xpath("//*[@id='visit']")
        return " ".join(" ".join(node.text_content().split()) for node in sections)

    def test_the_next_visit_is_said(self):
        ticket = self.make_ticket(self.commune_a)
        self.assertEqual(self.page(self.user_a, ticket), "")
        # In summer 7:00 UTC is 9:00 in Paris.
        self.plan(ticket, datetime(2035, 6, 21, 7, 0))
        self.plan(ticket, datetime(2035, 6, 20, 7, 0), location="Mairie de A")
        self.plan(ticket, datetime(2020, 6, 20, 7, 0))
        text = self.page(self.user_a, ticket)
        self.assertIn("mercredi 20 juin 2035", text)
        self.assertIn("09:00", text)
        self.assertIn("Mairie de A", text)
        self.assertNotIn("21 juin", text)
        self.assertNotIn("2020", text)

    def test_nothing_is_said_to_another_commune(self):
        ticket = self.make_ticket(self.commune_a)
        visit = self.plan(ticket, datetime(2035, 6, 20, 7, 0))
        self.assertEqual(self.page(self.user_b, ticket), "")
        with self.assertRaises(AccessError):
            visit.with_user(self.user_b).read(["name"])
        with self.assertRaises(AccessError):
            ticket.with_user(self.user_a).read(["visit_count"])
