# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

SPLIT_FIELDS = {"covered_amount", "billable_amount", "sale_line_id", "frozen"}


class Cdg47Consumption(models.Model):
    _inherit = "cdg47.consumption"

    timesheet_ids = fields.One2many(
        "account.analytic.line", "consumption_id", string="Time of tickets"
    )

    def write(self, vals):
        """Let the time of tickets follow what the ledger decides.

        The ticket being settled reads its splits itself, once all are known.
        """
        result = super().write(vals)
        if SPLIT_FIELDS & set(vals):
            settled = self.env["helpdesk.ticket"].browse(
                self.env.context.get("cdg47_settled_ticket_id")
            )
            # The ledger writes what it derives as superuser, so does what follows it.
            self.sudo().timesheet_ids._follow_facts(settled)
        return result
