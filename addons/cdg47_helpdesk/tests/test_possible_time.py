# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Time that nobody can have worked is refused, whatever enters it."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import DAY, HelpdeskCase


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestPossibleTime(HelpdeskCase):
    def test_no_more_than_24_hours_a_day(self):
        """Of one agent, over all tickets, parts of entries included."""
        ticket, other = self.ttim(), self.make_ticket()
        self.accepted(ticket)
        line = self.work(ticket, 20 * 60)
        self.work(other, 4 * 60)
        with self.assertRefused(ValidationError, "24"):
            self.work(other, 1)
        with self.assertRefused(ValidationError, "24"):
            line.write({"unit_amount": 25})
        self.work(other, 60, user=self.coordinator)
        self.work(other, 60, day=date(2026, 6, 12))

    def test_nothing_to_come(self):
        ticket = self.make_ticket()
        tomorrow = date(2026, 6, 16)
        with self.assertRefused(ValidationError, "à venir"):
            self.work(ticket, 60, day=tomorrow)
        line = self.work(ticket, 60)
        with self.assertRefused(ValidationError, "à venir"):
            line.date = tomorrow

    def test_in_paris_it_is_today_already(self):
        with freeze_time("2026-06-15 22:30:00"):
            self.work(self.make_ticket(), 60, day=date(2026, 6, 16))


@tagged("post_install", "-at_install")
class TestRunningTimer(HelpdeskCase):
    def at(self, moment):
        return freeze_time(f"2026-06-{moment}:00")

    def test_switched_it_keeps_the_first_one(self):
        first, second = self.make_ticket(), self.make_ticket()
        with self.at("15 08:00"):
            first.with_user(self.technician).action_start_timer()
        with self.at("15 08:06"):
            second.with_user(self.technician).action_start_timer()
        line = first.timesheet_ids
        self.assertEqual((line.real_minutes, line.date), (6, DAY))
        self.assertEqual(line.employee_id, self.technician.employee_id)
        self.assertTrue(second.with_user(self.technician).is_timed)
        self.assertFalse(second.timesheet_ids)

    def test_a_night_asks(self):
        """A timer forgotten proposes no time, and switches only once it is stopped."""
        first, second = self.make_ticket(), self.make_ticket()
        with self.at("15 15:00"):
            first.with_user(self.technician).action_start_timer()
        with self.at("16 07:00"):
            with self.assertRefused(UserError, "15/06/2026"):
                second.with_user(self.technician).action_start_timer()
            asked = first.with_user(self.technician).action_stop_timer()["context"]
        self.assertEqual(asked["default_hours"], 0)
        self.assertEqual(asked["default_date"], "2026-06-15")

    def test_paused_it_counts_nothing(self):
        ticket = self.make_ticket().with_user(self.technician)
        with self.at("15 08:00"):
            ticket.action_start_timer()
        with self.at("15 08:06"):
            ticket.action_pause_timer()
            self.assertTrue(ticket.is_timed and ticket.is_timer_paused)
        with self.at("15 09:00"):
            ticket.action_pause_timer()
            self.assertEqual(self.shown()["minutes"], 6)
            ticket.action_resume_timer()
            ticket.invalidate_recordset()
            self.assertFalse(ticket.is_timer_paused)
        with self.at("15 09:04"):
            asked = ticket.action_stop_timer()["context"]
        self.assertAlmostEqual(asked["default_hours"], 10 / 60)

    def test_paused_for_a_night_it_asks_nothing(self):
        """What was counted is known: it is entered on its day, by whatever follows."""
        first, second = self.make_ticket(), self.make_ticket()
        with self.at("15 15:00"):
            first.with_user(self.technician).action_start_timer()
        with self.at("15 15:20"):
            first.with_user(self.technician).action_pause_timer()
        with self.at("16 07:00"):
            asked = first.with_user(self.technician).action_stop_timer()["context"]
            self.assertEqual(asked["default_date"], "2026-06-15")
            self.assertAlmostEqual(asked["default_hours"], 20 / 60)
            first.with_user(self.technician).action_resume_timer()
        line = first.timesheet_ids
        self.assertEqual((line.real_minutes, line.date), (20, DAY))
        with self.at("16 07:05"):
            second.with_user(self.technician).action_start_timer()
        entered = first.timesheet_ids - line
        self.assertEqual((entered.real_minutes, entered.date), (5, date(2026, 6, 16)))

    def test_a_pause_is_ones_own(self):
        ticket = self.make_ticket()
        with self.at("15 08:00"):
            ticket.with_user(self.technician).action_start_timer()
        with self.at("15 08:06"):
            ticket.with_user(self.coordinator).action_pause_timer()
        self.assertFalse(ticket.with_user(self.technician).is_timer_paused)
        self.assertFalse(ticket.with_user(self.coordinator).is_timed)

    def test_told_to_the_screen(self):
        """Of its user only, as it changes and as their page opens."""
        ticket = self.make_ticket()
        self.assertFalse(self.shown())
        with self.at("15 08:00"):
            ticket.with_user(self.technician).action_start_timer()
        with self.at("15 08:05"):
            self.assertEqual(
                self.shown(),
                {
                    "ticket_id": ticket.id,
                    "number": ticket.number,
                    "minutes": 5,
                    "is_paused": False,
                },
            )
        self.assertFalse(self.shown(self.coordinator))
        ticket.unlink()
        self.assertFalse(self.shown())

    def shown(self, user=None):
        return (
            (user or self.technician).with_user(user or self.technician)._ticket_timer()
        )
