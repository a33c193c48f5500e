# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47ConsumptionReverse(models.TransientModel):
    """Asks why a consumption is reversed."""

    _name = "cdg47.consumption.reverse"
    _description = "Reverse a consumption"

    consumption_id = fields.Many2one(
        "cdg47.consumption", required=True, ondelete="cascade"
    )
    verdict = fields.Text(related="consumption_id.verdict")
    reason = fields.Char(required=True)

    def action_reverse(self):
        self.ensure_one()
        self.consumption_id._reverse(self.reason)
        return {"type": "ir.actions.act_window_close"}
