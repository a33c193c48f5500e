# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from .sale_order_line_display import SHOWN


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    quantity = fields.Float(**SHOWN)
