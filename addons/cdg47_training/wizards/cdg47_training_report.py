# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

from ..reading.teaching_report import TeachingReport


class Cdg47TrainingReport(models.TransientModel):
    """Shows the « bilan pédagogique et financier » of a year, box by box."""

    _name = "cdg47.training.report"
    _description = "Teaching and financial report"

    year = fields.Integer(
        required=True,
        default=lambda self: today_in_paris().year - 1,
        help="The civil year: the report of a year is due in the next one.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    content = fields.Html(compute="_compute_content", sanitize=False)

    _year_four_digits = models.Constraint(
        "CHECK (year BETWEEN 2000 AND 2100)", "A year has four digits, such as 2027."
    )

    @api.depends("year")
    def _compute_display_name(self):
        for page in self:
            page.display_name = self.env._(
                "Teaching and financial report %(year)s", year=str(page.year)
            )

    @api.depends("year", "company_id")
    @api.depends_context("lang")
    def _compute_content(self):
        for page in self:
            page.content = self.env["ir.qweb"]._render(
                "cdg47_training.teaching_report_on_screen",
                {
                    "sections": page._sections(),
                    "identity": page._identity(),
                    "currency": page.company_id.sudo().currency_id,
                },
            )

    def _sections(self):
        """Return the frames of the form, none for what is no year yet.

        :rtype: list[Section]
        """
        self.ensure_one()
        if not 2000 <= self.year <= 2100:
            return []
        return TeachingReport(self.env, self.company_id, self.year).sections()

    def _identity(self):
        """Return frame A: what the form asks of the body, « » for what lacks.

        :rtype: list[tuple[str, str]]
        """
        # Who organises reads little of the company.
        company_sudo = self.company_id.sudo()
        return [
            (self.env._("Number of declaration of activity"), company_sudo.cdg47_nda),
            (self.env._("Name"), company_sudo.name),
            (self.env._("SIRET"), company_sudo.company_registry),
            (
                self.env._("Address"),
                " ".join(
                    filter(
                        None, (company_sudo.street, company_sudo.zip, company_sudo.city)
                    )
                ),
            ),
        ]

    def action_workbook(self):
        """Download the same as a workbook.

        :rtype: dict
        """
        self.ensure_one()
        report = self.env.ref("cdg47_training.action_report_teaching_xlsx")
        return report.report_action(self)
