# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.dates import today_in_paris


class Cdg47AccompanimentUse(models.TransientModel):
    """Uses a once-only day, and tells before what it covers and what it bills (R10)."""

    _name = "cdg47.accompaniment.use"
    _description = "Use the accompaniment day"

    convention_id = fields.Many2one("cdg47.convention", required=True)
    activation_id = fields.Many2one("cdg47.service.activation", string="Access")
    product_id = fields.Many2one(
        "product.product",
        string="Service",
        required=True,
        domain=[
            ("cdg47_rule_ids.period", "=", "once"),
            ("cdg47_rule_ids.measure", "=", "flow"),
        ],
    )
    is_by_software = fields.Boolean(compute="_compute_is_by_software")
    scope_id = fields.Many2one(
        "cdg47.software",
        string="Software",
        domain="[('editor_id', '=?', editor_id)]",
        help="The right opens once per software.",
    )
    editor_id = fields.Many2one(related="convention_id.partner_id.software_editor_id")
    date = fields.Date(
        string="Day of the visit", required=True, default=lambda self: today_in_paris()
    )
    quantity = fields.Float(
        default=1, required=True, digits="Product Unit", min_display_digits=2
    )
    uom_id = fields.Many2one(
        "uom.uom",
        string="Unit",
        required=True,
        default=lambda self: self.env.ref("cdg47_convention.uom_day"),
        domain=lambda self: [("id", "in", self._time_units().ids)],
    )
    covered = fields.Float(
        compute="_compute_answer", digits="Product Unit", min_display_digits=2
    )
    billable = fields.Float(
        string="To bill",
        compute="_compute_answer",
        digits="Product Unit",
        min_display_digits=2,
    )
    explanation = fields.Text(compute="_compute_answer")

    @api.model
    def _time_units(self):
        return self.env["uom.uom"].union(
            *(
                self.env.ref(xml_id)
                for xml_id in (
                    "cdg47_convention.uom_day",
                    "cdg47_convention.uom_half_day",
                    "uom.product_uom_hour",
                )
            )
        )

    @api.depends("product_id")
    def _compute_is_by_software(self):
        for wizard in self:
            product = wizard.product_id
            wizard.is_by_software = bool(product) and product._cdg47_is_by_software()

    @api.depends(
        "convention_id", "product_id", "scope_id", "date", "quantity", "uom_id"
    )
    def _compute_answer(self):
        """Ask the ledger what this use would be, writing nothing."""
        for wizard in self:
            wizard.covered, wizard.billable, wizard.explanation = 0, 0, False
            if not wizard._is_complete():
                continue
            answer = wizard.convention_id._check_coverage(
                wizard.product_id,
                wizard.quantity,
                wizard.uom_id,
                wizard.date,
                scope=wizard.scope_id,
            )
            wizard.covered = answer["covered"]
            wizard.billable = answer["billable"]
            wizard.explanation = answer["reason"]

    def _is_complete(self):
        return bool(
            self.convention_id
            and self.product_id
            and self.uom_id
            and self.date
            and self.quantity > 0
            and (self.scope_id or not self.is_by_software)
        )

    def action_use(self):
        """Enter the use in the ledger; the steps of accompaniment are then done."""
        self.ensure_one()
        if self.is_by_software and not self.scope_id:
            raise UserError(self.env._("Choose the software that is commissioned."))
        fact = self.convention_id._consume(
            self.product_id,
            self.quantity,
            self.uom_id,
            self.date,
            origin=self.activation_id,
            scope=self.scope_id,
        )
        if self.activation_id:
            self.activation_id.step_ids.filtered("is_accompaniment").done = True
            self.activation_id.message_post(body=fact.verdict)
        return {"type": "ir.actions.act_window_close"}
