# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The careless year sees: without a guard, it finds the fault that the guard stops.

Played by `make careless CONTROLS=1` only: each guard takes minutes.
"""

import os
from functools import partial

from careless_controls import GUARDS
from careless_machine import CarelessYear, how_many
from careless_play import Fault, Played
from careless_report import tell
from careless_world import CarelessCase
from hypothesis.stateful import run_state_machine_as_test

from odoo.tests import tagged

SEQUENCES = 500
# One guard of them all, by a part of its name.
ASKED = os.environ.get("GUARD", "")


@tagged("post_install", "-at_install")
class TestCarelessControls(CarelessCase):
    def test_without_a_guard_the_fault_is_found(self):
        asked = [guard for guard in GUARDS if ASKED in str(guard)]
        self.assertTrue(asked, f"no guard {ASKED}")
        for guard in asked:
            with self.subTest(guard=str(guard)):
                self.look_without(guard)

    def look_without(self, guard):
        played = Played()
        with guard.taken_away(self.env):
            fault = self.first_fault(guard, played)
        tell(f"{guard} | {played.sequences} | {fault or 'nothing found'}")
        self.assertTrue(fault, f"{played.sequences} sequences saw nothing")
        # A crash would be that of our patch: it proves nothing.
        self.assertIsInstance(fault.error, AssertionError)

    def first_fault(self, guard, played):
        """Return the fault that the machine found first, or None."""
        try:
            run_state_machine_as_test(
                partial(CarelessYear, self, played, guard.aims),
                settings=how_many(SEQUENCES),
            )
        except Fault as fault:
            return fault
        return None
