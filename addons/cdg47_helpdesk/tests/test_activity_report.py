# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The year of assistance, for the direction and the board."""

from io import BytesIO

from freezegun import freeze_time
from pypdf import PdfReader

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

from .common import HelpdeskCase


@tagged("post_install", "-at_install")
class TestActivityReport(HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = today_in_paris()
        cls.campaign = cls.env["cdg47.campaign"].search(
            [("year", "=", cls.today.year)]
        ) or cls.env["cdg47.campaign"].create({"year": cls.today.year})

    def sections(self):
        report = self.env["report.cdg47_convention.report_activity"]
        values = report.with_user(self.user_manager)._get_report_values(
            self.campaign.ids
        )
        return {
            section["title"]: {row[0]: row[1:] for row in section["rows"]}
            for section in values["documents"][0]["sections"]
        }

    def assist(self):
        ticket = self.ttim(hours=2.0)
        ticket.category_id = self.env.ref("cdg47_helpdesk.category_hardware")
        self.accepted(ticket)
        self.work(ticket, 140, day=self.today)
        included = self.qualified("included", "ASSIST-METIERS")
        included.category_id = self.env.ref("cdg47_helpdesk.category_software")
        self.work(included, 60, day=self.today)
        included.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        return ticket, included

    def test_hours_and_requests_of_the_year(self):
        before = self.sections()
        self.assist()
        after = self.sections()
        hours = after["Assistance\N{NO-BREAK SPACE}: heures par couverture"]
        self.assertEqual(hours["Intervention TTIM"][:4], ["1", "1", "02:20", "02:20"])
        self.assertEqual(hours["Inclus"][:4], ["1", "1", "01:00", "01:00"])
        self.assertEqual(hours["Intervention TTIM"][4], "70\N{NO-BREAK SPACE}%")
        title = "Assistance\N{NO-BREAK SPACE}: demandes par catégorie"
        totals = [
            list(map(int, s[title]["Total"]))
            for s in (before, after)
            if "Total" in s[title]
        ]
        received, _partners, finished = totals[-1]
        if len(totals) > 1:
            received, finished = received - totals[0][0], finished - totals[0][2]
        self.assertEqual((received, finished), (2, 1))

    def test_the_pdf_reads_them(self):
        self.assist()
        with self.allow_pdf_render():
            pdf, _kind = (
                self.env["ir.actions.report"]
                .with_context(force_report_rendering=True)
                ._render_qweb_pdf("cdg47_convention.report_activity", self.campaign.ids)
            )
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
        text = " ".join(text.split())
        self.assertIn("heures par couverture", text)
        self.assertIn("02:20", text)
        self.assertIn("Un ordinateur, une imprimante, le réseau", text)


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestTimeReport(HelpdeskCase):
    def grouped(self, user):
        rows = (
            self.env["cdg47.time.report"]
            .with_user(user)
            ._read_group(
                [("collectivite_id", "=", self.commune.id)],
                ["coverage"],
                ["worked_hours:sum", "counted_hours:sum"],
            )
        )
        return {coverage: (worked, counted) for coverage, worked, counted in rows}

    def test_the_direction_reads_sums_without_reading_lines(self):
        ticket = self.ttim(hours=1.0)
        self.accepted(ticket)
        self.work(ticket, 20)
        self.work(self.qualified("included", "ASSIST-METIERS"), 60)
        found = self.grouped(self.user_manager)
        self.assertEqual(found["included"], (1, 1))
        worked, counted = found["ttim"]
        self.assertAlmostEqual(worked, 20 / 60, 2)
        self.assertEqual(counted, 0.5)
        with self.assertRaises(AccessError):
            ticket.timesheet_ids.with_user(self.user_manager).read(["name"])

    def test_another_employee_does_not(self):
        with self.assertRaises(AccessError):
            self.grouped(self.user_employee)
