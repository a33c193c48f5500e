# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Shares the minutes of one entry among what was accepted (« Money lines »)."""

from dataclasses import dataclass


@dataclass
class Capacity:
    """What an accepted order line still admits.

    :param key: the order line
    :param int left: accounted minutes it still admits
    :param int step: each entry is rounded up to this many minutes
    :param datetime.date since: day it was accepted: earlier work is not admitted; None
        where nothing has to be accepted
    """

    key: object
    left: int
    step: int
    since: object = None

    def admits(self, day):
        """Tell whether work of a day may be billed by it (R15)."""
        return self.since is None or self.since <= day


@dataclass(frozen=True)
class Share:
    """A part of an entry: worked minutes, accounted minutes, and what admits them.

    ``key`` is None for what nothing accepted admits: it is kept as it was worked.
    """

    key: object
    real: int
    accounted: int


def rounded_up(minutes, step):
    """Round minutes up to a step: 0, 15, 15, 15, 15, 30 for 0, 1, 8, 14, 15, 16.

    :param int minutes: worked
    :param int step: 1 to keep the exact minutes
    :rtype: int
    """
    return -(-minutes // step) * step


def share_out(real, capacities, done_real=0, done_accounted=0):
    """Share an entry among capacities, in their order, which are used up in place.

    :param int real: minutes still to share
    :param list[Capacity] capacities: what was accepted
    :param int done_real: minutes of the same entry that an invoice holds already
    :param int done_accounted: what that invoice counted for them
    :return: the shares; the last one has no key when the entry goes beyond
    :rtype: list[Share]
    """
    shares = []
    for capacity in capacities:
        if not real:
            break
        if capacity.left <= 0:
            continue
        # The entry is rounded once, as a whole: its parts make its total.
        owed = rounded_up(done_real + real, capacity.step) - done_accounted
        accounted = min(max(owed, 0), capacity.left)
        taken = real if owed <= capacity.left else min(real, accounted)
        shares.append(Share(capacity.key, taken, accounted))
        capacity.left -= accounted
        real -= taken
        done_real += taken
        done_accounted += accounted
    if real:
        shares.append(Share(None, real, real))
    return shares
