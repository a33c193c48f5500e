# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib.dates import end_of_year, today_in_paris


class Cdg47Convention(models.Model):
    """How a convention ends: notice, termination, expiry."""

    _inherit = "cdg47.convention"

    def _notice_end_date(self, notice_date):
        """Return the last day of a convention whose notice is received on a date.

        With the notice of the settings before 31 December: that day; else a year later.

        :rtype: datetime.date
        """
        self.ensure_one()
        year_end = end_of_year(notice_date)
        months = self.company_id.cdg47_notice_months
        limit = fields.Date.subtract(date(notice_date.year + 1, 1, 1), months=months)
        if notice_date >= limit:
            year_end = date(notice_date.year + 1, 12, 31)
        return min(year_end, self.agreed_date_end or self.date_end)

    def _terminate(self, end_date, reason, notice_date=None):
        """End a convention on a date, for a reason; fees already owed stay owed.

        :param datetime.date end_date: last day included
        :param str reason: printed and tracked
        :param datetime.date notice_date: day the notice was received, if it is one
        """
        self.ensure_one()
        self._check_manager()
        if self.state != "active":
            raise UserError(self.env._("Only an active convention can be ended."))
        # Ended twice, a convention keeps the end that was agreed, to go back to.
        agreed_end = self.agreed_date_end or self.date_end
        if not self.date_start <= end_date <= agreed_end:
            raise UserError(
                self.env._(
                    "The end must fall between %(start)s and %(end)s.",
                    start=self._format_date(self.date_start),
                    end=self._format_date(agreed_end),
                )
            )
        # Nobody enters the dates of what was signed: ending it writes them.
        convention_sudo = self.sudo()
        convention_sudo.write(
            {
                "date_end": end_date,
                "agreed_date_end": agreed_end,
                "termination_date": end_date,
                "termination_reason": reason,
                "notice_date": notice_date,
            }
        )
        if end_date < today_in_paris():
            convention_sudo.state = "terminated"

    def action_cancel_termination(self):
        """Take back a notice or a termination that has not taken effect yet."""
        self._check_manager()
        for convention in self.filtered(
            lambda c: c.state == "active" and c.termination_date
        ):
            convention.sudo().write(
                {
                    "termination_date": False,
                    "termination_reason": False,
                    "notice_date": False,
                    "date_end": convention.agreed_date_end,
                    "agreed_date_end": False,
                }
            )
        return True

    @api.model
    def _cron_expire(self):
        """Close the conventions whose last day is past, however late the cron runs."""
        self.env["cdg47.mandate"]._end_links_of_the_week()
        ended = self.search(
            [("state", "=", "active"), ("date_end", "<", today_in_paris())]
        )
        terminated = ended.filtered("termination_date")
        terminated.state = "terminated"
        (ended - terminated).state = "expired"
