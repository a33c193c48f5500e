# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The days on which no training is held."""

from datetime import date, timedelta

from odoo.tests import tagged

from odoo.addons.cdg47_training.lib.days_off import is_day_off, working_day

from .common import TrainingCase


@tagged("post_install", "-at_install")
class TestDaysOff(TrainingCase):
    def test_public_holidays_of_2027(self):
        """As published: service-public.gouv.fr, « jours fériés »."""
        holidays = (
            "2027-01-01", "2027-03-29", "2027-05-01", "2027-05-06", "2027-05-08",
            "2027-05-17", "2027-07-14", "2027-08-15", "2027-11-01", "2027-11-11",
            "2027-12-25",
        )  # fmt: skip
        days = [date(2027, 1, 1) + timedelta(days=n) for n in range(365)]
        off = {day for day in days if is_day_off(day)}
        weekends = {day for day in days if day.weekday() > 4}
        self.assertEqual(off, weekends | {date.fromisoformat(h) for h in holidays})

    def test_next_working_day(self):
        self.assertEqual(working_day(date(2027, 5, 6)), date(2027, 5, 7))
        self.assertEqual(working_day(date(2027, 5, 15)), date(2027, 5, 18))
        self.assertEqual(working_day(date(2027, 5, 18)), date(2027, 5, 18))

    def test_the_organiser_is_told(self):
        """Said, never refused: some workshops are held on a Saturday."""
        saturday = date(self.year, 3, 1)
        saturday += timedelta(days=5 - saturday.weekday())
        self.assertTrue(self.make_session(days=[saturday]).has_day_off)
        monday = working_day(saturday)
        self.assertFalse(self.make_session(days=[monday]).has_day_off)
