# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47TrainingSheetReopen(models.TransientModel):
    """Reopen a locked sheet, with the reason."""

    _name = "cdg47.training.sheet.reopen"
    _description = "Reopen a sign-in sheet"

    half_day_id = fields.Many2one(
        "cdg47.training.half.day", required=True, ondelete="cascade"
    )
    reason = fields.Char(required=True)

    def action_reopen(self):
        self.half_day_id._reopen(self.reason)
        return {"type": "ir.actions.act_window_close"}
