# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    training_request_ids = fields.One2many(
        "cdg47.training.request", "order_id", string="Trainings asked for"
    )
