# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Civil dates of the convention: every day is a day in Paris (R3)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def today_in_paris():
    """Return today's date in Paris, whatever the clock zone of server and user."""
    return datetime.now(PARIS).date()


def day_in_paris(moment):
    """Return the day in Paris of a moment as Odoo stores it (naive, UTC).

    :rtype: datetime.date
    """
    return moment.replace(tzinfo=UTC).astimezone(PARIS).date()


def paris_day(value):
    """Return the day in Paris of a date, or of a moment as Odoo stores it.

    :param value: date, naive UTC moment, or a day as text
    :rtype: datetime.date
    """
    if isinstance(value, datetime):
        return day_in_paris(value)
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


def noon(day):
    """Return a naive UTC datetime that falls on this day everywhere in France.

    Dated prices start at midnight in Paris, i.e. the evening before in UTC: asking for
    the price at noon can never fall on the wrong side.
    """
    return datetime.combine(day, time(12))


def midnight(day):
    """Return the naive UTC moment when a day begins in Paris.

    :rtype: datetime.datetime
    """
    start = datetime.combine(day, time(), tzinfo=PARIS)
    return start.astimezone(UTC).replace(tzinfo=None)


def end_of_year(day):
    """Return 31 December of the year of ``day``."""
    return date(day.year, 12, 31)


def months_to_year_end(day):
    """Return how many months of its civil year remain, the month of start counted.

    :rtype: int
    :return: 12 for January, 1 for December
    """
    return months_until(day, end_of_year(day))


def months_until(start, end):
    """Return the months from a day to a last day, that of the start counted.

    :rtype: int
    """
    following = end + timedelta(days=1)
    return 12 * (following.year - start.year) + following.month - start.month


def next_first_of_january():
    """Return the first day of next civil year, when tariffs and rules change."""
    return date(today_in_paris().year + 1, 1, 1)
