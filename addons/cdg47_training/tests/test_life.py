# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Waiting list, convocations, cancellation, sheets, attestations: a session's life."""

import io
import re
from datetime import date, datetime, timedelta
from unittest.mock import patch

import vobject
from freezegun import freeze_time
from pypdf import PdfReader

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.addons.cdg47_convention.tests.electronic_common import (
    PERIOD,
    UNIT,
    ElectronicMixin,
)
from odoo.addons.cdg47_training.reading.offer import offer_of

from .common import TrainingCase

# What a mail server sends back.
BOUNCE = """\
From: MAILER-DAEMON@example.com
To: {alias}
Subject: Undelivered Mail Returned to Sender
Message-Id: <bounce-1@example.com>
Content-Type: multipart/report; report-type=delivery-status; boundary="limit"

--limit
Content-Type: text/plain

User unknown
--limit
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1

--limit
Content-Type: text/rfc822-headers

Message-Id: {message_id}
To: {address}

--limit--
"""


class LifeCase(TrainingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registrations = cls.env["event.registration"]

    def at(self, day, hour=10):
        """Return the moment of a day, as a frozen clock wants it (UTC)."""
        return freeze_time(datetime(day.year, day.month, day.day, hour))

    def convoke(self, session=None):
        """Do what the job does, without its commits; return who was convoked."""
        due = self.registrations._training_due()
        if session:
            due = due.filtered(lambda r: r.event_id == session)
        for registration in due:
            self.env["ir.cron"]._cdg47_try(
                registration, "_training_convoke", "_keep_convocation_error"
            )
        return due

    def convocation_mails(self, registration):
        return self.mails_of(registration).filtered(
            lambda m: "onvocation" in m.subject and "received" not in m.subject
        )


@tagged("post_install", "-at_install")
class TestWaitingList(LifeCase):
    def wait(self, session, commune=None, agents=1, waiting="any"):
        commune = commune or self.make_member()
        group = [self.make_agent(commune) for _ in range(agents)]
        return self.register(session, commune, *group, waiting=waiting)

    def full_session(self, seats=1, **values):
        session = self.make_session(seats=seats, **values)
        holders = self.wait(session, self.commune, seats)
        self.assertEqual(set(holders.mapped("state")), {"open"})
        return session, holders

    def test_in_order_then_offered_on_cancellation(self):
        session, holder = self.full_session()
        first, second = self.wait(session), self.wait(session)
        self.assertEqual(
            [(r.state, r.waiting_position) for r in first | second],
            [("draft", 1), ("draft", 2)],
        )
        self.assertFalse(first.coverage, "nothing is drawn while waiting")
        self.assertEqual(self.left(first.collectivite_id), 2)
        holder._training_cancel()
        self.assertTrue(first.offer_until)
        self.assertFalse(second.offer_until)
        self.assertEqual(session.seats_available, 0, "the seat is held")
        self.assertIn("A seat is free", self.mails_of(first)[0].subject)
        first._training_accept_offer()
        self.assertEqual((first.state, first.coverage), ("open", "included"))
        self.assertEqual(self.left(first.collectivite_id), 1)

    def test_newcomer_never_jumps_the_queue(self):
        """5: the seat just freed is offered to who waits, not to who comes."""
        session, holder = self.full_session()
        waiting = self.wait(session)
        holder.sudo().with_context(training_no_promote=True).write({"state": "cancel"})
        with self.assertRefused(UserError, "0 seats"):
            self.register(session, self.make_member(), waiting=None)
        newcomer = self.wait(session)
        self.assertEqual(newcomer.state, "draft")
        session._training_promote()
        self.assertTrue(waiting.offer_until)

    def test_never_trained_first(self):
        session, holder = self.full_session()
        trained = self.make_member()
        self.register(self.make_session(), trained)
        late = self.wait(session, trained)
        never = self.wait(session)
        self.assertEqual((never | late).mapped("waiting_position"), [1, 2])
        holder._training_cancel()
        self.assertTrue(never.offer_until)

    def test_group_all_or_nothing(self):
        """37: three who come together wait for three seats, others may pass."""
        session, _holders = self.full_session(seats=2)
        group = self.wait(session, agents=3, waiting="all")
        single = self.wait(session)
        session.seats_max = 3
        self.assertTrue(single.offer_until)
        self.assertFalse(any(group.mapped("offer_until")))
        session.seats_max = 6
        self.assertTrue(all(group.mapped("offer_until")))

    def test_part_of_a_group_is_seated(self):
        session = self.make_session(seats=2)
        group = self.wait(session, agents=3)
        self.assertEqual(group.mapped("state"), ["open", "open", "draft"])

    def test_capacity_increase_promotes(self):
        session, _holder = self.full_session()
        waiting = self.wait(session)
        session.seats_max = 2
        self.assertTrue(waiting.offer_until)

    def test_expired_offer_goes_on(self):
        """38: who does not answer in time gives the seat on, for good."""
        session, holder = self.full_session()
        first, second = self.wait(session), self.wait(session)
        holder._training_cancel()
        first.offer_until = fields.Datetime.now() - timedelta(minutes=1)
        with self.assertRefused(UserError, "no longer valid"):
            first._training_accept_offer()
        session._training_promote_alone()
        self.assertEqual((first.state, first.cancel_motive), ("cancel", "expired"))
        self.assertTrue(second.offer_until)

    def test_leaving_the_list_promotes_nobody(self):
        """43: who leaves the list without a seat frees none."""
        session, _holder = self.full_session()
        first, second = self.wait(session), self.wait(session)
        first._training_cancel()
        self.assertEqual(first.cancel_motive, "waiting")
        self.assertFalse(second.offer_until)
        self.assertEqual(second.waiting_position, 1)

    def test_answer_window_is_shorter_near_the_session(self):
        session, holder = self.full_session(days=[self.in_days(2)])
        waiting = self.wait(session)
        holder._training_cancel("illness")
        left = waiting.offer_until - fields.Datetime.now()
        self.assertLess(left, timedelta(hours=48))

    def test_promoted_late_is_convoked_at_once(self):
        """12, 42: at two days of the session, the convocation leaves at once."""
        session, holder = self.full_session(days=[self.in_days(2)])
        waiting = self.wait(session)
        holder._training_cancel("illness")
        self.assertNotIn(waiting, self.registrations._training_due())
        waiting._training_accept_offer()
        self.assertIn(waiting, self.registrations._training_due())

    def test_offer_beyond_the_forfait_is_accepted_with_its_price(self):
        session, holder = self.full_session()
        waiting = self.wait(session)
        commune = waiting.collectivite_id
        for _ in range(2):
            self.register(self.make_session(), commune)
        holder._training_cancel()
        shown = offer_of(session, commune).key
        with self.assertRefused(UserError, "changed while"):
            waiting._training_accept_offer(shown="0.0000x0.0000")
        waiting._training_accept_offer(shown=shown)
        self.assertEqual(waiting.sale_line_id.product_uom_qty, 0.5)


@tagged("post_install", "-at_install")
class TestConvocation(LifeCase):
    def setUp(self):
        super().setUp()
        # Printing is tested apart: here, what is due and what leaves.
        self.printed = patch.object(
            type(self.registrations),
            "_print_convocation",
            lambda record, convocation: self.env["ir.attachment"].create(
                {"name": "Convocation.pdf", "raw": b"%PDF"}
            ),
        )
        self.printed.start()
        self.addCleanup(self.printed.stop)

    def test_due_day_by_day(self):
        """11: registered at D-16, D-15, D-14, D-1 and on the day."""
        day = date(self.year, 4, 15)
        session = self.make_session(days=[day])
        for days, due in ((16, False), (15, True), (14, True), (1, True)):
            with self.subTest(days=days), self.at(day - timedelta(days=days)):
                registration = self.register(session, self.make_member())
                self.assertEqual(
                    registration in self.registrations._training_due(), due
                )
        with self.at(day, 5):
            on_the_day = self.register(session, self.make_member())
            self.assertEqual(len(self.convoke(session)), 5)
        with self.at(day, 10):
            self.assertFalse(on_the_day._is_convocation_due())
            self.assertNotIn(on_the_day, self.registrations._training_due())

    def test_day_in_paris(self):
        """20: D-15 across the change of hour, and around 1 May."""
        for day in (date(self.year, 4, 8), date(self.year, 5, 16)):
            session = self.make_session(days=[day])
            registration = self.register(session, self.make_member())
            first = day - timedelta(days=15)
            # 21:30 UTC in winter is 22:30 in Paris: still the day before.
            with self.at(first - timedelta(days=1), 21):
                self.assertFalse(registration._is_convocation_due())
            with self.at(first, 0):
                self.assertTrue(registration._is_convocation_due())

    def test_twice_is_once(self):
        session = self.make_session(days=[self.in_days(10)])
        registration = self.register(session, self.commune)
        self.assertEqual(self.convoke(session), registration)
        self.assertFalse(self.convoke(session))
        registration._training_convoke()
        self.assertEqual(len(self.convocation_mails(registration)), 1)
        self.assertEqual(registration.convocation_ids.version, 1)

    def test_empty_at_15_days_then_registered(self):
        """16: who comes after the job is convoked by the next one."""
        session = self.make_session(days=[self.in_days(12)])
        self.assertFalse(self.convoke(session))
        registration = self.register(session, self.commune)
        self.assertEqual(self.convoke(session), registration)

    def test_cancelled_then_registered_again(self):
        """13: the second registration has its own convocation."""
        session = self.make_session(days=[self.in_days(10)])
        agent = self.make_agent(self.commune)
        first = self.register(session, self.commune, agent)
        self.convoke(session)
        first._training_cancel()
        again = self.register(session, self.commune, agent)
        self.assertEqual(self.convoke(session), again)

    def test_postponed_and_moved(self):
        """14, 15: a new date or room is told to who was convoked, as a new version."""
        day = date(self.year, 3, 20)
        clock = self.at(day - timedelta(days=10))
        clock.start()
        self.addCleanup(clock.stop)
        session = self.make_session(days=[day])
        registration = self.register(session, self.commune)
        self.convoke(session)
        postponed = day + timedelta(days=30)
        session.half_day_ids.date = postponed
        self.assertEqual(session.session_version, 2)
        self.assertEqual(session._training_day(), postponed)
        self.assertEqual(self.convoke(session), registration)
        session.half_day_ids.room = "Salle B"
        self.assertEqual(self.convoke(session), registration)
        session.address_id = self.make_contact("Autre lieu")
        self.assertEqual(self.convoke(session), registration)
        self.assertEqual(registration.convocation_ids.mapped("version"), [1, 2, 3, 4])
        self.assertEqual(
            registration.convocation_ids.mapped("is_replacement"),
            [False, True, True, True],
        )
        latest = self.convocation_mails(registration).sorted("id")[-1]
        self.assertIn("cancels and replaces", latest.subject)
        self.assertIn("cancels and replaces", latest.body_html)

    def test_advanced_below_15_days(self):
        """14: not due yet, then advanced: due at once."""
        day = date(self.year, 3, 20)
        session = self.make_session(days=[day])
        registration = self.register(session, self.commune)
        with self.at(day - timedelta(days=30)):
            self.assertFalse(registration._is_convocation_due())
            session.half_day_ids.date = day - timedelta(days=20)
            self.assertTrue(registration._is_convocation_due())

    def test_moved_to_another_year(self):
        """23: what was drawn in a year stays in it: the way on is another session."""
        session = self.make_session()
        self.register(session, self.commune)
        with self.assertRefused(UserError, "counts in"):
            session.half_day_ids.date = date(self.year + 1, 1, 5)

    def test_agenda(self):
        """UID of its own by half-day, SEQUENCE that grows with the version."""
        session = self.make_session(
            days=[self.in_days(10)], periods=("morning", "afternoon")
        )
        registration = self.register(session, self.commune)
        before = self._events(registration)
        session.half_day_ids[0].room = "Salle C"
        after = self._events(registration)
        self.assertEqual(len(before), 2)
        self.assertEqual(set(before), set(after))
        for uid, entry in after.items():
            self.assertEqual(int(entry.sequence.value), 2)
            self.assertEqual(int(before[uid].sequence.value), 1)
        first = min(after.values(), key=lambda e: e.dtstart.value)
        self.assertEqual(
            first.dtstart.value.replace(tzinfo=None), session.half_day_ids[0].start
        )
        self.assertIn("Salle C", first.location.value)
        cancelled = self._events(registration, cancel=True)
        self.assertEqual(set(cancelled), set(before))
        self.assertEqual({e.status.value for e in cancelled.values()}, {"CANCELLED"})

    def _events(self, registration, cancel=False):
        calendar = vobject.readOne(registration._training_ics(cancel).decode())
        self.assertEqual(calendar.method.value, "CANCEL" if cancel else "REQUEST")
        return {entry.uid.value: entry for entry in calendar.vevent_list}

    def test_recipients(self):
        """17: three agents on the mailbox of the mairie: three convocations, each to
        one recipient; nobody without any address."""
        session = self.make_session(days=[self.in_days(10)])
        self.commune.mandate_ids.contact_id.email = "mairie@example.com"
        agents = [
            self.make_agent(self.commune, email="Mairie@example.com") for _ in range(3)
        ]
        registrations = self.register(session, self.commune, *agents)
        self.convoke(session)
        for registration in registrations:
            mail = self.convocation_mails(registration)
            self.assertEqual(len(mail), 1)
            self.assertEqual(len(mail.recipient_ids), 1)
        unreachable = self.make_member()
        unreachable.mandate_ids.contact_id.email = False
        silent = self.register(
            session, unreachable, self.make_agent(unreachable, email=False)
        )
        self.convoke(session)
        self.assertIn("e-mail address", silent.convocation_error)
        self.assertFalse(silent.convocation_ids)
        self.assertEqual(session.unconvoked_count, 1)
        silent.agent_id.email = "enfin@example.com"
        silent.with_user(self.organiser).action_convoke()
        self.assertFalse(silent.convocation_error)
        self.assertEqual(silent.convocation_ids.recipients, "enfin@example.com")

    def test_refused_by_the_mail_server_then_sent_again(self):
        """17: a convocation that did not leave is told, corrected and sent again."""
        session = self.make_session(days=[self.in_days(10)])
        registration = self.register(session, self.commune)
        self.convoke(session)
        mail = self.convocation_mails(registration)
        receipt = self.mails_of(registration) - mail
        server = type(self.env["ir.mail_server"])
        with (
            # The queue sends for good, to a server that refuses.
            patch.object(server, "_disable_send", return_value=False),
            patch.object(server, "_connect__"),
            patch.object(
                server, "send_email", side_effect=MailDeliveryException("Boîte pleine")
            ),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            receipt.send()
            self.assertFalse(registration.convocation_error, "only its receipt failed")
            mail.send()
        self.assertIn("Boîte pleine", registration.convocation_error)
        self.assertEqual(session.unconvoked_count, 1)
        registration.agent_id.email = "corrigee@example.com"
        registration.with_user(self.organiser).action_convoke()
        self.assertFalse(registration.convocation_error)
        again = self.convocation_mails(registration) - mail
        self.assertEqual(again.recipient_ids, mail.recipient_ids)
        self.assertIn("corrigee@example.com", registration.convocation_ids.recipients)
        self.assertEqual(len(registration.convocation_ids), 1, "the same convocation")

    def test_bounced(self):
        """17: a convocation that came back is told on its registration."""
        session = self.make_session(days=[self.in_days(10)])
        registration = self.register(session, self.commune)
        self.convoke(session)
        mail = self.convocation_mails(registration)
        self.env["mail.thread"].message_process(
            None,
            BOUNCE.format(
                address=registration.agent_id.email,
                alias=self.env["mail.alias.domain"].search([], limit=1).bounce_email
                or "bounce@example.com",
                message_id=mail.message_id,
            ),
        )
        self.assertIn(registration.agent_id.email, registration.convocation_error)

    def test_one_failure_stops_nobody(self):
        """18: an error on one line is told on it, and tried again."""
        session = self.make_session(days=[self.in_days(10)])
        registrations = self.register(
            session, self.commune, *[self.make_agent(self.commune) for _ in range(3)]
        )
        broken = registrations[1]
        original = type(self.registrations)._training_convoke

        def convoke(record):
            if record == broken:
                raise ValueError("no paper")
            return original(record)

        with (
            patch.object(type(self.registrations), "_training_convoke", convoke),
            mute_logger("odoo.addons.cdg47_convention.models.base.ir_cron"),
        ):
            self.convoke(session)
        self.assertEqual(registrations.mapped("convoked_version"), [1, 0, 1])
        self.assertEqual(broken.convocation_error, "no paper")
        self.assertEqual(self.convoke(session), broken)
        self.assertFalse(broken.convocation_error)

    def test_never_to_waiting_cancelled_past_or_archived(self):
        """19, 21."""
        session = self.make_session(days=[self.in_days(10)], seats=1)
        registered = self.register(session, self.commune)
        waiting = self.register(session, self.make_member(), waiting="any")
        self.assertEqual(self.registrations._training_due() & waiting, waiting.browse())
        session.active = False
        self.assertNotIn(registered, self.registrations._training_due())
        session.active = True
        session._training_cancel_session("Formateur absent")
        self.assertNotIn(registered, self.registrations._training_due())
        # Cancelled between the list and the sending: the version is not claimed.
        registered._training_convoke()
        self.assertFalse(registered.convocation_ids)

    def test_imported_registration_is_convoked(self):
        """22: an Excel import goes through the same engine."""
        session = self.make_session(days=[self.in_days(10)])
        result = self.registrations.with_user(self.organiser).load(
            ["event_id/.id", "collectivite_id/.id", "name", "email"],
            [[str(session.id), str(self.commune.id), "Jeanne", "j@example.com"]],
        )
        self.assertFalse(result["messages"])
        self.assertEqual(self.convoke(session).ids, result["ids"])

    def test_receipt_is_no_convocation(self):
        registration = self.register(self.make_session(), self.commune)
        mail = self.mails_of(registration)
        self.assertEqual(mail.state, "outgoing", "sent by the queue, later")
        self.assertIn("not a convocation", mail.body_html)
        self.assertIn(registration.offer_sentence, mail.body_html)


@tagged("post_install", "-at_install")
class TestCancellation(LifeCase):
    def test_timely_gives_back(self):
        """29 and the rule: free until eight days before, the eighth included."""
        day = date(self.year, 4, 20)
        for days, given_back in ((9, True), (8, True), (7, False)):
            commune = self.make_member()
            session = self.make_session(days=[day])
            registration = self.register(session, commune)
            with self.subTest(days=days), self.at(day - timedelta(days=days)):
                registration._training_cancel()
                self.assertEqual(registration.is_late_cancel, not given_back)
                self.assertEqual(self.left(commune), 2 if given_back else 1)

    def test_free_motives(self):
        commune = self.make_member()
        session = self.make_session(days=[self.in_days(2)])
        registration = self.register(session, commune)
        registration._training_cancel("election")
        self.assertFalse(registration.is_late_cancel)
        self.assertEqual(self.left(commune, session._training_day().year), 2)

    def test_rules_are_those_of_the_day_of_registration(self):
        session = self.make_session(days=[self.in_days(5)], free_cancel_days=3)
        registration = self.register(session, self.commune)
        session.free_cancel_days = 30
        self.assertFalse(registration._training_cancel_is_late())
        self.assertIn("Free until", registration._training_cancel_cost())

    def test_other_agents_keep_the_half_day(self):
        session = self.make_session()
        first, second = self.register(
            session,
            self.commune,
            self.make_agent(self.commune),
            self.make_agent(self.commune),
        )
        first._training_cancel()
        self.assertEqual(self.left(self.commune), 1)
        second._training_cancel()
        self.assertEqual(self.left(self.commune), 2)

    def test_billed_is_taken_back(self):
        session = self.make_session("workshop")
        registration = self.register(session, self.commune)
        order = registration.sale_line_id.order_id
        registration._training_cancel()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(registration.sale_line_id.product_uom_qty, 0)

    def test_overage_is_taken_back(self):
        for _ in range(2):
            self.register(self.make_session(), self.commune)
        registration = self.register(self.make_session(), self.commune)
        line = registration.sale_line_id
        registration._training_cancel()
        self.assertEqual(line.order_id.state, "cancel")
        self.assertEqual(line.qty_to_invoice, 0)
        self.assertEqual(self.env["cdg47.ledger"]._differences(self.commune), [])

    def test_late_cancellation_then_again_counts_once(self):
        session = self.make_session(days=[self.in_days(3)])
        agent = self.make_agent(self.commune)
        year = session._training_day().year
        self.register(session, self.commune, agent)._training_cancel()
        self.register(session, self.commune, agent)
        self.assertEqual(self.left(self.commune, year), 1)

    def test_cancelled_by_the_cdg(self):
        """29: rights given back whatever the delay, other dates proposed."""
        other = self.make_session()
        session = self.make_session(days=[self.in_days(3)])
        registration = self.register(session, self.commune)
        year = session._training_day().year
        wizard = self.env["cdg47.training.session.cancel"].with_user(self.organiser)
        wizard.create(
            {
                "event_id": session.id,
                "reason": "Formateur absent",
                "other_session_ids": [Command.link(other.id)],
            }
        ).action_cancel_session()
        self.assertEqual(session.training_state, "cancelled")
        self.assertEqual(registration.cancel_motive, "cdg")
        self.assertEqual(self.left(self.commune, year), 2)
        mail = self.mails_of(registration).sorted("id")[-1]
        self.assertIn("Formateur absent", mail.body_html)
        self.assertIn(other.name, mail.body_html)

    def test_replaced_at_any_time(self):
        session = self.make_session(days=[self.in_days(1)])
        registration = self.register(session, self.commune)
        registration.convoked_version = 1
        newcomer = self.make_agent(self.commune)
        former = registration.agent_id
        registration._training_replace(newcomer)
        self.assertEqual(registration.agent_id, newcomer)
        self.assertEqual(registration.replaced_agent_ids, former)
        self.assertTrue(registration._is_convocation_due())
        stranger = self.make_agent(self.make_member())
        with self.assertRefused(ValidationError, "is not among the agents"):
            registration._training_replace(stranger)

    def test_headcount_alarm_once(self):
        session = self.make_session(days=[self.in_days(9)], seats_min=3)
        enough = self.make_session(days=[self.in_days(9)], seats_min=1)
        for agent in (self.make_agent(self.commune),):
            self.register(enough, self.commune, agent)
        for _ in range(2):
            self.env["event.event"]._cron_headcount()
        self.assertEqual(len(session.activity_ids), 1)
        self.assertFalse(enough.activity_ids)

    def test_cancelled_registration_is_not_cancelled_twice(self):
        registration = self.register(self.make_session(), self.commune)
        registration._training_cancel()
        with self.assertRefused(UserError, "already"):
            registration._training_cancel()


@tagged("post_install", "-at_install")
class TestSheet(ElectronicMixin, LifeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = date(cls.year, 5, 12)

    def fill(self, half_day, **statuses):
        """Fill a sheet by the names of the agents; the rest is present."""
        sheet = half_day.with_user(self.trainer)._open_sheet()
        half_day.with_user(self.trainer)._fill_sheet(
            {
                line: (statuses.get(line.registration_id.name, "present"), None)
                for line in sheet
            }
        )
        half_day.with_user(self.trainer).action_lock()

    def test_present_absent_excused(self):
        """27, 28: an absence consumes, an excused one gives back."""
        session = self.make_session(days=[self.day])
        communes = {
            status: self.make_member() for status in ("present", "absent", "excused")
        }
        names = {}
        for status, commune in communes.items():
            registration = self.register(session, commune)
            names[registration.name] = status
        with self.at(self.day):
            self.fill(session.half_day_ids, **names)
        self.assertEqual(session.training_state, "held")
        self.assertEqual(
            {s: self.left(c) for s, c in communes.items()},
            {"present": 1, "absent": 1, "excused": 2},
        )
        states = {r.collectivite_id: r.state for r in session.registration_ids}
        self.assertEqual(states[communes["present"]], "done")
        self.assertEqual(states[communes["absent"]], "open")

    def test_absence_by_setting(self):
        self.env.company.cdg47_no_show_consumes = False
        session = self.make_session(days=[self.day])
        registration = self.register(session, self.commune)
        with self.at(self.day):
            self.fill(session.half_day_ids, **{registration.name: "absent"})
        self.assertEqual(self.left(self.commune), 2)

    def test_delivered_and_invoiced_once_held(self):
        for kind in ("workshop", "group"):
            with self.subTest(kind=kind):
                commune = self.make_member()
                if kind == "group":
                    for _ in range(2):
                        self.register(self.make_session(), commune)
                session = self.make_session(kind, days=[self.day])
                registration = self.register(session, commune)
                line = registration.sale_line_id
                self.assertEqual(line.qty_to_invoice, 0)
                with self.at(self.day):
                    self.fill(session.half_day_ids)
                self.assertEqual(line.qty_delivered, 0.5)
                self.assertEqual(line.qty_to_invoice, 0.5)
                invoice = line.order_id._create_invoices()
                self.assertEqual(invoice.amount_untaxed, line.price_subtotal)
                self.assertIn(session.name, invoice.invoice_line_ids[0].name)

    def test_the_xml_of_a_training(self):
        """Lawful, exempt, in days, for its half-days."""
        self.identify_company()
        session = self.make_session("workshop", days=[self.day])
        line = self.register(session, self.make_member()).sale_line_id
        with self.at(self.day):
            self.fill(session.half_day_ids)
        invoice = line.order_id._create_invoices()
        invoice.action_post()
        self.assertLawful(invoice)
        day = f"{self.day:%Y%m%d}"
        self.assertEqual(
            self.values(invoice, UNIT, PERIOD),
            [["DAY"], [day, day]],
        )

    def test_who_may_keep_it(self):
        """47: its trainer or an organiser, once it has started, until it is locked."""
        session = self.make_session(days=[self.day])
        self.register(session, self.commune)
        half_day = session.half_day_ids
        with self.assertRefused(UserError, "Only its trainer"):
            half_day.with_user(self.user_user)._open_sheet()
        sheet = half_day.with_user(self.trainer)._open_sheet()
        with self.assertRefused(UserError, "has not started"):
            half_day.with_user(self.trainer)._fill_sheet({sheet: ("present", None)})
        with self.at(self.day):
            with self.assertRefused(UserError, "whether they were there"):
                half_day.with_user(self.trainer).action_lock()
            self.fill(half_day)
            with self.assertRefused(UserError, "locked"):
                half_day.attendance_ids.sudo().write({"status": "absent"})

    def test_cancelled_are_not_on_it(self):
        """48."""
        session = self.make_session(days=[self.day])
        kept = self.register(session, self.commune)
        gone = self.register(session, self.make_member())
        gone._training_cancel()
        sheet = session.half_day_ids.with_user(self.trainer)._open_sheet()
        self.assertEqual(sheet.registration_id, kept)

    def test_walk_ins(self):
        """34, 49: who came unregistered is covered, to regularise, or refused."""
        session = self.make_session(days=[self.day], seats=1)
        self.register(session, self.commune)
        half_day = session.half_day_ids.with_user(self.trainer)
        techno = self.make_member(forfaits=self.techno)
        member, third = self.make_member(), self.make_member()
        for _ in range(2):
            self.register(self.make_session(), third)
        with self.at(self.day):
            covered = half_day._add_walk_in(member, "Paul Venu")
            beyond = half_day._add_walk_in(third, "Rose Venue")
            refused = half_day._add_walk_in(techno, "Luc Venu")
            self.fill(session.half_day_ids)
        self.assertEqual(
            (covered | beyond | refused).mapped("coverage"),
            ["included", "billed", "refused"],
        )
        self.assertEqual(self.left(member), 1)
        self.assertFalse(beyond.sale_line_id, "to regularise, never billed by itself")
        self.assertIn("Forfait Métiers", refused.verdict)
        self.assertEqual(len(session.registration_ids.attestation_ids), 4)

    def test_attestation_of_real_hours(self):
        """45: half of a day attended: half of its hours."""
        session = self.make_session(days=[self.day], periods=("morning", "afternoon"))
        registration = self.register(session, self.commune)
        with self.at(self.day, 18):
            self.fill(session.half_day_ids[0])
            with self.assertRefused(UserError, "sheets to be locked"):
                registration.attestation_ids._issue(registration)
            self.fill(session.half_day_ids[1], **{registration.name: "absent"})
        attestation = registration.attestation_ids
        self.assertEqual((attestation.hours, attestation.hours_planned), (3.5, 7))
        self.assertRegex(attestation.name, rf"^ATT/{self.year}/\d{{5}}$")
        self.assertEqual(len(attestation.code), 16)

    def test_reopened_sheet_replaces_the_attestation(self):
        """46: another version, the former marked, the reason traced."""
        session = self.make_session(days=[self.day])
        registration = self.register(session, self.commune)
        half_day = session.half_day_ids
        with self.at(self.day):
            self.fill(half_day)
            first = registration.attestation_ids
            with self.assertRefused(UserError, "Say why"):
                half_day.with_user(self.trainer)._reopen(" ")
            half_day.with_user(self.trainer)._reopen("Départ à 10 h 30")
            half_day.with_user(self.trainer)._fill_sheet(
                {half_day.attendance_ids: ("present", 2.0)}
            )
            half_day.with_user(self.trainer).action_lock()
        second = registration.attestation_ids - first
        self.assertEqual((first.state, second.state), ("superseded", "valid"))
        self.assertEqual((second.name, second.version), (first.name, 2))
        self.assertEqual(second.hours, 2.0)
        bodies = " ".join(session.message_ids.mapped("body"))
        self.assertIn("Départ à 10 h 30", bodies)
        # Locked again without a change: nothing new.
        with self.at(self.day):
            half_day.with_user(self.trainer)._reopen("Vérification")
            half_day.with_user(self.trainer).action_lock()
        self.assertEqual(len(registration.attestation_ids), 2)

    def test_name_that_changes(self):
        """50: an agent who changed name has another version, the former is marked."""
        session = self.make_session(days=[self.day])
        registration = self.register(session, self.commune)
        with self.at(self.day):
            self.fill(session.half_day_ids)
        first = registration.attestation_ids
        registration.agent_id.name = "Zoé Ÿildız-Ördög née Œuvrard"
        session.with_user(self.organiser).action_issue_attestations()
        second = registration.attestation_ids - first
        self.assertEqual(second.agent_name, "Zoé Ÿildız-Ördög née Œuvrard")
        self.assertEqual((first.state, second.version), ("superseded", 2))
        self.assertNotEqual(first.agent_name, second.agent_name, "what was said stays")

    def test_survey_to_those_present_only(self):
        session = self.make_session(days=[self.day])
        present = self.register(session, self.commune)
        absent = self.register(session, self.make_member())
        with self.at(self.day):
            self.fill(session.half_day_ids, **{absent.name: "absent"})
        self.assertTrue(present.survey_answer_id)
        self.assertFalse(absent.survey_answer_id)
        mail = self.mails_of(present).filtered(lambda m: "opinion" in m.subject)
        self.assertIn(present.survey_answer_id.access_token, mail.body_html)
        self.assertEqual(mail.recipient_ids, present.agent_id)

    def test_custom_training_asked_for(self):
        requests = self.env["cdg47.training.request"].with_user(self.organiser)
        values = {"name": "Paie", "collectivite_id": self.commune.id, "half_days": 4}
        declined = requests.create(values)
        with self.assertRefused(UserError, "why it is declined"):
            declined.action_decline()
        declined.reason = "Pas de formateur"
        declined.action_decline()
        self.assertIn("Pas de formateur", self.mails_of(declined).body_html)
        accepted = requests.create(values)
        accepted.action_accept()
        self.assertEqual(accepted.order_id.state, "sent")
        self.assertEqual(accepted.order_id.order_line.product_uom_qty, 2)
        self.assertEqual(accepted.order_id.amount_untaxed, 900)
        self.assertEqual(accepted.event_id.reserved_partner_ids, self.commune)
        with self.assertRefused(UserError, "already"):
            accepted.action_decline()


@tagged("post_install", "-at_install")
class TestDocuments(LifeCase):
    def printed(self, report, records):
        """Print a report for good; return its pages and its text.

        :rtype: tuple[int, str]
        """
        with self.allow_pdf_render():
            content, _type = (
                self.env["ir.actions.report"]
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf(f"cdg47_training.{report}", records.ids)
            )
        return self.text_of(content)

    def text_of(self, content):
        reader = PdfReader(io.BytesIO(content))
        text = " ".join(page.extract_text() for page in reader.pages)
        return len(reader.pages), re.sub(r"\s+", " ", text)

    def test_convocation_read_back(self):
        session = self.make_session(
            days=[self.in_days(10)],
            name="Opérations de fin d'année",
            training_objectives="Clôturer l'exercice",
        )
        registration = self.register(session, self.commune)
        with self.allow_pdf_render():
            convocation = registration.with_context(
                force_report_rendering=True
            )._training_convoke()
        pages, text = self.text_of(convocation.attachment_id.raw)
        self.assertEqual(pages, 1)
        for expected in (
            "Convocation",
            "Opérations de fin d'année",
            registration.agent_id.name,
            "Authorisation of absence",
            "mission order",
            session.half_day_ids._label().replace("\xa0", " "),
        ):
            self.assertIn(expected, text)
        mail = self.convocation_mails(registration)
        self.assertEqual(
            {a.mimetype for a in mail.attachment_ids},
            {"application/pdf", "text/calendar"},
        )

    def test_sheet_of_0_1_and_60(self):
        """50: names of 60 letters, nobody, one agent and sixty."""
        for count in (0, 1, 60):
            with self.subTest(count=count):
                session = self.make_session(
                    days=[date(self.year, 6, 2)],
                    periods=("morning", "afternoon"),
                    seats=0,
                )
                long_name = f"{'Jeanne-Éléonore ' * 3}de La Tour-d'Auvergne{count:02}"
                agents = [
                    self.make_contact(
                        f"{long_name[:57]}{n:03}", parent_id=self.commune.id
                    )
                    for n in range(count)
                ]
                for agent in agents:
                    self.make_mandate(agent, self.commune, "agent")
                if agents:
                    self.register(session, self.commune, *agents)
                _pages, text = self.printed("action_report_sheet", session)
                flat = "".join(text.split())
                for agent in agents:
                    self.assertIn("".join(agent.name.split()), flat)
                self.assertEqual("Nobodyisregistered" in flat, not count)
                self.assertIn("Trainer", text)

    def test_attestation_read_back(self):
        session = self.make_session(days=[date(self.year, 6, 3)])
        registration = self.register(session, self.commune)
        half_day = session.half_day_ids
        with self.at(date(self.year, 6, 3)):
            sheet = half_day._open_sheet()
            half_day._fill_sheet({sheet: ("present", None)})
            half_day.action_lock()
        attestation = registration.attestation_ids
        with self.allow_pdf_render():
            content = attestation.with_context(force_report_rendering=True)._pdf().raw
        self.assertEqual(attestation._pdf(), attestation.attachment_id)
        _pages, text = self.text_of(content)
        for expected in (
            attestation.name,
            attestation.code,
            registration.agent_id.name,
            "3 h 30",
        ):
            self.assertIn(expected, text)
