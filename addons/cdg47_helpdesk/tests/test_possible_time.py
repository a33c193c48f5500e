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
