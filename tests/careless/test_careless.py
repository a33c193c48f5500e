# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The careless year: everybody's ordinary gestures, in any order, no wrong euro."""

from functools import partial

from careless_machine import ASKED, CarelessYear, how_many
from careless_play import Fault, Played
from careless_report import report, tell
from careless_world import CarelessCase
from hypothesis.stateful import run_state_machine_as_test

from odoo.tests import tagged

SEQUENCES = 150


@tagged("post_install", "-at_install")
class TestCareless(CarelessCase):
    def test_no_wrong_euro(self):
        played = Played()
        try:
            run_state_machine_as_test(
                partial(CarelessYear, self, played),
                settings=how_many(ASKED or SEQUENCES),
            )
        except Fault as fault:
            tell(fault)
            raise CarelessYear.shrink(self, fault) from None
        finally:
            report(played)
