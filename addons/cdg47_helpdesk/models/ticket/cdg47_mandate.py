# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class Cdg47Mandate(models.Model):
    _inherit = "cdg47.mandate"

    @api.model
    def _linked_records(self, collectivites):
        tickets = self.env["helpdesk.ticket"].search(
            [("collectivite_id", "in", collectivites.ids)]
        )
        return [*super()._linked_records(collectivites), tickets]
