# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    cdg47_convocation_days = fields.Integer(
        related="company_id.cdg47_convocation_days", readonly=False
    )
    cdg47_free_cancel_days = fields.Integer(
        related="company_id.cdg47_free_cancel_days", readonly=False
    )
    cdg47_seats_min = fields.Integer(
        related="company_id.cdg47_seats_min", readonly=False
    )
    cdg47_headcount_days = fields.Integer(
        related="company_id.cdg47_headcount_days", readonly=False
    )
    cdg47_late_cancel_consumes = fields.Boolean(
        related="company_id.cdg47_late_cancel_consumes", readonly=False
    )
    cdg47_no_show_consumes = fields.Boolean(
        related="company_id.cdg47_no_show_consumes", readonly=False
    )
    cdg47_half_day_once = fields.Boolean(
        related="company_id.cdg47_half_day_once", readonly=False
    )
    cdg47_answer_hours = fields.Integer(
        related="company_id.cdg47_answer_hours", readonly=False
    )
    cdg47_nda = fields.Char(related="company_id.cdg47_nda", readonly=False)
    cdg47_letter_months_off = fields.Char(
        related="company_id.cdg47_letter_months_off", readonly=False
    )
