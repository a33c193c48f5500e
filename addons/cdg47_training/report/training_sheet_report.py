# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

# Rows and half-days of one table: Debian's wkhtmltopdf cuts tables between pages, and
# keeps a short one whole.
ROWS, COLUMNS = 10, 4


class ReportTrainingSheet(models.AbstractModel):
    """The sign-in sheet: a column of signatures per half-day, a box for the trainer."""

    _name = "report.cdg47_training.report_sheet"
    _description = "Sign-in sheet"

    @api.model
    def _get_report_values(self, docids, data=None):
        sessions = self.env["event.event"].browse(docids)
        return {
            "doc_ids": docids,
            "doc_model": sessions._name,
            "docs": sessions,
            "documents": [self._document(session) for session in sessions],
        }

    @api.model
    def _document(self, session):
        """Return what the sheet of one session prints.

        :return: ``session``, ``tables``: half-days (four at most) and blocks of
            registrations, those who are expected and no other
        :rtype: dict
        """
        half_days = session.half_day_ids
        expected = half_days[:1]._sheet_registrations() if half_days else []
        blocks = [
            list(enumerate(expected[start : start + ROWS], start + 1))
            for start in range(0, len(expected), ROWS)
        ] or [[]]
        return {
            "session": session,
            "tables": [
                {"half_days": half_days[start : start + COLUMNS], "blocks": blocks}
                for start in range(0, len(half_days), COLUMNS)
            ],
            "count": len(expected),
        }
