# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""All the gestures and all that is never wrong, in one machine."""

import os

from careless_euros import EurosInvariants
from careless_forms import FormGestures
from careless_held import HeldGestures
from careless_invoices import InvoiceGestures
from careless_life import LifeGestures
from careless_sales import SalesGestures
from careless_time import TimeGestures
from careless_trainings import TrainingGestures
from hypothesis import HealthCheck, Phase, settings

GESTURES = 25
# How many sequences are asked for, drawn at random.
ASKED = int(os.environ.get("CARELESS", "0"))


class CarelessYear(
    LifeGestures,
    SalesGestures,
    InvoiceGestures,
    HeldGestures,
    TimeGestures,
    TrainingGestures,
    FormGestures,
    EurosInvariants,
):
    ACCEPTORS = set().union(
        *(
            gestures.ACCEPTORS
            for gestures in (
                LifeGestures,
                SalesGestures,
                TimeGestures,
                TrainingGestures,
            )
        )
    )


def how_many(sequences):
    """Return how sequences are drawn: the same each time, unless more are asked for.

    They are shrunk by our own hand: as found, gesture by gesture.
    """
    return settings(
        max_examples=sequences,
        stateful_step_count=GESTURES,
        derandomize=not ASKED,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
