# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..models.registration.event_registration import MOTIVES

BY_STAFF = [m for m in MOTIVES if m[0] not in ("cdg", "expired", "waiting")]


class Cdg47TrainingCancel(models.TransientModel):
    """Cancel registrations with a reason, which decides what is given back."""

    _name = "cdg47.training.cancel"
    _description = "Cancel registrations"

    registration_ids = fields.Many2many("event.registration", required=True)
    motive = fields.Selection(BY_STAFF, string="Reason", required=True, default="agent")
    cost = fields.Text(string="What it costs", compute="_compute_cost")

    @api.depends("registration_ids", "motive")
    def _compute_cost(self):
        for wizard in self:
            wizard.cost = "\n".join(
                f"{registration.name} - {registration._origin._training_cancel_cost()}"
                for registration in wizard.registration_ids
            )

    def action_cancel(self):
        self.registration_ids.check_access("write")
        self.registration_ids._training_cancel(self.motive)
        return {"type": "ir.actions.act_window_close"}
