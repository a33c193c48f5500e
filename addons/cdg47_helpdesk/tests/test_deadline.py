# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Default deadlines: urgent or not, told to the technician, paused while they wait."""

from datetime import datetime

from freezegun import freeze_time

from odoo.tests import tagged

from .common import HelpdeskCase

# A Monday, 10:00 in Paris.
MONDAY = datetime(2026, 6, 15, 8, 0)


@freeze_time(MONDAY)
@tagged("post_install", "-at_install")
class TestDeadline(HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env.ref("cdg47_helpdesk.team_software")
        cls.team.use_sla = True
        cls.team.resource_calendar_id = cls.env["resource.calendar"].create(
            {"name": "Horaires du test", "tz": "Europe/Paris", "company_id": False}
        )
        cls.stages = {
            name: cls.env.ref(f"helpdesk_mgmt.helpdesk_ticket_stage_{name}")
            for name in ("in_progress", "awaiting", "done")
        }

    def setUp(self):
        super().setUp()
        # The database dates what is created: OCA counts from there.
        self.patch(self.env.cr, "now", lambda: MONDAY)

    def names(self, ticket):
        return sorted(ticket.ticket_sla_ids.mapped("name"))

    def test_an_urgent_request_is_taken_up_in_two_hours(self):
        ticket = self.make_ticket(team_id=self.team.id, is_urgent=True)
        self.assertEqual(
            self.names(ticket), ["Urgence prise en charge", "Urgence résolue"]
        )
        self.assertEqual(ticket.sla_deadline, datetime(2026, 6, 15, 10, 0))
        self.assertFalse(ticket.sla_expired)

    def test_any_other_within_a_day_then_five(self):
        ticket = self.make_ticket(team_id=self.team.id)
        self.assertEqual(
            self.names(ticket), ["Demande prise en charge", "Demande résolue"]
        )
        first, last = sorted(ticket.ticket_sla_ids.mapped("deadline"))
        self.assertEqual(first.date().isoformat(), "2026-06-16")
        self.assertEqual(last.date().isoformat(), "2026-06-22")

    def test_taken_up_leaves_the_last_deadline(self):
        ticket = self.make_ticket(team_id=self.team.id, is_urgent=True)
        ticket.with_user(self.technician).stage_id = self.stages["in_progress"]
        self.assertEqual(ticket.sla_deadline.date().isoformat(), "2026-06-16")
        with freeze_time("2026-06-17 08:00:00"):
            ticket.invalidate_recordset()
            self.assertTrue(ticket.sla_expired)
            tickets = self.env["helpdesk.ticket"].with_user(self.technician)
            late = tickets.search([("sla_expired", "=", True)])
            self.assertIn(ticket, late)

    def test_what_waits_for_the_collectivite_is_not_counted(self):
        ticket = self.make_ticket(team_id=self.team.id, is_urgent=True)
        ticket.stage_id = self.stages["awaiting"]
        with freeze_time("2026-06-19 08:00:00"):
            ticket.invalidate_recordset()
            self.assertFalse(ticket.sla_expired)

    def test_follows_what_is_learnt(self):
        ticket = self.make_ticket(team_id=self.team.id)
        ticket.with_user(self.technician).is_urgent = True
        self.assertEqual(
            self.names(ticket), ["Urgence prise en charge", "Urgence résolue"]
        )
        self.team.use_sla = False
        ticket.with_user(self.technician).is_urgent = False
        self.assertFalse(ticket.ticket_sla_ids)

    def test_a_request_to_be_sorted_gets_its_deadlines_then(self):
        ticket = self.env["helpdesk.ticket"].create(
            {"name": "Inconnu", "description": "?", "team_id": self.team.id}
        )
        self.assertFalse(ticket.ticket_sla_ids)
        ticket.with_user(self.technician).collectivite_id = self.commune
        self.assertEqual(len(ticket.ticket_sla_ids), 2)
