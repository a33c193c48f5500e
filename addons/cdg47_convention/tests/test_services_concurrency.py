# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two accountants press « create invoice » at the same second: billed once (R6)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger

from .real_cursor_common import RealCursorCase


@tagged("post_install", "-at_install")
class TestServicesConcurrency(RealCursorCase):
    def create_scene(self, env):
        """Commit one signed supplement of 180 € of one commune."""
        convention = self.make_commune_in_force(env, "Commune facturée une fois")
        order = convention._quote_services(
            [
                {
                    "product_id": self.service("CERT"),
                    "quantity": 1,
                    "kind": "supplement",
                }
            ]
        )
        order.signed_by = "Maire"
        order.action_confirm()
        self.order_id = order.id

    def remove_all(self):
        with self.transaction() as env:
            order = env["sale.order"].browse(self.order_id)
            order.invoice_ids.unlink()
            order._action_cancel()
            order.order_line.cdg47_allocation_ids.sale_line_id = False
            partner = env["res.partner"].browse(self.partner_id)
            partner.allocation_ids.unlink()
            # What was signed is kept: only a test takes its signature away.
            order.signed_by = False
            order.unlink()
            env.flush_all()
            env.cr.execute(
                "DELETE FROM cdg47_convention WHERE id = %s", [self.convention_id]
            )
            env.invalidate_all()
            partner.unlink()

    def invoice_in_parallel(self):
        """Press at once: each has read its snapshot before either writes."""
        barrier = threading.Barrier(2, timeout=20)

        def press(_n):
            waited = []
            with closing(self.registry.cursor()) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})

                def request():
                    order = env["sale.order"].browse(self.order_id)
                    order.order_line.mapped("qty_to_invoice")
                    if not waited:
                        waited.append(True)
                        barrier.wait()
                    order._create_invoices()

                try:
                    retrying(request, env)
                except UserError as error:
                    return str(error)
                return "invoiced"

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(press, range(2)))

    def amounts(self):
        with self.transaction() as env:
            order = env["sale.order"].browse(self.order_id)
            return order.invoice_ids.mapped("amount_total")

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_billed_once(self):
        outcomes = self.invoice_in_parallel()
        self.assertEqual(outcomes.count("invoiced"), 1, outcomes)
        self.assertEqual(self.amounts(), [180])

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_without_the_guard_it_would_be_billed_twice(self):
        """Negative control: REPEATABLE READ hides each one from the other."""
        ledger = self.registry["cdg47.ledger"]
        lines = self.registry["sale.order.line"]
        with (
            patch.object(ledger, "_guard", lambda self, partners: None),
            # Odoo's own columns of the order would part the two by luck.
            patch.object(lines, "_compute_qty_invoiced", lambda self: None),
        ):
            outcomes = self.invoice_in_parallel()
        self.assertEqual(outcomes, ["invoiced", "invoiced"])
        self.assertEqual(self.amounts(), [180, 180])
