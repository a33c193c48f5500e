# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A session that is given other dates: by a drag, a form, a list, an import (R14)."""

from datetime import UTC, timedelta

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.cdg47_convention.lib.dates import PARIS

NOON = 12.5


def move_session(session, vals):
    """Move the half-days of a session to the dates that it is given.

    Its half-days move together by whole days; the only half-day of a session also
    takes its hours. What else is asked has no one meaning, and is refused.

    :param event.event session: with half-days
    :param dict vals: ``date_begin``, ``date_end``, or both; the other one follows
    :raise UserError: dates that no half-days have, a session cancelled or held
    """
    _check_state(session)
    former = session._moments_of_half_days()
    begin, end = _asked(former, vals)
    days = _whole_days(former["date_begin"], begin)
    half_days = session.half_day_ids
    if days is not None and days == _whole_days(former["date_end"], end):
        half_days._move(days)
    elif len(half_days) == 1 and _wall(begin).date() == _wall(end).date():
        half_days.write(_hours_between(_wall(begin), _wall(end)))
    else:
        raise UserError(
            session.env._(
                "« %(session)s » is made of %(count)s half-days, which say its hours: "
                "move it by whole days, or change its half-days one by one.",
                session=session.name,
                count=len(half_days),
            )
        )


def _check_state(session):
    if session.training_state in ("held", "cancelled"):
        raise UserError(
            session.env._(
                "« %(session)s » is held or cancelled: it is no longer moved.",
                session=session.name,
            )
        )


def _asked(former, vals):
    """Return the begin and the end asked for; alone, the begin takes the end along."""
    given = {name: fields.Datetime.to_datetime(vals.get(name)) for name in former}
    begin = given["date_begin"] or former["date_begin"]
    if given["date_end"]:
        return begin, given["date_end"]
    end = _wall(former["date_end"]) + (_wall(begin) - _wall(former["date_begin"]))
    return begin, _stored(end)


def _whole_days(former, asked):
    """Return the days between two moments, None where the hour is another one.

    What moves by seven times 24 hours keeps its hour, even where clocks change.
    """
    if _wall(former).time() != _wall(asked).time() and (asked - former).seconds:
        return None
    return round((_wall(asked) - _wall(former)) / timedelta(days=1))


def _hours_between(begin, end):
    return {
        "date": begin.date(),
        "period": "morning" if _hour(begin) < NOON else "afternoon",
        "hour_from": _hour(begin),
        "hour_to": _hour(end),
    }


def _hour(wall):
    return wall.hour + wall.minute / 60


def _wall(moment):
    """Return a moment of the database as a clock shows it in Paris."""
    return moment.replace(tzinfo=UTC).astimezone(PARIS).replace(tzinfo=None)


def _stored(wall):
    return wall.replace(tzinfo=PARIS).astimezone(UTC).replace(tzinfo=None)
