# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import UserError

from ..lib.dates import today_in_paris
from ..portal.convention_page import budget, latest_fee, latest_year


class ReportBudget(models.AbstractModel):
    """What the next year will cost, for the assembly that votes the budget."""

    _name = "report.cdg47_convention.report_budget"
    _description = "Next year's budget as a document"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return the budgets of some conventions, each in its own language.

        :raise AccessError: for a convention that the reader may not read
        :raise UserError: for one that does not go on next year
        """
        conventions = self.env["cdg47.convention"].browse(docids)
        conventions.check_access("read")
        # The tariff and the rules behind the figures are the CDG's own.
        return {
            "doc_ids": docids,
            "doc_model": conventions._name,
            "docs": conventions,
            "documents": [
                self._document(convention_sudo._in_partner_lang())
                for convention_sudo in conventions.sudo()
            ],
        }

    @api.model
    def _document(self, convention):
        values = budget(convention)
        if not values:
            raise UserError(
                convention.env._(
                    "%(convention)s does not go on next year: it has no budget.",
                    convention=convention.name,
                )
            )
        return {
            "o": convention,
            "today": today_in_paris(),
            "budget": values,
            "fee": latest_fee(convention),
            "fee_year": latest_year(convention),
        }
