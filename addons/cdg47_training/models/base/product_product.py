# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _cdg47_accepted_by(self, partner):
        """Whoever registers at the price shown accepts it (R7)."""
        group_id = self.env["ir.model.data"]._xmlid_to_res_id(
            "cdg47_convention.service_form_groupe"
        )
        if self.id == group_id:
            return self.env._("you, by registering")
        return super()._cdg47_accepted_by(partner)
