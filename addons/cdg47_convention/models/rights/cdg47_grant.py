# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ...lib.replay import Grant
from ...reading.right_derivation import PRIORITIES


class Cdg47Grant(models.Model):
    """What feeds a right: the rule of a forfait, a gesture, a bought supplement."""

    _name = "cdg47.grant"
    _description = "Grant"
    _order = "entitlement_id, kind desc, date_start, id"
    _rec_name = "entitlement_id"

    entitlement_id = fields.Many2one(
        "cdg47.entitlement",
        string="Right",
        required=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="entitlement_id.partner_id", store=True, index=True
    )
    kind = fields.Selection(
        [("rule", "Forfait"), ("goodwill", "Goodwill"), ("bought", "Bought")],
        required=True,
    )
    amount = fields.Integer(
        string="Exact amount",
        required=True,
        aggregator=None,
        help="Minutes, or whole units.",
    )
    quantity = fields.Float(
        compute="_compute_quantity", digits="Product Unit", min_display_digits=2
    )
    uom_id = fields.Many2one(related="entitlement_id.uom_id", string="Unit")
    date_start = fields.Date(required=True)
    date_end = fields.Date(help="Last day included.")
    rule_id = fields.Many2one(
        "cdg47.quota.rule",
        string="Quota rule",
        index="btree_not_null",
        ondelete="restrict",
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

    @api.depends("amount", "entitlement_id.uom_id")
    def _compute_quantity(self):
        for grant in self:
            grant.quantity = grant.uom_id._cdg47_quantity(grant.amount)

    def _as_replay_grant(self):
        """Return this grant for the replay; the oldest first among equals."""
        self.ensure_one()
        return Grant(
            key=str(self.id),
            quantity=self.amount,
            priority=PRIORITIES[self.kind],
            start=self.date_start,
            end=self.date_end or None,
            rank=self.id,
        )

    def _withdraw(self):
        """Take back bought grants, and replay their rights under the guard.

        What was promised on them stays covered.
        """
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(self.partner_id))
        # Grants are written by the ledger only; the caller has been checked.
        rights_sudo = self.sudo().entitlement_id
        self.sudo().unlink()
        for right in rights_sudo:
            ledgers._replay(right.partner_id, right.product_ids[:1], right.scope)
