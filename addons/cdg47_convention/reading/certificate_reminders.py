# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which certificates are to be reminded of, and at which number of days (R11)."""

from odoo.fields import Date

from ..lib.dates import today_in_paris


def waiting_for_reminder(env):
    """Return the certificates whose next reminder is due.

    :rtype: cdg47.allocation
    """
    today = today_in_paris()
    thresholds = env.company._cdg47_reminder_thresholds()
    if not thresholds:
        return env["cdg47.allocation"]
    expiring = env["cdg47.allocation"].search(
        [
            ("state", "=", "active"),
            ("product_id.cdg47_allocation_kind", "=", "certificate"),
            ("date_end", ">=", today),
            ("date_end", "<=", Date.add(today, days=thresholds[-1])),
            ("replaced_by_ids", "not any", [("state", "in", ("requested", "active"))]),
        ]
    )
    return expiring.filtered(reminder_due)


def reminder_due(allocation):
    """Return the nearest threshold reached and not reminded yet, 0 for none.

    :rtype: int
    """
    left = (allocation.date_end - today_in_paris()).days
    reminded = allocation.reminded_days
    for days in allocation.env.company._cdg47_reminder_thresholds():
        if left <= days:
            return days if not reminded or days < reminded else 0
    return 0
