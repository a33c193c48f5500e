# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _cdg47_home(self):
        home = super()._cdg47_home()
        if not home and self.has_group("cdg47_training.group_training_manager"):
            return "cdg47_training.training_event_action"
        if not home and self.has_group("cdg47_training.group_training_trainer"):
            return "cdg47_training.cdg47_training_half_day_action"
        return home
