# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How a convention ends before its day, and how that end is taken back."""

from odoo.exceptions import UserError

from ...lib.dates import today_in_paris
from ..money import beyond


def terminate(convention, end_date, reason, notice_date, end_reason):
    """End an active convention on a date; fees already owed stay owed.

    :raise UserError: when the date is not one of its days
    """
    if convention.state != "active":
        raise UserError(convention.env._("Only an active convention can be ended."))
    # Ended twice, a convention keeps the end that was agreed, to go back to.
    agreed_end = convention.agreed_date_end or convention.date_end
    if not convention.date_start <= end_date <= agreed_end:
        raise UserError(
            convention.env._(
                "The end must fall between %(start)s and %(end)s.",
                start=convention._format_date(convention.date_start),
                end=convention._format_date(agreed_end),
            )
        )
    # Nobody enters the dates of what was signed: ending it writes them.
    convention_sudo = convention.sudo()
    convention_sudo.write(
        {
            "date_end": end_date,
            "agreed_date_end": agreed_end,
            "termination_date": end_date,
            "termination_reason": reason or _printed(convention, end_reason),
            "end_reason_id": end_reason and end_reason.id,
            "notice_date": notice_date,
        }
    )
    beyond.undo(convention, end_date)
    if end_date < today_in_paris():
        convention_sudo.state = "terminated"


def _printed(convention, end_reason):
    """Return a reason of the list in the language of the collectivité, who reads it."""
    return end_reason and end_reason.with_env(convention._in_partner_lang().env).name


def take_back(convention):
    """Give an active convention the end that was agreed."""
    convention.sudo().write(
        {
            "date_end": convention.agreed_date_end,
            "agreed_date_end": False,
            "termination_date": False,
            "termination_reason": False,
            "end_reason_id": False,
            "notice_date": False,
        }
    )


def expire(conventions):
    """Close conventions that reached their last day."""
    terminated = conventions.filtered("termination_date")
    terminated.state = "terminated"
    # The list is the CDG's, who may have deleted it.
    term = conventions.env.ref("cdg47_convention.end_reason_term", False)
    (conventions - terminated).write(
        {"state": "expired", "end_reason_id": term and term.id}
    )
