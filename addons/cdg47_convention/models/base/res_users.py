# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _cdg47_home(self):
        """Return the page where this user works, by its XML id, if it is one of ours.

        Who has several roles arrives where the first of them works: a manager, then a
        technician, then a trainer.
        """
        if self.has_group("cdg47_convention.group_convention_manager"):
            return "cdg47_convention.cdg47_year_action"
        return None
