# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from odoo.addons.cdg47_convention.lib.xlsx_sheet import MONEY, NUMBER, TEXT, Book

KINDS = {"trainees": NUMBER, "hours": NUMBER, "amount": MONEY}


class ReportTeachingXlsx(models.AbstractModel):
    """The « bilan pédagogique et financier » as a workbook: a table for each frame."""

    _name = "report.cdg47_training.report_teaching_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Teaching and financial report as a workbook"

    def generate_xlsx_report(self, workbook, data, pages):
        pages.check_access("read")
        book = Book(workbook)
        for page in pages:
            sheet = book.sheet(str(page.year), title=page.display_name)
            for label, value in page._identity():
                sheet.line(label, value or "")
            for section in page._sections():
                self._write(sheet, section)

    def _write(self, sheet, section):
        """Write a frame; what is to be typed is said in a last column."""
        sheet.next += 1
        sheet.line(section.title)
        blanks = [("", TEXT, 16)] * (2 - len(section.head))
        sheet.table(
            [
                (self.env._("Box"), TEXT, 30),
                (self.env._("Heading"), TEXT, 62),
                *((label, KINDS[name], 16) for name, label in section.head),
                *blanks,
                ("", TEXT, 16),
            ]
        )
        for box in section.boxes:
            sheet.row(
                box.code,
                box.label,
                *(getattr(box, name) for name, _label in section.head),
                *("" for _blank in blanks),
                self.env._("to be typed") if box.is_to_type else "",
            )
