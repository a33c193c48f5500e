# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Many agents draw on one right at once: real transactions, committed then removed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tests.common import BaseCase, get_db_name
from odoo.tools import mute_logger

from .common import ConventionMixin
from .ledger_common import LedgerMixin

WORKERS = 8
DRAW = 30
QUOTA = 600


@tagged("post_install", "-at_install")
class TestLedgerConcurrency(LedgerMixin, ConventionMixin, BaseCase):
    """8 workers draw 30 min at a time on a right of 600 min (R6)."""

    draws = 5

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            self.create_convention(api.Environment(cr, SUPERUSER_ID, {}))
        self.addCleanup(self.remove_all)

    def create_convention(self, env):
        cls = type(self)
        cls.env = env
        cls.metiers = env.ref("cdg47_convention.forfait_metiers")
        cls.techno = env.ref("cdg47_convention.forfait_techno")
        partner = env["res.partner"].create(
            {
                "name": "Commune très sollicitée",
                "is_company": True,
                "collectivite_type": "commune",
            }
        )
        convention = self.make_convention_since("2024-01-01", partner)
        # One day by the rule, three hours by a gesture: 600 minutes.
        right = env["cdg47.entitlement"]._open(
            partner, self.service("AUDIT-SECU"), convention.date_start
        )
        right._grant_goodwill((QUOTA - 420) / 420, "Geste")
        self.partner_id, self.convention_id = partner.id, convention.id

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

    def work(self, draws, barrier=None, day="2024-06-10"):
        """Draw some times as web requests would; a refused draw is repeated.

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
                convention._consume(
                    env.ref("cdg47_convention.service_audit_secu"),
                    DRAW / 60,
                    env.ref("cdg47_convention.uom_hour"),
                    day,
                )

            done = 0
            while done < draws:
                try:
                    retrying(request, env)
                    done += 1
                except SerializationFailure:
                    cr.rollback()
                    env.transaction.reset()

    def draw_in_parallel(self, workers, draws):
        barrier = threading.Barrier(workers, timeout=30)
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda _n: self.work(draws, barrier), range(workers)))

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
        self.draw_in_parallel(WORKERS, self.draws)
        drawn = WORKERS * self.draws
        self.assertEqual(self.totals(), (drawn, QUOTA, drawn * DRAW - QUOTA))
        self.assertEqual(self.differences(), [])

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
