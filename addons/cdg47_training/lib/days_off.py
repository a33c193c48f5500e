# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Weekends and public holidays in metropolitan France (Code du travail, L3133-1)."""

from datetime import timedelta

from dateutil.easter import easter

FIXED = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
# Easter Monday, Ascension, Whit Monday: days after Easter Sunday.
AFTER_EASTER = (1, 39, 50)


def is_day_off(day):
    """Tell whether a day is a weekend or a public holiday.

    :param datetime.date day:
    :rtype: bool
    """
    if day.weekday() > 4 or (day.month, day.day) in FIXED:
        return True
    return (day - easter(day.year)).days in AFTER_EASTER


def working_day(day):
    """Return this day, or the first one after it that is no day off.

    :rtype: datetime.date
    """
    while is_day_off(day):
        day += timedelta(days=1)
    return day
