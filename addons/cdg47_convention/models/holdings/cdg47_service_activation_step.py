# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ...lib.dates import today_in_paris


class Cdg47ServiceActivationStep(models.Model):
    """One commissioning step of Annexe 3, for one collectivité."""

    _name = "cdg47.service.activation.step"
    _description = "Commissioning step"
    _order = "activation_id, sequence, id"
    _rec_name = "step_id"

    activation_id = fields.Many2one(
        "cdg47.service.activation", required=True, index=True, ondelete="cascade"
    )
    step_id = fields.Many2one(
        "cdg47.service.step",
        required=True,
        index=True,
        ondelete="restrict",
    )
    sequence = fields.Integer(related="step_id.sequence", store=True)
    is_accompaniment = fields.Boolean(related="step_id.is_accompaniment")
    done = fields.Boolean()
    done_on = fields.Date(compute="_compute_done_on", store=True)
    note = fields.Char()

    @api.depends("done")
    def _compute_done_on(self):
        for step in self:
            step.done_on = step.done and (step.done_on or today_in_paris())
