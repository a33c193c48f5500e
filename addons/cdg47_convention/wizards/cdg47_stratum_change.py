# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.dates import next_first_of_january, today_in_paris
from ..models.convention.stratum_switch import change_stratum
from ..reading.stratum_change import StratumChange


class Cdg47StratumChange(models.TransientModel):
    """Changes the stratum of a convention, and shows what it does before it does it."""

    _name = "cdg47.stratum.change"
    _description = "Change of stratum"

    convention_id = fields.Many2one("cdg47.convention", required=True)
    when = fields.Selection(
        [("renewal", "On the next 1 January"), ("date", "On a date")],
        required=True,
        default="renewal",
    )
    date = fields.Date(
        string="First day",
        compute="_compute_date",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    decided_stratum_id = fields.Many2one(
        "cdg47.stratum", string="From the facts", compute="_compute_decision"
    )
    decided_reason = fields.Char(compute="_compute_decision", string="Because")
    stratum_id = fields.Many2one(
        "cdg47.stratum",
        string="New stratum",
        compute="_compute_stratum_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    is_forced = fields.Boolean(compute="_compute_is_forced")
    reason = fields.Char(
        compute="_compute_reason", store=True, precompute=True, readonly=False
    )
    effect = fields.Html(compute="_compute_effect", sanitize=False)
    obstacle = fields.Char(compute="_compute_effect")

    @api.depends("when")
    def _compute_date(self):
        for wizard in self:
            is_renewal = wizard.when == "renewal"
            wizard.date = next_first_of_january() if is_renewal else today_in_paris()

    @api.depends("convention_id", "date")
    def _compute_decision(self):
        for wizard in self:
            partner = wizard.convention_id.partner_id
            stratum, reason = wizard.stratum_id.browse(), ""
            if partner and wizard.date:
                partner = wizard.convention_id._in_partner_lang().partner_id
                stratum, reason = partner._cdg47_stratum_at(wizard.date)
            wizard.decided_stratum_id = stratum
            wizard.decided_reason = reason

    @api.depends("decided_stratum_id")
    def _compute_stratum_id(self):
        for wizard in self:
            wizard.stratum_id = wizard.decided_stratum_id

    @api.depends("stratum_id", "decided_stratum_id")
    def _compute_is_forced(self):
        for wizard in self:
            wizard.is_forced = wizard.stratum_id != wizard.decided_stratum_id

    @api.depends("stratum_id", "decided_stratum_id", "decided_reason")
    def _compute_reason(self):
        for wizard in self:
            wizard.reason = not wizard.is_forced and wizard.decided_reason

    @api.depends("convention_id", "date", "stratum_id")
    def _compute_effect(self):
        for wizard in self:
            wizard.effect, wizard.obstacle = False, False
            if not (wizard.convention_id and wizard.date and wizard.stratum_id):
                continue
            change = StratumChange(wizard.convention_id, wizard.date, wizard.stratum_id)
            try:
                change.check()
                wizard.effect = self.env["ir.qweb"]._render(
                    "cdg47_convention.stratum_change_effect", {"change": change}
                )
            except UserError as error:
                wizard.obstacle = str(error)

    def action_change(self):
        """Apply the change, and open the order of the difference when there is one."""
        self.ensure_one()
        if not self.stratum_id:
            raise UserError(self.env._("Choose the new stratum."))
        order = change_stratum(
            self.convention_id, self.date, self.stratum_id, self.reason
        )
        if not order:
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": order.id,
            "views": [(False, "form")],
        }
