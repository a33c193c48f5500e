# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ...reading.rule_use import check_unused


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
    quantity = fields.Float(
        digits="Product Unit",
        min_display_digits=2,
        help="0 is none, not « unlimited ».",
    )

    _stratum_unique = models.Constraint(
        "UNIQUE (rule_id, stratum_id)", "A rule has one quota per stratum."
    )
    _quantity_positive = models.Constraint(
        "CHECK (quantity >= 0)", "A quota cannot be negative."
    )

    # === What was decided stays ===
    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        check_unused(lines.rule_id)
        return lines

    def write(self, vals):
        self.check_access("write")
        if any(line._says_otherwise(vals) for line in self):
            check_unused(self.rule_id)
        return super().write(vals)

    def unlink(self):
        self.check_access("unlink")
        check_unused(self.rule_id)
        return super().unlink()

    def _says_otherwise(self, vals):
        return any(
            value != (self[name].id if name.endswith("_id") else self[name])
            for name, value in vals.items()
        )
