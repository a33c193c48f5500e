# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class AccountAnalyticDistributionModel(models.Model):
    _inherit = "account.analytic.distribution.model"

    @api.model
    def _get_distribution(self, vals):
        """Spare the search, three times a line, to a batch that knows there is none."""
        if self.env.context.get("cdg47_without_distribution"):
            return {}
        return super()._get_distribution(vals)
