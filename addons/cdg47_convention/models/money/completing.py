# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a collectivité completes before signing, read as it was typed."""

from datetime import datetime

from odoo import fields
from odoo.exceptions import UserError

from ...lib.dates import today_in_paris

# Longest values: those of Chorus Pro, and a deliberation number kept printable.
LENGTHS = {
    "deliberation_number": 50,
    "chorus_service_code": 100,
    "chorus_engagement": 50,
}
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y")


def read_typed(order, typed):
    """Return what was typed for an order, and for the deliberation of its convention.

    :param dict[str, str] typed: by name of field; other keys are ignored
    :raise UserError: which value cannot be recorded, and why
    :rtype: tuple[dict, dict]
    """
    values = {name: typed[name].strip() for name in LENGTHS if name in typed}
    for name, value in values.items():
        _check_length(order, name, value)
    if "deliberation_date" in typed:
        values["deliberation_date"] = _past_date(
            order, typed["deliberation_date"].strip()
        )
    deliberation = {
        name: values.pop(name)
        for name in ("deliberation_number", "deliberation_date")
        if name in values
    }
    return values, deliberation


def _check_length(order, name, value):
    if len(value) <= LENGTHS[name]:
        return
    owner = order if name in order._fields else order.convention_id
    raise UserError(
        order.env._(
            "%(field)s: %(count)s characters at most.",
            field=owner._fields[name]._description_string(order.env),
            count=LENGTHS[name],
        )
    )


def _past_date(order, text):
    """Read the date of a deliberation; an empty text is no date.

    :rtype: datetime.date or bool
    """
    if not text:
        return False
    for pattern in DATE_FORMATS:
        try:
            day = datetime.strptime(text, pattern).date()
        except ValueError:
            continue
        if day > today_in_paris():
            raise UserError(
                order.env._("The deliberation cannot be dated after today.")
            )
        return day
    raise UserError(
        order.env._(
            "« %(text)s » is not a date: write it like %(example)s.",
            text=text[:20],
            example=order.env["res.partner"]._cdg47_format_date(
                fields.Date.to_date("2026-11-02")
            ),
        )
    )
