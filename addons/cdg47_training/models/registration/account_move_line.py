# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _cdg47_days(self):
        """A training is billed for its half-days."""
        # An accountant may read no registration.
        lines_sudo = self.sudo().sale_line_ids
        taken_sudo = lines_sudo.training_participation_ids.filtered("active")
        return super()._cdg47_days() + taken_sudo.half_day_id.mapped("date")
