# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47TrainingSessionCancel(models.TransientModel):
    """Cancel a session: rights given back, everybody told, other dates proposed."""

    _name = "cdg47.training.session.cancel"
    _description = "Cancel a session"

    event_id = fields.Many2one(
        "event.event", string="Session", required=True, ondelete="cascade"
    )
    reason = fields.Char(
        required=True, help="Told to the agents and to their collectivités."
    )
    other_session_ids = fields.Many2many(
        "event.event",
        relation="cdg47_session_cancel_other_rel",
        string="Other dates proposed",
        domain="[('training_state', '=', 'published'), ('id', '!=', event_id)]",
    )

    def action_cancel_session(self):
        self.event_id._training_cancel_session(self.reason, self.other_session_ids)
        return {"type": "ir.actions.act_window_close"}
