# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47ServiceActivation(models.Model):
    """Visits on site to put an access in service."""

    _name = "cdg47.service.activation"
    _inherit = ["cdg47.service.activation", "cdg47.visit.mixin"]

    visit_ids = fields.One2many(
        "calendar.event",
        "cdg47_activation_id",
        string="Visits",
        groups="base.group_user",
    )

    def _visited_collectivite(self):
        return self.partner_id
