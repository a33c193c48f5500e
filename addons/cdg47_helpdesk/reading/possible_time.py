# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What nobody can have worked: time to come, and more than 24 hours a day."""

from odoo.exceptions import ValidationError

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

DAY = 24 * 60


def check_possible(entries):
    """Refuse the time of tickets that nobody can have worked.

    :param account.analytic.line entries: time of tickets, just entered or changed
    :raise ValidationError: which day, and whose
    """
    env = entries.env
    to_come = entries.filtered(lambda line: line.date > today_in_paris())
    if to_come:
        raise ValidationError(
            env._(
                "%(date)s is to come: time is entered once it is worked.",
                date=env["res.partner"]._cdg47_format_date(to_come[0].date),
            )
        )
    # Time that others may not read fills the day all the same.
    days = (
        env["account.analytic.line"]
        .sudo()
        ._read_group(
            [
                ("employee_id", "in", entries.employee_id.ids),
                ("date", "in", list(set(entries.mapped("date")))),
                ("helpdesk_ticket_id", "!=", False),
            ],
            ["employee_id", "date:day"],
            ["real_minutes:sum"],
            having=[("real_minutes:sum", ">", DAY)],
        )
    )
    for employee, day, minutes in days:
        raise ValidationError(
            env._(
                "%(name)s: %(hours)s hours on %(date)s. A day has 24.",
                name=employee.name,
                hours=round(minutes / 60),
                date=env["res.partner"]._cdg47_format_date(day),
            )
        )
