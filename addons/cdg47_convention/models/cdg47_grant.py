# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..tools.replay import Grant

PRIORITIES = {"rule": 10, "goodwill": 20, "bought": 30}


class Cdg47Grant(models.Model):
    """What feeds a right: the forfait's rule, a goodwill gesture, a bought supplement."""

    _name = "cdg47.grant"
    _description = "Grant"
    _order = "entitlement_id, kind, date_start, id"

    entitlement_id = fields.Many2one(
        "cdg47.entitlement", required=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("rule", "Forfait"), ("goodwill", "Goodwill"), ("bought", "Bought")],
        required=True,
    )
    amount = fields.Integer(
        required=True, help="Minutes, or whole units.", aggregator=None
    )
    quantity = fields.Float(compute="_compute_quantity", digits="Product Unit")
    uom_id = fields.Many2one(related="entitlement_id.uom_id")
    date_start = fields.Date(required=True)
    date_end = fields.Date(help="Last day included.")
    rule_id = fields.Many2one(
        "cdg47.quota.rule", index="btree_not_null", ondelete="restrict"
    )
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order line",
        index="btree_not_null",
        ondelete="restrict",
    )
    reason = fields.Char(help="Why the gesture is made.")

    _rule_unique = models.UniqueIndex(
        "(entitlement_id) WHERE kind = 'rule'", "A right is granted once by its rule."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount >= 0)", "A grant cannot be negative."
    )
    _goodwill_reason = models.Constraint(
        "CHECK (kind <> 'goodwill' OR reason IS NOT NULL)", "A gesture has a reason."
    )

    def _compute_quantity(self):
        for grant in self:
            grant.quantity = grant.uom_id._cdg47_quantity(grant.amount)

    def _as_replay_grants(self):
        """Return these grants for the replay, the oldest first."""
        return [
            Grant(
                key=grant.id,
                quantity=grant.amount,
                priority=PRIORITIES[grant.kind],
                start=grant.date_start,
                end=grant.date_end or None,
                rank=rank,
            )
            for rank, grant in enumerate(self.sorted("id"))
        ]
