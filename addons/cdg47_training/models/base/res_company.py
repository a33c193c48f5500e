# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResCompany(models.Model):
    """Settings of trainings: the règlement intérieur is not public (Annexe 3 III)."""

    _inherit = "res.company"

    cdg47_convocation_days = fields.Integer(
        string="Convocation (days before)", default=15
    )
    cdg47_free_cancel_days = fields.Integer(
        string="Free cancellation until (days before)", default=8
    )
    cdg47_seats_min = fields.Integer(string="Registered at least", default=6)
    cdg47_headcount_days = fields.Integer(
        string="Headcount checked (days before)", default=10
    )
    cdg47_late_cancel_consumes = fields.Boolean(
        string="A late cancellation consumes", default=True
    )
    cdg47_no_show_consumes = fields.Boolean(
        string="An absence without cancellation consumes", default=True
    )
    cdg47_half_day_once = fields.Boolean(
        string="Several agents at one half-day count once", default=True
    )
    cdg47_answer_hours = fields.Integer(
        string="Time to answer an offered seat (hours)", default=48
    )
    cdg47_letter_months_off = fields.Char(
        string="Months without a letter",
        default="8, 12",
        help="Numbers of months separated by commas: the letters are ten a year.",
    )

    _cdg47_training_days = models.Constraint(
        "CHECK (cdg47_convocation_days >= 0 AND cdg47_free_cancel_days >= 0 "
        "AND cdg47_headcount_days >= 0 AND cdg47_seats_min >= 0 "
        "AND cdg47_answer_hours > 0)",
        "Delays of trainings are never negative.",
    )
