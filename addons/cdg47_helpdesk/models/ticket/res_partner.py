# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _cdg47_linked_records(self):
        tickets = self.env["helpdesk.ticket"].search(
            [("collectivite_id", "in", self.ids)]
        )
        return [*super()._cdg47_linked_records(), tickets]
