# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.cdg47_convention.lib.dates import today_in_paris


class Cdg47TrainingRegularise(models.TransientModel):
    """Bill half-days beyond the forfait once they are accepted in writing (R7)."""

    _name = "cdg47.training.regularise"
    _description = "Record the acceptance of half-days"

    event_id = fields.Many2one(
        "event.event", string="Session", required=True, ondelete="cascade"
    )
    collectivite_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    accepted_by_id = fields.Many2one(
        "res.partner",
        string="Accepted by",
        required=True,
        ondelete="cascade",
        domain=[("is_company", "=", False)],
    )
    accepted_on = fields.Date(required=True, default=lambda self: today_in_paris())

    def action_regularise(self):
        """Order what was not accepted yet, and note who accepted it."""
        self.event_id._check_training_organiser()
        event_sudo = self.event_id.sudo()
        event_sudo._training_guard()
        waiting = self.env["cdg47.training.participation"].sudo().search(
            [
                ("event_id", "=", event_sudo.id),
                ("collectivite_id", "=", self.collectivite_id.id),
                ("is_unaccepted", "=", True),
            ]
        )  # fmt: skip
        if not waiting:
            raise UserError(self.env._("Nothing is left to regularise."))
        line = waiting._bill()
        registrations = event_sudo.registration_ids.filtered(
            lambda r: (
                r.collectivite_id == self.collectivite_id
                and r.billed_days
                and not r.acceptance
            )
        )
        registrations.write(
            {
                "sale_line_id": line.id,
                "acceptance": "written",
                "accepted_by_id": self.accepted_by_id.id,
                "accepted_on": self.accepted_on,
            }
        )
        return {"type": "ir.actions.act_window_close"}
