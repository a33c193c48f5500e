# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The engine of the jobs: an item, a commit; what fails stops no other (R11)."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ConventionCase

ENGINE = "odoo.addons.cdg47_convention.models.base.ir_cron"


@tagged("post_install", "-at_install")
class TestJobs(ConventionCase):
    def run_on(self, count, troubles, set_aside=None):
        """Write « done » on some collectivités, by the engine.

        :param dict troubles: what happens at some of the calls, by their number
        :return: the collectivités, and whether all had their turn
        """
        partners = self.env["res.partner"].union(
            *(self.make_commune() for _number in range(count))
        )
        self.env.flush_all()
        calls = []

        def treat(partner):
            calls.append(partner)
            partner.ref = "done"
            trouble = troubles.get(len(calls))
            if trouble == "conflict":
                partner.env.cr.execute(
                    "DO $$ BEGIN RAISE EXCEPTION 'busy' "
                    "USING ERRCODE = 'serialization_failure'; END $$"
                )
            elif trouble:
                raise trouble

        def park(partner, error):
            partner.ref = str(error)

        kind = type(partners)
        with (
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
            patch.object(kind, "_treat", treat, create=True),
            patch.object(kind, "_park", park, create=True),
            patch("odoo.service.model.time.sleep"),
            mute_logger("odoo.sql_db", "odoo.service.model"),
        ):
            env = self.env(cr=cr)
            over = env["ir.cron"]._cdg47_each(
                partners.with_env(env), "_treat", set_aside
            )
        self.env.invalidate_all()
        return partners.mapped("ref"), over

    def test_a_conflict_is_tried_again(self):
        refs, over = self.run_on(2, {1: "conflict"})
        self.assertEqual(refs, ["done", "done"])
        self.assertTrue(over)

    def test_five_conflicts_are_left_to_the_next_run(self):
        refs, over = self.run_on(2, dict.fromkeys(range(1, 6), "conflict"))
        self.assertEqual(refs, [False, "done"])
        self.assertTrue(over)

    @mute_logger(ENGINE)
    def test_a_failure_writes_nothing_and_stops_no_other(self):
        refs, _over = self.run_on(3, {2: ValueError("no paper")})
        self.assertEqual(refs, ["done", False, "done"])

    def test_a_refusal_is_kept_on_its_item(self):
        refs, _over = self.run_on(2, {1: UserError("No tariff")}, set_aside="_park")
        self.assertEqual(refs, ["No tariff", "done"])

    def test_what_the_time_does_not_allow_waits(self):
        with patch.object(
            type(self.env["ir.cron"]), "_commit_progress", lambda *_a, **_kw: 0
        ):
            refs, over = self.run_on(2, {})
        self.assertEqual(refs, ["done", False])
        self.assertFalse(over)
