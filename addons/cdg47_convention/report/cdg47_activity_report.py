# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.misc import formatLang


class ReportActivity(models.AbstractModel):
    """Activity report of a civil year, for the direction and the board.

    Each section is a table; the add-ons of tickets and trainings add theirs.
    """

    _name = "report.cdg47_convention.report_activity"
    _description = "Activity report of a year"

    @api.model
    def _get_report_values(self, docids, data=None):
        campaigns = self.env["cdg47.campaign"].browse(docids)
        # Who may read a campaign reads its year, one without a campaign as well.
        campaigns.check_access("read")
        years = [(campaign.company_id, campaign.year) for campaign in campaigns]
        if data and data.get("year"):
            years.append((self.env.company, int(data["year"])))
        return {
            "documents": [
                {
                    "year": year,
                    "company": company,
                    "sections": self._sections(company, year),
                }
                for company, year in years
            ],
            "company": years[0][0],
        }

    @api.model
    def _sections(self, company, year):
        """Return the tables of the report; to be extended.

        :return: list of dicts: ``title``, ``head`` and ``rows`` (texts; the figures of
            a row come after its first cell), ``empty`` said when there is no row,
            ``has_total`` when the last row is the total
        :rtype: list[dict]
        """
        first, last = date(year, 1, 1), date(year, 12, 31)
        billed = self._billed(company, first, last)
        return [
            self._members(company, first, last),
            self._revenue(company, billed),
            self._revenue_by_stratum(company, billed),
            self._uses(company, first, last),
        ]

    @api.model
    def _members(self, company, first, last):
        """Count the collectivités by stratum and forfait, on the terms of the year."""
        terms = self.env["cdg47.convention.term"].search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "open")
            & Domain("date_start", "<=", last)
            & Domain("date_end", ">=", first),
            order="date_start",
        )
        # A change of stratum opens a second term: the last of the year counts.
        latest = {term.convention_id: term for term in terms}
        by_stratum = {}
        for convention, term in latest.items():
            held = by_stratum.setdefault(term.stratum_id, {"all": 0})
            held["all"] += 1
            for forfait in convention._forfaits_at(min(last, convention.date_end)):
                held[forfait] = held.get(forfait, 0) + 1
        forfaits = self.env["product.template"].search(
            [("cdg47_is_forfait", "=", True)], order="cdg47_is_option, name"
        )
        strata = sorted(by_stratum.items(), key=lambda item: item[0].sequence)
        rows = [
            [
                stratum.code,
                *(str(held.get(forfait, 0)) for forfait in forfaits),
                str(held["all"]),
            ]
            for stratum, held in strata
        ]
        if rows:
            totals = [sum(int(row[i]) for row in rows) for i in range(1, len(rows[0]))]
            rows.append([self.env._("Total"), *map(str, totals)])
        return {
            "title": self.env._("Members by stratum"),
            "head": [
                self.env._("Stratum"),
                *forfaits.mapped("name"),
                self.env._("Collectivités"),
            ],
            "rows": rows,
            "empty": self.env._("No convention was in force in this year."),
            "has_total": True,
        }

    @api.model
    def _billed(self, company, first, last):
        """Sum the posted invoices of the conventions, credit notes in minus.

        :rtype: list[tuple[product.product, float]]
        """
        # The report gives sums; the invoices stay the accountants'.
        groups = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "=", company.id),
                    ("move_id.cdg47_convention_id", "!=", False),
                    ("parent_state", "=", "posted"),
                    ("display_type", "=", "product"),
                    ("invoice_date", ">=", first),
                    ("invoice_date", "<=", last),
                ],
                ["product_id"],
                ["balance:sum"],
            )
        )
        return [(product, -balance) for product, balance in groups]

    @api.model
    def _revenue(self, company, billed):
        amounts = {}
        for product, amount in billed:
            name = product.product_tmpl_id.name or self.env._("Other")
            amounts[name] = amounts.get(name, 0.0) + amount
        rows = [
            [name, self._money(amount, company)]
            for name, amount in sorted(amounts.items(), key=lambda item: -item[1])
        ]
        if rows:
            total = self._money(sum(amounts.values()), company)
            rows.append([self.env._("Total"), total])
        return {
            "title": self.env._("Revenue by forfait and service"),
            "head": [self.env._("Forfait or service"), self.env._("Amount")],
            "rows": rows,
            "empty": self.env._("No invoice is posted for this year."),
            "has_total": True,
        }

    @api.model
    def _revenue_by_stratum(self, company, billed):
        """Part the fees of forfaits and options by the stratum they were sold to."""
        amounts = {}
        for product, amount in billed:
            if product.stratum_id:
                key = product.stratum_id, product.product_tmpl_id
                amounts[key] = amounts.get(key, 0.0) + amount
        strata = self.env["cdg47.stratum"].union(*(s for s, _f in amounts))
        forfaits = self.env["product.template"].union(*(f for _s, f in amounts))
        forfaits = forfaits.sorted(lambda f: (f.cdg47_is_option, f.name))

        def row(label, kept):
            sums = [
                sum(amounts.get((stratum, forfait), 0.0) for stratum in kept)
                for forfait in forfaits
            ]
            return [
                label,
                *(self._money(amount, company) for amount in (*sums, sum(sums))),
            ]

        rows = [row(stratum.code, stratum) for stratum in strata.sorted("sequence")]
        if rows:
            rows.append(row(self.env._("Total"), strata))
        return {
            "title": self.env._("Fees by stratum"),
            "head": [
                self.env._("Stratum"),
                *forfaits.mapped("name"),
                self.env._("Total"),
            ],
            "rows": rows,
            "empty": self.env._("No fee is invoiced for this year."),
            "has_total": True,
        }

    @api.model
    def _money(self, amount, company):
        return formatLang(self.env, amount, currency_obj=company.currency_id)

    @api.model
    def _uses(self, company, first, last):
        """Sum what was used, covered or beyond, by service."""
        members = self.env["cdg47.convention"]._read_group(
            [("company_id", "=", company.id)], ["partner_id"]
        )
        # The report gives sums, never the uses of somebody.
        groups = (
            self.env["cdg47.consumption"]
            .sudo()
            ._read_group(
                [
                    ("partner_id", "in", [partner.id for (partner,) in members]),
                    ("date", ">=", first),
                    ("date", "<=", last),
                ],
                ["product_id"],
                [
                    "covered_amount:sum",
                    "billable_amount:sum",
                    "partner_id:count_distinct",
                    "uom_id:array_agg_distinct",
                ],
            )
        )
        rows = []
        for product, covered, billable, count, uom_ids in groups:
            # Entered in hours and in days: summed in days, one line all the same.
            uom = self.env["uom.uom"].browse(uom_ids).sorted("factor")[-1]
            rows.append(
                [
                    product.name,
                    str(count),
                    uom._cdg47_written(covered),
                    uom._cdg47_written(billable),
                ]
            )
        return {
            "title": self.env._("Use of the rights"),
            "head": [
                self.env._("Service"),
                self.env._("Collectivités"),
                self.env._("Covered"),
                self.env._("Beyond the quota"),
            ],
            "rows": rows,
            "empty": self.env._("No use is recorded for this year."),
        }
