# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A training asked for: one order, accepted as any other, its session, its sheet."""

from datetime import date, timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..reading.offer import offer_of
from .test_life import LifeCase


class SheetCase(LifeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = date(cls.year, 6, 1)
        cls.mayor = cls.make_signatory(cls.commune)

    def lock(self, half_days):
        for half_day in half_days:
            with self.at(half_day.date, 18):
                sheet = half_day.with_user(self.trainer)
                attendances = sheet._open_sheet()
                sheet._fill_sheet({a: ("present", None) for a in attendances})
                sheet.action_lock()

    def regularise(self, session, commune=None):
        wizard = self.env["cdg47.training.regularise"].with_user(self.organiser)
        wizard.create(
            {
                "event_id": session.id,
                "collectivite_id": (commune or self.commune).id,
                "accepted_by_id": self.mayor.id,
            }
        ).action_regularise()
        return session.half_day_ids.participation_ids.sale_line_id

    def sign(self, order):
        order_sudo = order.sudo()
        order_sudo.write({"signed_by": "Maire", "signed_on": "2026-01-02 09:00:00"})
        order_sudo._validate_order()


@tagged("post_install", "-at_install")
class TestRegularisedLate(SheetCase):
    """g11: accepted after the sheet is locked, it is delivered all the same."""

    def test_of_each_kind(self):
        for kind in ("workshop", "custom", "group"):
            with self.subTest(kind=kind):
                if kind == "group":
                    for _n in range(2):
                        self.register(self.make_session(), self.commune)
                session = self.make_session(kind, days=[self.day])
                self.day += timedelta(days=1)
                self.register(session, self.commune, acceptance=None)
                self.lock(session.half_day_ids)
                line = self.regularise(session)
                self.assertEqual(line.state, "sale")
                self.assertEqual((line.qty_delivered, line.qty_to_invoice), (0.5, 0.5))

    def test_one_sheet_of_two(self):
        session = self.make_session(
            "workshop", days=[self.day], periods=("morning", "afternoon")
        )
        self.register(session, self.commune, acceptance=None)
        self.lock(session.half_day_ids[0])
        line = self.regularise(session)
        self.assertEqual((line.product_uom_qty, line.qty_delivered), (1, 0.5))
        self.lock(session.half_day_ids[1])
        self.assertEqual(line.qty_delivered, 1)

    def test_reopened_then_locked_again(self):
        session = self.make_session("workshop", days=[self.day])
        self.register(session, self.commune, acceptance=None)
        self.lock(session.half_day_ids)
        line = self.regularise(session)
        session.half_day_ids.with_user(self.trainer)._reopen("Oubli")
        self.assertEqual(line.qty_delivered, 0)
        self.lock(session.half_day_ids)
        self.assertEqual(line.qty_delivered, 0.5)


@tagged("post_install", "-at_install")
class TestOnRequest(SheetCase):
    """g12: the CDG accepts, the mayor signs, agents register: one order."""

    def requested(self, half_days=2, planned=None):
        request = self.env["cdg47.training.request"].with_user(self.organiser).create(
            {
                "name": "Paie",
                "collectivite_id": self.commune.id,
                "half_days": half_days,
            }
        )  # fmt: skip
        request.action_accept()
        session = request.event_id
        session.half_day_ids = [
            Command.create(
                {"date": self.day, "period": period, "trainer_id": self.trainer.id}
            )
            for period in ("morning", "afternoon")[: planned or half_days]
        ]
        session.with_user(self.organiser).action_publish()
        return request, session

    def orders(self):
        return self.env["sale.order"].search([("partner_id", "=", self.commune.id)])

    def test_ordered_once(self):
        for acceptance in ("portal", "written", None):
            for is_signed in (False, True):
                with self.subTest(acceptance=acceptance, is_signed=is_signed):
                    before = self.orders()
                    request, session = self.requested()
                    self.day += timedelta(days=1)
                    if is_signed:
                        self.sign(request.order_id)
                    self.register(session, self.commune, acceptance=acceptance)
                    self.assertEqual(self.orders() - before, request.order_id)
                    participations = session.half_day_ids.participation_ids
                    line = request.order_id.order_line
                    self.assertEqual(participations.sale_line_id, line)
                    self.assertFalse(any(participations.mapped("is_unaccepted")))

    def test_accepted_as_any_other(self):
        request, session = self.requested()
        order = request.order_id
        self.register(session, self.commune)
        with self.assertRefused(UserError, order.name):
            order.action_confirm()
        self.lock(session.half_day_ids)
        self.assertEqual(order.order_line.qty_to_invoice, 0, "nobody signed")
        self.sign(order)
        self.assertEqual(order.order_line.qty_to_invoice, 1)

    def test_delivered_by_its_sheet(self):
        request, session = self.requested()
        self.sign(request.order_id)
        line = request.order_id.order_line
        self.register(session, self.commune)
        self.assertEqual((line.qty_delivered, line.qty_to_invoice), (0, 0))
        self.lock(session.half_day_ids[0])
        self.assertEqual(line.qty_to_invoice, 0.5)
        self.lock(session.half_day_ids[1])
        self.assertEqual(line.qty_to_invoice, 1)

    def test_delivered_by_nobody_else(self):
        """Typed in Ventes, by whoever sells: asked for, or registered at its price."""
        request, _session = self.requested()
        self.sign(request.order_id)
        workshop = self.make_session("workshop", days=[self.day + timedelta(days=9)])
        registered = self.register(workshop, self.commune).sale_line_id
        for line in request.order_id.order_line | registered:
            for quantity in (0.5, line.product_uom_qty):
                with self.assertRefused(UserError, line.order_id.name):
                    line.with_user(self.user_manager).qty_delivered = quantity
            self.assertEqual(line.qty_delivered, 0)

    def test_the_price_is_that_of_the_quotation(self):
        request, session = self.requested()
        shown = self.offer(session)
        self.assertEqual(shown.billed, 0)
        self.assertIn(request.order_id.name, shown.sentence)

    def offer(self, session):
        return offer_of(session, self.commune)

    def test_more_half_days_than_ordered(self):
        """What the quotation does not hold is priced, and accepted, by itself."""
        request, session = self.requested(half_days=1, planned=2)
        self.assertEqual(self.offer(session).billed, 0.5)
        self.register(session, self.commune)
        lines = session.half_day_ids.participation_ids.sale_line_id
        self.assertEqual(len(lines.order_id), 2)
        self.assertIn(request.order_id, lines.order_id)
        self.assertEqual(sum(lines.mapped("product_uom_qty")), 1)

    def test_an_agent_leaves_and_another_comes(self):
        request, session = self.requested()
        self.sign(request.order_id)
        self.register(session, self.commune)._training_cancel()
        self.assertEqual(request.order_id.state, "sale")
        self.assertEqual(request.order_id.order_line.product_uom_qty, 1)
        self.register(session, self.commune)
        participations = session.half_day_ids.participation_ids
        self.assertEqual(participations.sale_line_id, request.order_id.order_line)

    def test_session_cancelled(self):
        request, session = self.requested()
        self.sign(request.order_id)
        self.register(session, self.commune)
        session.with_user(self.organiser)._training_cancel_session("Formateur absent")
        self.assertEqual(request.order_id.state, "cancel")

    def test_quotation_refused(self):
        request, session = self.requested()
        registration = self.register(session, self.commune)
        request.order_id.sudo()._action_cancel()
        self.assertTrue(session.half_day_ids.participation_ids[0].is_unaccepted)
        with self.assertRefused(UserError, request.order_id.name):
            self.register(session, self.commune)
        self.assertEqual(registration.state, "open")

    def test_moved_it_moves_on_its_line(self):
        request, session = self.requested()
        line = request.order_id.order_line
        labels = session.half_day_ids.mapped(lambda h: h._label())
        for label in labels:
            self.assertIn(label, line.name)
        self.sign(request.order_id)
        self.register(session, self.commune)
        session.with_user(self.organiser).write(
            {
                "date_begin": session.date_begin + timedelta(days=7),
                "date_end": session.date_end + timedelta(days=7),
            }
        )
        for half_day, former in zip(session.half_day_ids, labels, strict=True):
            self.assertIn(half_day._label(), line.name)
            self.assertNotIn(former, line.name)
        self.assertIn("Paie", line.name)
