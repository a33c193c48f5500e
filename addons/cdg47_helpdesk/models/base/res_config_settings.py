# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cdg47_outside_forfait_quoted = fields.Boolean(
        related="company_id.cdg47_outside_forfait_quoted", readonly=False
    )
    cdg47_billing_step = fields.Integer(
        related="company_id.cdg47_billing_step", readonly=False
    )
    cdg47_reopen_days = fields.Integer(
        related="company_id.cdg47_reopen_days", readonly=False
    )
