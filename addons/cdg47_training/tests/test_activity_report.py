# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Trainings and letters in the activity report of the year, read back."""

import io
import re
from datetime import date

from freezegun import freeze_time
from pypdf import PdfReader

from odoo.tests import tagged

from .test_life import LifeCase


@tagged("post_install", "-at_install")
class TestActivityReport(LifeCase):
    def sections(self, year=None):
        report = self.env["report.cdg47_convention.report_activity"]
        company = self.env.company
        sections = report.with_user(self.user_manager)._sections(
            company, year or self.year
        )
        return {section["title"]: section for section in sections}

    def hold_year(self):
        """One group session of 4 seats with two present, one workshop cancelled."""
        day = date(self.year, 5, 12)
        held = self.make_session(days=[day], seats=4)
        self.register(held, self.commune, *(self.make_agent(self.commune),) * 1)
        absent = self.register(held, self.make_member())
        self.register(held, self.make_member())
        with self.at(day, 18):
            half_day = held.half_day_ids
            lines = half_day._open_sheet()
            half_day._fill_sheet(
                {
                    line: (
                        "absent" if line.registration_id == absent else "present",
                        None,
                    )
                    for line in lines
                }
            )
            half_day.action_lock()
        cancelled = self.make_session(
            "workshop", days=[date(self.year, 6, 1)], periods=("morning", "afternoon")
        )
        self.register(cancelled, self.commune)
        cancelled._training_cancel_session("Formateur absent")
        self.make_session(publish=False)
        # Of another year.
        self.make_session(days=[date(self.year + 1, 1, 5)])
        with freeze_time(f"{self.year}-02-10 10:00:00"):
            for name in ("metiers", "metiers", "techno"):
                letter = self.env["mailing.mailing"].create(
                    {
                        "subject": "Lettre",
                        "body_html": "<p>Actualités</p>",
                        "mailing_model_id": self.env["ir.model"]._get_id(
                            "mailing.list"
                        ),
                        "contact_list_ids": self.env.ref(
                            f"cdg47_training.mailing_list_{name}"
                        ).ids,
                    }
                )
                letter.action_put_in_queue()
                letter.action_send_mail()

    def test_figures_of_the_year(self):
        self.hold_year()
        sections = self.sections()
        rate = "75\N{NO-BREAK SPACE}%"
        self.assertEqual(
            [row[1:] for row in sections["Trainings"]["rows"]],
            [
                ["1", "0", "1", "3", "2", rate],
                ["0", "1", "0", "0", "0", "-"],
                ["1", "1", "1", "3", "2", rate],
            ],
        )
        letters = {row[0]: row[1:] for row in sections["Letters"]["rows"]}
        self.assertEqual(letters[self.metiers.name], ["2/10", "3"])
        self.assertEqual(letters[self.techno.name], ["1/10", "3"])

    def test_printed(self):
        self.hold_year()
        campaign = self.env["cdg47.campaign"].create({"year": self.year})
        with self.allow_pdf_render():
            content, _type = (
                self.env["ir.actions.report"]
                .with_context(force_report_rendering=True, lang="en_US")
                ._render_qweb_pdf("cdg47_convention.report_activity", campaign.ids)
            )
        pages = PdfReader(io.BytesIO(content)).pages
        text = re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))
        for expected in ("Trainings", "Letters sent", "2/10", "75 %"):
            self.assertIn(expected, text)

    def test_an_empty_year_says_so(self):
        sections = self.sections(2060)
        for title in ("Trainings", "Letters"):
            self.assertFalse(sections[title]["rows"])
            self.assertTrue(sections[title]["empty"])

    def test_same_queries_for_5_and_20_sessions(self):
        for _ in range(5):
            self.register(self.make_session(), self.make_member())
        self.sections()
        few = self.queries_of(self.sections)
        for _ in range(15):
            self.make_session("workshop")
        self.assertLessEqual(self.queries_of(self.sections), few)
