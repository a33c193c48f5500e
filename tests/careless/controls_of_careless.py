# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The careless year sees: without a guard, it finds the fault that the guard stops.

Played by `make careless CONTROLS=1` only: each guard takes minutes.
"""

from functools import partial
from unittest.mock import patch

from careless_controls import GUARDS
from careless_machine import CarelessYear, how_many
from careless_play import Fault, Played
from careless_report import tell
from careless_world import CarelessCase
from hypothesis.stateful import run_state_machine_as_test

from odoo.tests import tagged

SEQUENCES = 500


@tagged("post_install", "-at_install")
class TestCarelessControls(CarelessCase):
    def test_without_a_guard_the_fault_is_found(self):
        for guard in GUARDS:
            with self.subTest(guard=str(guard)):
                self.look_without(guard)

    def look_without(self, guard):
        played = Played()
        taken_away = patch.object(
            self.registry[guard.model],
            guard.method,
            lambda *args, **kwargs: guard.answer,
        )
        with taken_away, self.assertRaises(Fault) as found:
            run_state_machine_as_test(
                partial(CarelessYear, self, played), settings=how_many(SEQUENCES)
            )
        sentence = found.exception.args[0].partition("\n")[0]
        tell(f"{guard} | {played.sequences} | {sentence}")
