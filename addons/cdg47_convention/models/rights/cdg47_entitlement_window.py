# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...lib.dates import today_in_paris


class Cdg47Entitlement(models.Model):
    """The window of a right: is it today's, and when does the next one open?

    A right that opens at its first use has a row since then: what opens again is found
    among the rows, even when nothing was used since.
    """

    _inherit = "cdg47.entitlement"

    next_date = fields.Date(
        string="Opens again",
        compute="_compute_next_date",
        store=True,
        index=True,
        help="First day of the next window; empty for a right for life.",
    )
    is_current = fields.Boolean(
        string="Window of today",
        compute="_compute_is_current",
        search="_search_current",
    )
    opens_this_quarter = fields.Boolean(
        compute="_compute_opens_this_quarter",
        search="_search_opens_this_quarter",
        help="A right every three years whose next window opens in this civil quarter.",
    )

    @api.depends("date_end")
    def _compute_next_date(self):
        for right in self:
            end = right.date_end
            right.next_date = end + timedelta(days=1) if end else False

    def _compute_is_current(self):
        current = self.filtered_domain(self._domain_current())
        for right in self:
            right.is_current = right in current

    def _search_current(self, operator, value):
        return self._search_flag(operator, value, self._domain_current())

    def _compute_opens_this_quarter(self):
        opening = self.filtered_domain(self._domain_opening())
        for right in self:
            right.opens_this_quarter = right in opening

    def _search_opens_this_quarter(self, operator, value):
        return self._search_flag(operator, value, self._domain_opening())

    @api.model
    def _search_flag(self, operator, value, domain):
        if operator != "in":
            return NotImplemented
        return domain if True in value else ~domain

    @api.model
    def _domain_current(self):
        today = today_in_paris()
        return Domain("date_start", "<=", today) & (
            Domain("date_end", "=", False) | Domain("date_end", ">=", today)
        )

    @api.model
    def _domain_opening(self):
        """Return the domain of the rights on request that open in this quarter."""
        today = today_in_paris()
        first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
        return (
            Domain("period", "=", "three_years")
            & Domain("next_date", ">=", first)
            & Domain("next_date", "<", fields.Date.add(first, months=3))
        )
