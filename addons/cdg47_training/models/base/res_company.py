# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError


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

    cdg47_nda = fields.Char(
        string="Number of declaration of activity",
        help="Eleven digits given by the préfet de région to a training body.",
    )

    _cdg47_training_days = models.Constraint(
        "CHECK (cdg47_convocation_days >= 0 AND cdg47_free_cancel_days >= 0 "
        "AND cdg47_headcount_days >= 0 AND cdg47_seats_min >= 0 "
        "AND cdg47_answer_hours > 0)",
        "Delays of trainings are never negative.",
    )

    @api.constrains("cdg47_nda")
    def _check_nda(self):
        for company in self.filtered("cdg47_nda"):
            if not re.fullmatch(r"\d{11}", re.sub(r"\s", "", company.cdg47_nda)):
                raise ValidationError(
                    self.env._(
                        "The number of declaration of activity has eleven digits, "
                        "such as 75 47 00123 47: « %(number)s » has not.",
                        number=company.cdg47_nda,
                    )
                )
