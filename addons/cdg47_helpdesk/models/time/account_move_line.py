# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _cdg47_days(self):
        """Time is billed for the days it was worked."""
        # An accountant may read no timesheet.
        worked_sudo = self.env["account.analytic.line"].sudo()
        return super()._cdg47_days() + worked_sudo.search(
            [
                ("timesheet_invoice_id", "in", self.move_id.ids),
                ("so_line", "in", self.sudo().sale_line_ids.ids),
            ]
        ).mapped("date")
