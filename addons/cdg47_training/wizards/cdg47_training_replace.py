# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class Cdg47TrainingReplace(models.TransientModel):
    """Send another agent of the collectivité instead: free at any time."""

    _name = "cdg47.training.replace"
    _description = "Replace an agent"

    registration_id = fields.Many2one(
        "event.registration", required=True, ondelete="cascade"
    )
    possible_agent_ids = fields.Many2many(
        "res.partner", compute="_compute_possible_agent_ids"
    )
    agent_id = fields.Many2one(
        "res.partner",
        string="New agent",
        required=True,
        ondelete="cascade",
        domain="[('id', 'in', possible_agent_ids)]",
    )

    @api.depends("registration_id")
    def _compute_possible_agent_ids(self):
        for wizard in self:
            registration = wizard.registration_id
            wizard.possible_agent_ids = (
                registration._training_agents(registration.collectivite_id)
                - registration.agent_id
            )

    def action_replace(self):
        self.registration_id.check_access("write")
        self.registration_id._training_replace(self.agent_id)
        return {"type": "ir.actions.act_window_close"}
