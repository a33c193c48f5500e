# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Command

from ..lib.dates import next_first_of_january
from ..reading.authority import check_manager


class Cdg47QuotaRuleRevise(models.TransientModel):
    """Changes a line of Annexe 1 from a date, the past kept as it was.

    What the new line says is entered here: it may decide as soon as it is there.
    """

    _name = "cdg47.quota.rule.revise"
    _description = "Change a quota rule from a date"

    rule_id = fields.Many2one("cdg47.quota.rule", required=True)
    date_from = fields.Date(
        string="New rule in force from",
        required=True,
        default=lambda self: next_first_of_january(),
    )
    coverage = fields.Selection(
        selection=lambda self: self._rule_selection("coverage"),
        compute="_compute_values",
        store=True,
        readonly=False,
    )
    period = fields.Selection(
        selection=lambda self: self._rule_selection("period"),
        compute="_compute_values",
        store=True,
        readonly=False,
    )
    quantity = fields.Float(
        digits="Product Unit",
        min_display_digits=2,
        compute="_compute_values",
        store=True,
        readonly=False,
    )
    overage_product_id = fields.Many2one(
        "product.product",
        string="Beyond the quota",
        compute="_compute_values",
        store=True,
        readonly=False,
    )
    by_stratum = fields.Boolean(related="rule_id.by_stratum")
    uom_id = fields.Many2one(related="rule_id.uom_id", string="Unit")
    line_ids = fields.One2many(
        "cdg47.quota.rule.revise.line",
        "wizard_id",
        string="By stratum",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.model
    def _rule_selection(self, name):
        rules = self.env["cdg47.quota.rule"]
        return rules._fields[name]._description_selection(self.env)

    @api.depends("rule_id")
    def _compute_values(self):
        for wizard in self:
            rule = wizard.rule_id
            wizard.coverage = rule.coverage
            wizard.period = rule.period
            wizard.quantity = rule.quantity
            wizard.overage_product_id = rule.overage_product_id

    @api.depends("rule_id")
    def _compute_line_ids(self):
        for wizard in self:
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {"stratum_id": line.stratum_id.id, "quantity": line.quantity}
                    )
                    for line in wizard.rule_id.line_ids
                ),
            ]

    def action_revise(self):
        self.ensure_one()
        check_manager(self.env)
        revised = self.rule_id._revise(self.date_from, self._values())
        return {
            "type": "ir.actions.act_window",
            "res_model": revised._name,
            "res_id": revised.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _values(self):
        """Return what the new line says."""
        return {
            "coverage": self.coverage,
            "period": self.period,
            "quantity": self.quantity,
            "overage_product_id": self.overage_product_id.id,
            "line_ids": [
                Command.create(
                    {"stratum_id": line.stratum_id.id, "quantity": line.quantity}
                )
                for line in self.line_ids
            ],
        }


class Cdg47QuotaRuleReviseLine(models.TransientModel):
    _name = "cdg47.quota.rule.revise.line"
    _description = "New quota of a stratum"

    wizard_id = fields.Many2one(
        "cdg47.quota.rule.revise", required=True, ondelete="cascade"
    )
    stratum_id = fields.Many2one("cdg47.stratum", required=True, ondelete="cascade")
    quantity = fields.Float(digits="Product Unit", min_display_digits=2)
