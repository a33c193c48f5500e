# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two agents at the same second: real transactions, committed then removed."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import HttpCase, tagged
from odoo.tests.common import BaseCase, JsonRpcException, get_db_name
from odoo.tools import mute_logger

from .common import SIGNATURE, ConventionMixin


@tagged("post_install", "-at_install")
class TestConcurrency(ConventionMixin, BaseCase):
    """One convention in force per collectivité, when two are signed at once (R6)."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            self.create_proposals(api.Environment(cr, SUPERUSER_ID, {}))
        self.addCleanup(self.remove_all)

    def create_proposals(self, env):
        """Commit two proposals of one commune, for the same dates."""
        partner = env["res.partner"].create(
            {
                "name": "Commune deux fois proposée",
                "is_company": True,
                "collectivite_type": "commune",
                "census_ids": [
                    Command.create({"date_from": "2020-01-01", "population_total": 750})
                ],
            }
        )
        forfait = env.ref("cdg47_convention.forfait_metiers")
        conventions = env["cdg47.convention"].create(
            [
                {
                    "partner_id": partner.id,
                    "date_start": "2027-01-01",
                    "forfait_ids": [Command.set(forfait.ids)],
                    "deliberation_number": "1",
                    "deliberation_date": "2026-11-02",
                }
            ]
            * 2
        )
        conventions.action_propose()
        self.partner_id, self.convention_ids = partner.id, conventions.ids
        # Both signatures are one file of Odoo's, which two writers could find half
        # written: it is there before they start.
        self.drawing_id = (
            env["ir.attachment"]
            .create({"name": "signature.png", "datas": SIGNATURE})
            .id
        )

    def remove_all(self):
        """Remove what was committed; SQL first, as a signed convention is kept."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            conventions = env["cdg47.convention"].browse(self.convention_ids)
            orders = conventions.order_ids
            cr.execute(
                "UPDATE cdg47_convention SET state = 'draft' WHERE id IN %s",
                [tuple(conventions.ids)],
            )
            cr.execute(
                "UPDATE cdg47_convention_term SET order_id = NULL "
                "WHERE convention_id IN %s",
                [tuple(conventions.ids)],
            )
            cr.execute(
                "UPDATE sale_order SET state = 'cancel', convention_id = NULL, "
                "term_id = NULL WHERE id IN %s",
                [tuple(orders.ids)],
            )
            env.invalidate_all()
            conventions.unlink()
            orders.unlink()
            env["res.partner"].browse(self.partner_id).unlink()
            env["ir.attachment"].browse(self.drawing_id).unlink()

    def sign_in_parallel(self):
        """Sign both at the same time, as two web requests would; return the outcomes.

        Each transaction has read its snapshot before either writes.
        """
        barrier = threading.Barrier(2, timeout=20)

        def sign(convention_id):
            waited = []
            with closing(self.registry.cursor()) as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})

                def request():
                    convention = env["cdg47.convention"].browse(convention_id)
                    convention.partner_id.convention_ids.mapped("state")
                    if not waited:
                        waited.append(True)
                        barrier.wait()
                    self.sign(convention)

                try:
                    retrying(request, env)
                except ValidationError as error:
                    return str(error)
                return "signed"

        # Odoo's confirmation mail writes on the partner's sign-up: it would part the
        # two transactions by luck.
        orders = self.registry["sale.order"]
        without_mail = patch.object(orders, "_send_order_confirmation_mail")
        with without_mail, ThreadPoolExecutor(2) as pool:
            return list(pool.map(sign, self.convention_ids))

    def active_count(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            conventions = env["cdg47.convention"].browse(self.convention_ids)
            return len(conventions.filtered(lambda c: c.state == "active"))

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_one_of_two_wins(self):
        outcomes = self.sign_in_parallel()
        self.assertEqual(outcomes.count("signed"), 1, outcomes)
        self.assertEqual(self.active_count(), 1)

    @mute_logger("odoo.sql_db", "odoo.service.model")
    def test_without_the_guard_both_would_win(self):
        """Negative control: REPEATABLE READ hides each one from the other."""
        ledger = self.registry["cdg47.ledger"]
        with patch.object(ledger, "_guard", lambda self, partners: None):
            outcomes = self.sign_in_parallel()
        self.assertEqual(outcomes, ["signed", "signed"])
        self.assertEqual(self.active_count(), 2)


@tagged("post_install", "-at_install")
class TestSentenceAfterFiveTries(HttpCase):
    """A browser whose five tries failed reads a sentence, and nothing is written."""

    def create_while_busy(self, guarded, method):
        """Record a use, in a browser, while a method always meets a conflict.

        :return: the error of the browser
        """
        tries = []

        def busy(records, *_args):
            tries.append(records)
            records.env.cr.execute(
                "DO $$ BEGIN RAISE EXCEPTION 'busy' "
                "USING ERRCODE = 'serialization_failure'; END $$"
            )

        self.authenticate("admin", "admin")
        partner = self.env["res.partner"].create(
            {"name": "C", "is_company": True, "collectivite_type": "commune"}
        )
        product = self.env.ref("cdg47_convention.service_audit_secu")
        uom = self.env.ref("cdg47_convention.uom_day")
        with (
            patch.object(type(self.env[guarded]), method, busy),
            patch("odoo.service.model.time.sleep"),
            self.assertRaises(JsonRpcException) as caught,
        ):
            self.make_jsonrpc_request(
                "/web/dataset/call_kw",
                {
                    "model": "cdg47.consumption",
                    "method": "create",
                    "args": [
                        [
                            {
                                "partner_id": partner.id,
                                "product_id": product.id,
                                "date": "2027-01-05",
                                "quantity": 1,
                                "uom_id": uom.id,
                            }
                        ]
                    ],
                    "kwargs": {"context": {"lang": "fr_FR"}},
                },
            )
        self.assertEqual(len(tries), 5)
        self.assertFalse(
            self.env["cdg47.consumption"].search([("partner_id", "=", partner.id)])
        )
        return str(caught.exception)

    @mute_logger("odoo.http", "odoo.sql_db", "odoo.service.model")
    def test_json_rpc(self):
        error = self.create_while_busy("cdg47.ledger", "_count_write")
        self.assertIn("odoo.exceptions.UserError", error)

    @mute_logger("odoo.http", "odoo.sql_db", "odoo.service.model")
    def test_a_conflict_that_is_not_ours_keeps_its_name(self):
        error = self.create_while_busy("cdg47.consumption", "create")
        self.assertIn("SerializationFailure", error)
        self.assertNotIn("odoo.exceptions.UserError", error)
