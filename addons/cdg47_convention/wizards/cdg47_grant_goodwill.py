# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47GrantGoodwill(models.TransientModel):
    """Adds a goodwill gesture to a right, with its reason."""

    _name = "cdg47.grant.goodwill"
    _description = "Goodwill gesture"

    entitlement_id = fields.Many2one(
        "cdg47.entitlement", string="Right", required=True, ondelete="cascade"
    )
    quantity = fields.Float(digits="Product Unit", min_display_digits=2, required=True)
    uom_id = fields.Many2one(related="entitlement_id.uom_id", string="Unit")
    reason = fields.Char(required=True)

    def action_grant(self):
        self.ensure_one()
        self.entitlement_id._grant_goodwill(self.quantity, self.reason)
        return {"type": "ir.actions.act_window_close"}
