# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47ServiceActivation(models.Model):
    """Visits on site, in Odoo's own calendar."""

    _inherit = "cdg47.service.activation"

    visit_ids = fields.One2many(
        "calendar.event",
        "cdg47_activation_id",
        string="Visits",
        groups="base.group_user",
    )
    visit_count = fields.Integer(
        compute="_compute_visit_count", groups="base.group_user"
    )

    def _compute_visit_count(self):
        counts = dict(
            self.env["calendar.event"]._read_group(
                [("cdg47_activation_id", "in", self.ids)],
                ["cdg47_activation_id"],
                ["__count"],
            )
        )
        for activation in self:
            activation.visit_count = counts.get(activation, 0)

    def action_view_visits(self):
        """Open the calendar on the visits, ready to plan one with the collectivité."""
        self.ensure_one()
        action = self.partner_id.action_view_visits()
        action["domain"] = [("cdg47_activation_id", "=", self.id)]
        action["context"] |= {
            "default_cdg47_activation_id": self.id,
            "default_name": self.display_name,
        }
        return action
