# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A session and its half-days are one, whatever door its dates are changed by."""

from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import TrainingCase

WEEK = timedelta(days=7)


@tagged("post_install", "-at_install")
class TestMove(TrainingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = date(cls.year, 5, 11)

    def drag(self, session, delta, **values):
        """Move a session in the calendar: both of its moments are written."""
        session.with_user(self.organiser).write(
            {
                "date_begin": session.date_begin + delta,
                "date_end": session.date_end + delta,
                **values,
            }
        )

    def days(self, session):
        return session.half_day_ids.sorted("start").mapped("date")

    def assertOne(self, session):
        """The dates of the event are those of its half-days."""
        half_days = session.half_day_ids
        self.assertEqual(session.date_begin, min(half_days.mapped("start")))
        self.assertEqual(session.date_end, max(half_days.mapped("stop")))

    def test_dragged_with_its_half_days(self):
        """Day after day, three half-days take the places of one another."""
        days = [self.day + timedelta(days=n) for n in range(2)]
        session = self.make_session(days=days, periods=("morning", "afternoon"))
        registration = self.register(session, self.commune)
        version = session.session_version
        self.drag(session, timedelta(days=1))
        moved = [day + timedelta(days=1) for day in days for _ in range(2)]
        self.assertEqual(self.days(session), moved)
        self.assertOne(session)
        self.assertEqual(session.session_version, version + 1, "convoked anew, once")
        self.assertLess(registration.convoked_version, session.session_version)
        self.drag(session, -WEEK)
        self.assertEqual(self.days(session)[0], days[0] - timedelta(days=6))
        self.assertOne(session)

    def test_across_a_change_of_clocks(self):
        session = self.make_session(days=[date(self.year, 3, 24)])
        self.drag(session, WEEK)
        self.assertEqual(self.days(session), [date(self.year, 3, 31)])
        self.assertEqual(session.half_day_ids.hour_from, 8.5)
        self.assertOne(session)

    def test_by_its_beginning_alone(self):
        """As a list or an import writes it, in text."""
        session = self.make_session(days=[self.day, self.day + timedelta(days=1)])
        begin = session.date_begin + WEEK
        session.write({"date_begin": str(begin)})
        self.assertEqual(self.days(session)[0], self.day + WEEK)
        self.assertOne(session)

    def test_by_an_import(self):
        session = self.make_session(days=[self.day])
        self.env["ir.model.data"].create(
            {
                "module": "__import__",
                "name": "session_essai",
                "model": "event.event",
                "res_id": session.id,
            }
        )
        result = self.env["event.event"].load(
            ["id", "date_begin", "date_end"],
            [
                [
                    "__import__.session_essai",
                    str(session.date_begin + WEEK),
                    str(session.date_end + WEEK),
                ]
            ],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(self.days(session), [self.day + WEEK])
        self.assertOne(session)

    def test_by_its_form(self):
        session = self.make_session(days=[self.day])
        with Form(session.with_user(self.organiser)) as form:
            form.date_begin = session.date_begin + WEEK
            form.date_end = session.date_end + WEEK
        self.assertEqual(self.days(session), [self.day + WEEK])
        self.assertOne(session)

    def test_several_at_once(self):
        """Mass edit: sessions move, an event of Odoo is written as ever."""
        sessions = self.make_session(days=[self.day]) | self.make_session(
            days=[self.day + WEEK]
        )
        other = self.env["event.event"].create(
            {
                "name": "Vœux",
                "date_begin": f"{self.day} 08:00:00",
                "date_end": f"{self.day} 18:00:00",
            }
        )
        moment = sessions[0].date_begin + 2 * WEEK
        values = {"date_begin": moment, "date_end": moment + timedelta(hours=3.5)}
        (sessions | other).write({**values, "note": "<p>Reporté</p>"})
        for session in sessions:
            self.assertEqual(self.days(session), [self.day + 2 * WEEK])
            self.assertOne(session)
        self.assertEqual(other.date_begin, moment)
        self.assertIn("Reporté", other.note)
        self.assertIn("Reporté", sessions[0].note)

    def test_hours_of_the_only_half_day(self):
        session = self.make_session(days=[self.day])
        self.drag(session, timedelta(hours=5))
        half_day = session.half_day_ids
        self.assertEqual((half_day.hour_from, half_day.hour_to), (13.5, 17.0))
        self.assertEqual(half_day.period, "afternoon")
        self.assertOne(session)

    def test_refused_with_a_sentence(self):
        """What has no one meaning, and what is over."""
        session = self.make_session(days=[self.day], periods=("morning", "afternoon"))
        for values in (
            {"date_begin": session.date_begin + timedelta(hours=1)},
            {"date_end": session.date_end + timedelta(days=1)},
        ):
            with self.assertRefused(UserError, "half-days"):
                session.write(values)
        registered = self.make_session(days=[self.day])
        self.register(registered, self.commune)
        with self.assertRefused(UserError, "another year"):
            self.drag(registered, 52 * WEEK)
        registered._training_cancel_session("Formateur absent")
        with self.assertRefused(UserError, "cancelled"):
            self.drag(registered, WEEK)
        self.assertEqual(self.days(registered), [self.day])

    def test_orders_say_the_new_date(self):
        session = self.make_session("workshop", days=[self.day])
        registration = self.register(session, self.commune)
        line = registration.sale_line_id
        price = (line.product_uom_qty, line.price_unit, line.price_subtotal)
        self.assertIn("11 May", line.name)
        self.drag(session, WEEK)
        self.assertIn("18 May", line.name)
        self.assertNotIn("11 May", line.name)
        self.assertEqual(
            (line.product_uom_qty, line.price_unit, line.price_subtotal), price
        )
