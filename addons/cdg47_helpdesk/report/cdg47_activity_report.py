# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_duration

from odoo.addons.cdg47_convention.lib.dates import midnight


class ReportActivity(models.AbstractModel):
    """What assistance did in the year: hours by coverage, requests by category."""

    _inherit = "report.cdg47_convention.report_activity"

    @api.model
    def _sections(self, company, year):
        first, last = date(year, 1, 1), date(year, 12, 31)
        return [
            *super()._sections(company, year),
            self._hours(company, first, last),
            self._requests(company, year),
        ]

    @api.model
    def _hours(self, company, first, last):
        """Sum the time of the year by what the convention says of it."""
        # The report gives sums, whoever reads it: an accountant, for one.
        time_sudo = self.env["cdg47.time.report"].sudo()
        groups = time_sudo._read_group(
            Domain("company_id", "=", company.id)
            & Domain("date", ">=", first)
            & Domain("date", "<=", last),
            ["coverage"],
            [
                "ticket_id:count_distinct",
                "collectivite_id:count_distinct",
                "worked_hours:sum",
                "counted_hours:sum",
            ],
        )
        total = sum(worked for *_others, worked, _counted in groups)
        words = dict(time_sudo._fields["coverage"]._description_selection(self.env))
        rows = [
            [
                words[coverage],
                str(tickets),
                str(partners),
                format_duration(worked),
                format_duration(counted),
                self.env._("%(percent)s %%", percent=round(100 * worked / total))
                if total
                else "",
            ]
            for coverage, tickets, partners, worked, counted in groups
        ]
        return {
            "title": self.env._("Assistance: hours by coverage"),
            "head": [
                self.env._("Coverage"),
                self.env._("Requests"),
                self.env._("Collectivités"),
                self.env._("Worked"),
                self.env._("Counted"),
                self.env._("Share"),
            ],
            "rows": rows,
            "empty": self.env._("No time was worked on a request in this year."),
        }

    @api.model
    def _requests(self, company, year):
        """Count the requests received in the year, by category."""
        received = (
            Domain("company_id", "=", company.id)
            & Domain("collectivite_id", "!=", False)
            & Domain("create_date", ">=", midnight(date(year, 1, 1)))
            & Domain("create_date", "<", midnight(date(year + 1, 1, 1)))
        )
        # The report gives counts; the requests stay those of the technicians.
        tickets_sudo = self.env["helpdesk.ticket"].sudo()
        finished = dict(
            tickets_sudo._read_group(
                received & Domain("closed", "=", True), ["category_id"], ["__count"]
            )
        )
        groups = tickets_sudo._read_group(
            received, ["category_id"], ["__count", "collectivite_id:count_distinct"]
        )
        rows = [
            [
                category.name or self.env._("No category"),
                str(count),
                str(partners),
                str(finished.get(category, 0)),
            ]
            for category, count, partners in groups
        ]
        if rows:
            count = sum(count for _category, count, _partners in groups)
            # A collectivité may ask in several categories: it is counted once.
            partners = tickets_sudo._read_group(
                received, [], ["collectivite_id:count_distinct"]
            )[0][0]
            total = [count, partners, sum(finished.values())]
            rows.append([self.env._("Total"), *map(str, total)])
        return {
            "title": self.env._("Assistance: requests by category"),
            "head": [
                self.env._("Category"),
                self.env._("Requests received"),
                self.env._("Collectivités"),
                self.env._("Requests finished"),
            ],
            "rows": rows,
            "has_total": True,
            "empty": self.env._("No request was received in this year."),
        }
