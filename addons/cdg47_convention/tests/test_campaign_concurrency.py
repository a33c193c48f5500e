# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Several workers on one campaign: real transactions, committed then removed.

tests/bench/bench_campaign_killed.py plays it at full size, with processes killed.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

from odoo import SUPERUSER_ID, api
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from .campaign_common import CampaignMixin
from .real_cursor_common import RealCursorCase

SIZE = 6
YEAR = 2041


@tagged("post_install", "-at_install")
class TestCampaignConcurrency(CampaignMixin, RealCursorCase):
    def create_scene(self, env):
        partners = env["res.partner"].create(
            [
                {
                    "name": f"Commune en campagne {number}",
                    "is_company": True,
                    "collectivite_type": "commune",
                }
                for number in range(SIZE)
            ]
        )
        env["cdg47.census"].create(
            [
                {
                    "partner_id": partner.id,
                    "date_from": f"{YEAR - 1}-01-01",
                    "population_total": 750,
                    "population_municipal": 750,
                }
                for partner in partners
            ]
        )
        self.convention_ids = self.make_conventions_in_bulk(
            partners, self.metiers, YEAR - 1
        ).ids
        campaign = self.make_campaign(YEAR)
        campaign.action_simulate()
        campaign.action_run()
        env["ir.cron.trigger"].search([]).unlink()
        self.partner_ids, self.campaign_id = partners.ids, campaign.id

    @mute_logger("odoo.models.unlink")
    def remove_all(self):
        """Remove what was committed; signed conventions are kept: SQL ends them."""
        with self.transaction() as env:
            campaign = env["cdg47.campaign"].browse(self.campaign_id)
            campaign.line_ids.filtered(lambda line: line.state == "done")._undo()
            orders = env["sale.order"].search([("partner_id", "in", self.partner_ids)])
            orders.term_id.order_id = False
            orders.unlink()
            campaign.unlink()
            env.flush_all()
            env.invalidate_all()
            env.cr.execute(
                "DELETE FROM cdg47_convention WHERE id IN %s",
                [tuple(self.convention_ids)],
            )
            env["res.partner"].browse(self.partner_ids).unlink()

    def worker(self, barrier=None):
        """Treat batches as a cron does, until nothing is left to this worker."""
        with self.transaction() as env:
            if barrier:
                barrier.wait()
            batches = 0
            while retrying(lambda: env["cdg47.campaign"]._run_batch(1), env):
                batches += 1
            return batches

    def documents(self):
        """Return terms, orders and invoices by convention, and the state."""
        with self.transaction() as env:
            campaign = env["cdg47.campaign"].browse(self.campaign_id)
            conventions = env["cdg47.convention"].browse(self.convention_ids)
            return campaign.state, [
                (
                    len(c.term_ids.filtered(lambda t: t.date_start.year == YEAR)),
                    len(c.order_ids),
                    len(c.order_ids.invoice_ids),
                )
                for c in conventions
            ]

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_two_workers_at_once(self):
        barrier = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            batches = list(pool.map(lambda _n: self.worker(barrier), range(2)))
        self.assertEqual(sum(batches), SIZE)
        # The last worker that finds nothing closes the campaign.
        self.worker()
        self.assertEqual(self.documents(), ("done", [(1, 1, 1)] * SIZE))
        self.assertEqual(self.worker(), 0)
        self.assertEqual(self.documents(), ("done", [(1, 1, 1)] * SIZE))

    def test_a_killed_worker_leaves_nothing_and_is_resumed(self):
        cr = self.registry.cursor()
        env = api.Environment(cr, SUPERUSER_ID, {})
        self.assertEqual(env["cdg47.campaign"]._run_batch(2), 2)
        env.flush_all()
        # Another worker does not wait for the lines this one holds.
        self.assertEqual(self.worker(), SIZE - 2)
        state, documents = self.documents()
        self.assertEqual((state, documents.count((1, 1, 1))), ("running", SIZE - 2))
        # Killed: its connection is lost before its commit.
        cr.rollback()
        cr.close()
        self.assertEqual(self.worker(), 2)
        self.worker()
        self.assertEqual(self.documents(), ("done", [(1, 1, 1)] * SIZE))
