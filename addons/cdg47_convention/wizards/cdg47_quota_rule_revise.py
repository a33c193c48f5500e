# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..lib.dates import next_first_of_january


class Cdg47QuotaRuleRevise(models.TransientModel):
    """Changes a line of Annexe 1 from a date, the past kept as it was."""

    _name = "cdg47.quota.rule.revise"
    _description = "Change a quota rule from a date"

    rule_id = fields.Many2one("cdg47.quota.rule", required=True)
    date_from = fields.Date(
        string="New rule in force from",
        required=True,
        default=lambda self: next_first_of_january(),
    )

    def action_revise(self):
        self.ensure_one()
        revised = self.rule_id._revise(self.date_from)
        return {
            "type": "ir.actions.act_window",
            "res_model": revised._name,
            "res_id": revised.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
