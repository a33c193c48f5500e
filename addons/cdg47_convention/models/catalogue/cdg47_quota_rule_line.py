# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47QuotaRuleLine(models.Model):
    """The quota of one stratum: one cell of the table of Annexe 1."""

    _name = "cdg47.quota.rule.line"
    _description = "Quota of a stratum"
    _order = "rule_id, stratum_id"

    rule_id = fields.Many2one(
        "cdg47.quota.rule", required=True, index=True, ondelete="cascade"
    )
    stratum_id = fields.Many2one(
        "cdg47.stratum", required=True, index=True, ondelete="restrict"
    )
    quantity = fields.Float(digits="Product Unit", help="0 is none, not « unlimited ».")

    _stratum_unique = models.Constraint(
        "UNIQUE (rule_id, stratum_id)", "A rule has one quota per stratum."
    )
    _quantity_positive = models.Constraint(
        "CHECK (quantity >= 0)", "A quota cannot be negative."
    )
