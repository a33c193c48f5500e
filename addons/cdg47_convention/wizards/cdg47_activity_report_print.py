# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..lib.dates import today_in_paris


class Cdg47ActivityReportPrint(models.TransientModel):
    """Prints the activity report of any year, whether it has a campaign or not."""

    _name = "cdg47.activity.report.print"
    _description = "Print the activity report"

    year = fields.Integer(
        required=True, default=lambda self: today_in_paris().year, help="A civil year."
    )

    _year_four_digits = models.Constraint(
        "CHECK (year BETWEEN 2000 AND 2100)", "A year has four digits, such as 2027."
    )

    def action_print(self):
        """Download the report of the year (PDF).

        :rtype: dict
        """
        self.ensure_one()
        report = self.env.ref("cdg47_convention.action_report_activity")
        return report.report_action(None, data={"year": self.year})
