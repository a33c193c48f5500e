# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Many agents draw on one right at once: real transactions, committed then removed."""

import logging
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from .real_cursor_common import RealCursorCase

_logger = logging.getLogger(__name__)
WORKERS = 8
DRAW = 30
QUOTA = 600


@tagged("post_install", "-at_install")
class TestLedgerConcurrency(RealCursorCase):
    """8 workers draw 30 min at a time on a right of 600 min (R6).

    Longer by the environment, for instance twenty rounds of 320 draws:
    ``CDG47_ROUNDS=20 CDG47_DRAWS=40 make test ARGS="-k covered_exactly"``.
    ``CDG47_WAIT=0.05`` shortens Odoo's waits between two tries, which makes the tries
    collide more.
    """

    rounds = int(os.environ.get("CDG47_ROUNDS") or 1)
    draws = int(os.environ.get("CDG47_DRAWS") or 5)
    wait = float(os.environ.get("CDG47_WAIT") or 1)

    def create_scene(self, env):
        convention = self.make_commune_in_force(env, "Commune très sollicitée")
        # One day by the rule, three hours by a gesture: 600 minutes.
        right = env["cdg47.entitlement"]._open(
            convention.partner_id, self.service("AUDIT-SECU"), convention.date_start
        )
        right._grant_goodwill((QUOTA - 420) / 420, "Geste")

    def remove_all(self):
        """Remove what was committed, in SQL: facts and signed conventions are kept."""
        with self.registry.cursor() as cr:
            cr.execute("ALTER TABLE cdg47_consumption DISABLE TRIGGER USER")
            for table in ("cdg47_consumption", "cdg47_entitlement"):
                cr.execute(f"DELETE FROM {table} WHERE partner_id = {self.partner_id}")
            cr.execute("ALTER TABLE cdg47_consumption ENABLE TRIGGER USER")
            cr.execute(f"DELETE FROM cdg47_convention WHERE id = {self.convention_id}")
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["res.partner"].browse(self.partner_id).unlink()

    def draw(self, env, convention_id=None, service="audit_secu", day="2024-06-10"):
        convention = env["cdg47.convention"].browse(convention_id or self.convention_id)
        convention._consume(
            env.ref(f"cdg47_convention.service_{service}"),
            DRAW / 60,
            env.ref("cdg47_convention.uom_hour"),
            day,
        )

    def work(self, draws, barrier=None, day="2024-06-10"):
        """Draw some times as web requests would; a refused draw is repeated.

        :return: how many were refused after five tries, and asked again

        Each first transaction has read its snapshot before any writes.
        """
        with closing(self.registry.cursor()) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            waited = [barrier is None]

            def request():
                convention = env["cdg47.convention"].browse(self.convention_id)
                convention.mapped("partner_id.name")
                if not waited[0]:
                    waited[0] = True
                    barrier.wait()
                self.draw(env, day=day)

            done = refused = 0
            while done < draws:
                try:
                    retrying(request, env)
                    done += 1
                except SerializationFailure:
                    refused += 1
                    cr.rollback()
                    env.transaction.reset()
            return refused

    def draw_in_parallel(self, workers, draws):
        barrier = threading.Barrier(workers, timeout=30)
        with ThreadPoolExecutor(workers) as pool:
            return sum(pool.map(lambda _n: self.work(draws, barrier), range(workers)))

    def totals(self):
        with self.registry.cursor() as cr:
            cr.execute(
                """
                SELECT count(*), sum(covered_amount), sum(billable_amount)
                  FROM cdg47_consumption WHERE partner_id = %s
                """,
                [self.partner_id],
            )
            return cr.fetchone()

    def differences(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partner = env["res.partner"].browse(self.partner_id)
            return env["cdg47.ledger"]._differences(partner)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_covered_exactly_what_was_granted(self):
        drawn = WORKERS * self.draws
        sleep = time.sleep
        shorter = patch(
            "odoo.service.model.time.sleep", lambda wait: sleep(wait * self.wait)
        )
        shorter.start()
        self.addCleanup(shorter.stop)
        for number in range(1, self.rounds + 1):
            start = time.monotonic()
            refused = self.draw_in_parallel(WORKERS, self.draws)
            self.assertEqual(self.totals(), (drawn, QUOTA, drawn * DRAW - QUOTA))
            self.assertEqual(self.differences(), [])
            if self.rounds > 1:
                _logger.info(
                    "round %s: %s draws, %s min covered, %s refused after 5 tries, "
                    "%.0f s",
                    *(number, drawn, QUOTA, refused, time.monotonic() - start),
                )
                self.remove_all()
                with self.registry.cursor() as cr:
                    self.create_scene(api.Environment(cr, SUPERUSER_ID, {}))

    # === A draw that never gets through ===
    def disturb(self):
        """Write to the ledger from another transaction, as a colleague would."""
        with self.registry.cursor() as cr:
            cr.execute(
                "UPDATE cdg47_ledger SET seq = seq + 1 WHERE partner_id = %s",
                [self.partner_id],
            )

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_refused_after_five_tries_writes_nothing(self):
        tries = []

        def request():
            convention = env["cdg47.convention"].browse(self.convention_id)
            convention.mapped("partner_id.name")
            tries.append(len(tries))
            if len(tries) <= 5:
                self.disturb()
            self.draw(env)

        with (
            closing(self.registry.cursor()) as cr,
            patch("odoo.service.model.time.sleep"),
        ):
            env = api.Environment(cr, SUPERUSER_ID, {})
            with suppress(SerializationFailure):  # no savepoint of the test's own
                retrying(request, env)
                self.fail("The draw got through.")
            self.assertEqual(len(tries), 5)
            self.assertEqual(self.totals(), (0, None, None))
            # Its caller asks again.
            retrying(request, env)
        self.assertEqual(self.totals(), (1, DRAW, 0))
        self.assertEqual(self.differences(), [])

    # === Two rights in opposite orders ===
    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_rights_in_opposite_orders(self):
        """One guard for one collectivité; PostgreSQL breaks the tie between two."""
        first = self.partner_id, self.convention_id
        with self.transaction() as env:
            type(self).env = env
            self.create_scene(env)
        second = self.partner_id, self.convention_id

        def remove_first():
            self.partner_id, self.convention_id = first
            self.remove_all()
            self.partner_id, self.convention_id = second

        self.addCleanup(remove_first)
        pairs = [
            ((first, "audit_secu"), (first, "cert_accomp")),
            ((first, "recueil"), (second, "audit_secu")),
        ]
        for pair in pairs:
            self.draw_both(pair, pair[::-1])
            for (partner_id, _convention), service in pair:
                with self.registry.cursor() as cr:
                    cr.execute(
                        """
                        SELECT count(*) FROM cdg47_consumption f
                          JOIN product_product p ON p.id = f.product_id
                         WHERE f.partner_id = %s AND p.default_code = %s
                        """,
                        [partner_id, service.upper().replace("_", "-")],
                    )
                    self.assertEqual(cr.fetchone()[0], 2, service)
        self.assertEqual(self.differences(), [])

    def draw_both(self, *orders):
        """Draw on two rights in one transaction, in several orders at once."""
        barrier = threading.Barrier(len(orders), timeout=30)

        def work(order):
            with closing(self.registry.cursor()) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                tries = []

                def request():
                    tries.append(1)
                    for rank, ((_partner_id, convention_id), service) in enumerate(
                        order
                    ):
                        if rank == 0 and len(tries) == 1:
                            convention = env["cdg47.convention"].browse(convention_id)
                            convention.mapped("partner_id.name")
                            barrier.wait()
                        self.draw(env, convention_id, service)

                retrying(request, env)

        with ThreadPoolExecutor(len(orders)) as pool:
            list(pool.map(work, orders))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_first_uses_on_four_days_open_one_window(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM cdg47_entitlement WHERE partner_id = %s", [self.partner_id]
            )
        barrier = threading.Barrier(4, timeout=30)
        days = [f"2024-06-1{n}" for n in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda day: self.work(1, barrier, day), days))
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT date_start FROM cdg47_entitlement WHERE partner_id = %s",
                [self.partner_id],
            )
            self.assertEqual([str(row[0]) for row in cr.fetchall()], ["2024-06-10"])
        self.assertEqual(self.totals(), (4, 4 * DRAW, 0))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_without_the_guard_it_overdraws(self):
        """Negative control: each transaction sees none of the others' draws."""
        ledger = self.registry["cdg47.ledger"]
        self.work(QUOTA // DRAW - 1)
        with (
            patch.object(ledger, "_guard", lambda self, partners: None),
            patch.object(ledger, "_chain", lambda self, facts: facts),
            patch.object(
                ledger,
                "_right_values",
                lambda self, outcome: {"key": outcome.right.key},
            ),
        ):
            self.draw_in_parallel(2, 1)
        self.assertGreater(self.totals()[1], QUOTA)
