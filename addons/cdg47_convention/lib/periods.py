# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Windows of rights: closed intervals of Paris days, anchored, never chained (R3)."""

from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

ONE_DAY = timedelta(days=1)


class Window(NamedTuple):
    """A period of a right; ``end`` is its last day included, None for life."""

    start: date
    end: date | None

    def holds(self, day):
        """Tell whether a day falls in the window."""
        return self.start <= day and (self.end is None or day <= self.end)

    def overlaps(self, other):
        """Tell whether two windows share a day."""
        return (other.end is None or self.start <= other.end) and (
            self.end is None or other.start <= self.end
        )


def window_from(start, years):
    """Return the window of some years opened on a day.

    It closes on the eve of the same day some years later. A window opened on 29
    February of a year that comes back in a common year closes on 27 February: its
    anniversary is then the 28th.
    """
    return Window(start, start + relativedelta(years=years) - ONE_DAY)


def nth_window(anchor, years, day):
    """Return the window of fixed length that holds a day, counted from an anchor.

    Windows are anchor + n × years, computed from the anchor every time, so that they
    tile without gap, overlap or drift (29 February included).

    :param datetime.date anchor: first day of the first window
    :param int years: length of each window
    :param datetime.date day: a day, which may precede the anchor
    :rtype: Window
    """
    rank = (day.year - anchor.year) // years
    while anchor + relativedelta(years=rank * years) > day:
        rank -= 1
    while anchor + relativedelta(years=(rank + 1) * years) <= day:
        rank += 1
    start = anchor + relativedelta(years=rank * years)
    return Window(start, anchor + relativedelta(years=(rank + 1) * years) - ONE_DAY)


def civil_year(day):
    """Return the civil year of a day."""
    return Window(date(day.year, 1, 1), date(day.year, 12, 31))
