# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

TECHNICIANS = "cdg47_helpdesk.group_helpdesk_technician"


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Give the web client the timer of a technician, without asking again."""
        info = super().session_info()
        if self.env.user.has_group(TECHNICIANS):
            info["cdg47_timer"] = self.env.user._ticket_timer() or {}
        return info
