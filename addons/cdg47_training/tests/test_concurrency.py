# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Many at the same second: real transactions, committed then removed (R6)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from unittest.mock import patch

from psycopg2 import IntegrityError
from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import mute_logger

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

from .common import TrainingMixin

CONTENDERS, SEATS = 20, 5


@tagged("post_install", "-at_install")
class TestConcurrency(TrainingMixin, BaseCase):
    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.created = {}
        self.addCleanup(self.remove_all)
        with self.committed():
            self._set_up_parties()

    @contextmanager
    def committed(self):
        """Open a transaction of its own, committed at the end."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
            type(self).env = env
            for table in TABLES:
                cr.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")
                self.created.setdefault(table, cr.fetchone()[0])
            yield env

    def _set_up_parties(self):
        """Set what the helpers use, without any user to remove afterwards."""
        cls, env = type(self), self.env
        cls._numbers = count(1)
        cls.tariff = env.company._cdg47_tariff()
        cls.metiers = env.ref("cdg47_convention.forfait_metiers")
        cls.techno = env.ref("cdg47_convention.forfait_techno")
        cls.organiser = cls.trainer = env.ref("base.user_admin")
        cls.today = today_in_paris()
        cls.year = cls.today.year + 1
        for code in ("FORM-SITE", "ATELIER"):
            self.set_price(code, 450)
        cls.editor = env["cdg47.software.editor"].create(
            {
                "name": "Éditeur très demandé",
                "product_ids": [Command.link(self.service("FORM-GROUPE").id)],
            }
        )

    def remove_all(self):
        """Remove what was committed, in SQL: facts and signed conventions are kept.

        A table still named by another one is taken at the next turn.
        """
        with self.registry.cursor() as cr:
            cr.execute("ALTER TABLE cdg47_consumption DISABLE TRIGGER USER")
            left = list(self.created)
            for _turn in TABLES:
                left = [table for table in left if not self._remove(cr, table)]
            cr.execute("ALTER TABLE cdg47_consumption ENABLE TRIGGER USER")
        self.assertEqual(left, [])
        self.registry.clear_all_caches()

    def _remove(self, cr, table):
        try:
            with cr.savepoint(flush=False):
                cr.execute(f"DELETE FROM {table} WHERE id > {self.created[table]}")
        except IntegrityError:
            return False
        return True

    # === Contenders ===
    def in_parallel(self, jobs, workers=None):
        """Run jobs at once, as web requests do; return what each answered.

        Each first transaction has read its snapshot before any of them writes, unless
        fewer workers take them in turn; a job that lost every try is a click that is
        repeated.
        """
        barrier = threading.Barrier(len(jobs), timeout=60)

        def work(job):
            with closing(self.registry.cursor()) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
                waited = []

                def request():
                    env.cr.execute("SELECT 1")
                    if not waited and not workers:
                        barrier.wait()
                    waited.append(True)
                    return job(env)

                while True:
                    try:
                        return retrying(request, env)
                    except SerializationFailure:
                        cr.rollback()
                        continue
                    except UserError as error:
                        return str(error)

        with ThreadPoolExecutor(workers or len(jobs)) as pool:
            return list(pool.map(work, jobs))

    def register_job(self, session_id, commune_id, agent_id, **values):
        def job(env):
            commune = env["res.partner"].browse(commune_id)
            registration = (
                env["event.event"]
                .browse(session_id)
                ._training_register(
                    commune,
                    env["res.partner"].browse(agent_id),
                    acceptance="portal",
                    **values,
                )
            )
            return registration.coverage

        return job

    def seats_contended(self, contenders, seats, workers=None):
        """Have agents of one commune each try to register; return how many are in."""
        with self.committed():
            commune = self.make_member()
            session = self.make_session("workshop", seats=seats)
            agents = [self.make_agent(commune).id for _ in range(contenders)]
            ids = session.id, commune.id
        jobs = [self.register_job(*ids, agent) for agent in agents]
        self.in_parallel(jobs, workers)
        return self.registered_at(ids[0])

    def registered_at(self, session_id):
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT count(*) FROM event_registration "
                "WHERE event_id = %s AND state = 'open'",
                [session_id],
            )
            return cr.fetchone()[0]

    # === Seats ===
    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_20_contenders_for_5_seats(self):
        """1, 2: exactly as many as there are seats, none lost."""
        self.assertEqual(self.seats_contended(CONTENDERS, SEATS), SEATS)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_60_clients_of_8_workers(self):
        """10: none lost while a seat is left, none too many."""
        self.assertEqual(self.seats_contended(60, 50, workers=8), 50)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_sessions_in_opposite_orders(self):
        """3: guards are taken in one order: neither waits for the other for ever."""
        with self.committed():
            commune = self.make_member()
            sessions = [self.make_session("workshop").id for _ in range(2)]
            agents = [self.make_agent(commune).id for _ in range(2)]
            commune_id = commune.id

        def job(order, agent_id):
            def register(env):
                env["event.registration"].create(
                    [
                        {
                            "event_id": session_id,
                            "collectivite_id": commune_id,
                            "agent_id": agent_id,
                        }
                        for session_id in order
                    ]
                )
                return "registered"

            return register

        outcomes = self.in_parallel(
            [job(sessions, agents[0]), job(sessions[::-1], agents[1])]
        )
        self.assertEqual(outcomes, ["registered"] * 2)
        self.assertEqual([self.registered_at(s) for s in sessions], [2, 2])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_without_the_guards_it_oversells(self):
        """Negative control: each transaction counts without the others."""
        events = self.registry["event.event"]
        ledger = self.registry["cdg47.ledger"]
        with (
            patch.object(events, "_training_guard", lambda self: None),
            patch.object(ledger, "_guard", lambda self, partners: None),
            # Written on the session by every registration: a guard of a kind.
            patch.object(events, "_compute_filling", _nothing_filled),
            # One half-day by agent: the unique index would part them by luck.
            patch.object(
                self.registry["event.registration"],
                "_training_take_seats",
                lambda self: None,
            ),
        ):
            self.assertGreater(self.seats_contended(6, 1), 1)

    # === Rights ===
    def last_half_day_contended(self, contenders=8):
        """Have one commune register to many sessions while one half-day is left.

        :return: what each registration said, and the id of the commune
        """
        with self.committed():
            commune = self.make_member()
            self.register(self.make_session(), commune)
            sessions = [self.make_session().id for _ in range(contenders)]
            agents = [self.make_agent(commune).id for _ in sessions]
            commune_id = commune.id
        outcomes = self.in_parallel(
            [
                self.register_job(session, commune_id, agent)
                for session, agent in zip(sessions, agents, strict=True)
            ]
        )
        return sorted(outcomes), commune_id

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_8_for_the_last_half_day(self):
        """4: one included, seven billed, and the ledger says the same."""
        outcomes, commune_id = self.last_half_day_contended()
        self.assertEqual(outcomes, ["billed"] * 7 + ["included"])
        with self.committed() as env:
            commune = env["res.partner"].browse(commune_id)
            self.assertEqual(self.left(commune), 0)
            self.assertEqual(env["cdg47.ledger"]._differences(commune), [])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_without_the_guard_the_last_half_day_is_drawn_twice(self):
        """Negative control: the same race, no transaction sees the others' draws."""
        ledger = self.registry["cdg47.ledger"]
        with (
            # Written by every draw on the ledger and on the right: guards of a kind.
            patch.object(ledger, "_chain", lambda self, facts: facts),
            patch.object(
                ledger,
                "_right_values",
                lambda self, outcome: {"key": outcome.right.key},
            ),
        ):
            outcomes, _commune = self.last_half_day_contended()
            self.assertEqual(outcomes.count("included"), 1, "the guard alone suffices")
            with patch.object(ledger, "_guard", lambda self, partners: None):
                for _attempt in range(5):
                    outcomes, _commune = self.last_half_day_contended()
                    if outcomes.count("included") > 1:
                        return
        self.fail("The race was never seen: the test above proves nothing.")

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_agents_of_one_commune_count_once(self):
        with self.committed():
            commune = self.make_member()
            session = self.make_session()
            agents = [self.make_agent(commune).id for _ in range(4)]
            ids = session.id, commune.id
        self.in_parallel([self.register_job(*ids, agent) for agent in agents])
        with self.committed() as env:
            self.assertEqual(self.left(env["res.partner"].browse(ids[1])), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_double_click(self):
        """9: the same agent sent twice at once is registered once."""
        with self.committed():
            commune = self.make_member()
            session = self.make_session()
            ids = session.id, commune.id, self.make_agent(commune).id
        outcomes = self.in_parallel([self.register_job(*ids)] * 2)
        self.assertEqual(outcomes.count("included"), 1, outcomes)

    # === Waiting list ===
    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_cancel_promote_and_newcomer_at_once(self):
        """5, 7: the seat goes to who waits; two jobs offer it once."""
        with self.committed():
            session = self.make_session(seats=1)
            holder = self.register(session, self.make_member())
            waiting = self.register(session, self.make_member(), waiting="any")
            second = self.register(session, self.make_member(), waiting="any")
            newcomer = self.make_member()
            ids = session.id, newcomer.id, self.make_agent(newcomer).id
            holder_id, waiting_ids = holder.id, (waiting | second).ids

        def cancel(env):
            env["event.registration"].browse(holder_id)._training_cancel()

        def promote(env):
            event = env["event.event"].browse(ids[0])
            event._training_guard()
            event._training_promote()

        self.in_parallel([cancel, promote, promote, self.register_job(*ids)])
        with self.committed() as env:
            event = env["event.event"].browse(ids[0])
            first, second = env["event.registration"].browse(waiting_ids)
            self.assertTrue(first.offer_until)
            self.assertFalse(second.offer_until)
            states = sorted(event.registration_ids.mapped("state"))
            self.assertEqual(states, ["cancel", "draft", "draft"])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_one_more_seat_during_the_promotion(self):
        """6: a seat added while the job promotes is offered once."""
        with self.committed():
            session = self.make_session(seats=1)
            self.register(session, self.make_member())
            for _ in range(3):
                self.register(session, self.make_member(), waiting="any")
            session_id = session.id

        def enlarge(env):
            env["event.event"].browse(session_id).seats_max = 2

        def promote(env):
            event = env["event.event"].browse(session_id)
            event._training_guard()
            event._training_promote()

        self.in_parallel([enlarge, promote, promote])
        with self.committed() as env:
            event = env["event.event"].browse(session_id)
            offered = event.registration_ids.filtered("offer_until")
            self.assertEqual((len(offered), event.seats_available), (1, 0))

    # === Convocations ===
    def convoke_in_parallel(self):
        with self.committed():
            session = self.make_session(days=[self.in_days(10)])
            communes = [self.make_member() for _ in range(3)]
            registrations = [self.register(session, c).id for c in communes]

        def convoke(env):
            for registration in env["event.registration"].browse(registrations):
                registration._training_convoke()

        def printed(record, convocation):
            return record.env["ir.attachment"].create({"name": "C", "raw": b"%PDF"})

        with patch.object(
            self.registry["event.registration"], "_print_convocation", printed
        ):
            refused = [said for said in self.in_parallel([convoke, convoke]) if said]
            # A job that another one stopped goes on at its next run.
            for _sentence in refused:
                self.in_parallel([convoke])
        with self.committed() as env:
            mails = env["mail.mail"].search(
                [
                    ("model", "=", "event.registration"),
                    ("res_id", "in", registrations),
                    ("subject", "like", "onvocation"),
                ]
            )
            return sorted(mails.mapped("res_id")), sorted(registrations)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_jobs_one_mail_each(self):
        """8: two convocation jobs in parallel, one mail for each agent."""
        sent, expected = self.convoke_in_parallel()
        self.assertEqual(sent, expected)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_without_the_claim_two_mails(self):
        """Negative control: reading who is due is not enough."""
        registrations = self.registry["event.registration"]
        with self.registry.cursor() as cr:
            cr.execute("DROP INDEX cdg47_training_convocation_once")
        try:
            with patch.object(
                registrations,
                "_claim_version",
                lambda record: record.event_id.session_version,
            ):
                sent, expected = self.convoke_in_parallel()
        finally:
            self.remove_all()
            with self.registry.cursor() as cr:
                cr.execute(
                    "CREATE UNIQUE INDEX cdg47_training_convocation_once ON "
                    "cdg47_training_convocation (registration_id, agent_id, version)"
                )
        self.assertGreater(len(sent), len(expected))


def _nothing_filled(events):
    events.participant_count = events.fill_rate = 0


PERIODS = ("morning", "afternoon")
# What the tests commit, from the leaves to the roots.
TABLES = (
    "cdg47_training_convocation",
    "cdg47_training_participation",
    "event_registration",
    "cdg47_consumption",
    "cdg47_grant",
    "cdg47_entitlement",
    "sale_order_line",
    "sale_order",
    "cdg47_training_half_day",
    "event_event",
    "mail_mail",
    "mail_message",
    "mail_activity",
    "ir_attachment",
    "cdg47_convention_term",
    "cdg47_convention_line",
    "cdg47_convention",
    "cdg47_mandate",
    "cdg47_census",
    "cdg47_ledger",
    "product_pricelist_item",
    "res_partner",
    "cdg47_software_editor",
)
