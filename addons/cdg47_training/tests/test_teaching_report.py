# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The « bilan pédagogique et financier », beside a count made another way."""

import io
from datetime import date

from lxml import html
from openpyxl import load_workbook

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.cdg47_training.reading.teaching_report import TeachingReport

from .test_life import LifeCase


@tagged("post_install", "-at_install")
class TestTeachingReport(LifeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = date(cls.year, 5, 12)

    def fill(self, half_day, absent=(), hours=None):
        """Lock a sheet: all present but some, for as long as is said."""
        hours = hours or {}
        lines = half_day.with_user(self.trainer)._open_sheet()
        statuses = {
            line: (
                ("absent", None)
                if line.registration_id in absent
                else ("present", hours.get(line.registration_id))
            )
            for line in lines
        }
        half_day.with_user(self.trainer)._fill_sheet(statuses)
        half_day.with_user(self.trainer).action_lock()

    def hold_year(self):
        """Group: three present of four, one half an hour late; workshop: one, twice."""
        others = [self.make_member() for _ in range(2)]
        group = self.make_session(days=[self.day], location_kind="remote")
        seats = self.register(
            group,
            self.commune,
            self.make_agent(self.commune),
            self.make_agent(self.commune),
        )
        seats |= self.register(group, others[0])
        absent = self.register(group, others[1])
        with self.at(self.day, 18):
            self.fill(group.half_day_ids, absent, {seats[0]: 3.0})
        workshop = self.make_session(
            "workshop",
            days=[date(self.year, 6, 1), date(self.year, 6, 2)],
            periods=("morning", "afternoon"),
        )
        billed = self.register(workshop, self.commune, acceptance="portal")
        with self.at(date(self.year, 6, 2), 18):
            for half_day in workshop.half_day_ids[:3]:
                self.fill(half_day)
        return group, workshop, billed

    def report(self, year=None):
        return TeachingReport(
            self.env(user=self.organiser), self.env.company, year or self.year
        )

    def boxes(self, year=None):
        """Return the boxes by the letter of their frame and their code."""
        found = {}
        for section in self.report(year).sections():
            frame = section.title.partition(".")[0]
            for box in section.boxes:
                found[frame, box.code or ("total" if box.is_total else box.label)] = box
        return found

    def test_counts_as_another_count_does(self):
        group, workshop, _billed = self.hold_year()
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT count(DISTINCT line.registration_id), sum(line.hours)
              FROM cdg47_training_attendance line
              JOIN cdg47_training_half_day half_day ON half_day.id = line.half_day_id
             WHERE half_day.sheet_state = 'locked' AND line.status = 'present'
               AND half_day.event_id IN %s
            """,
            [tuple((group | workshop).ids)],
        )
        counted = self.env.cr.fetchone()
        # Three at the group half-day, one at three half-days; 3 h 30 but one of 3 h.
        self.assertEqual(counted, (4, 3.0 + 2 * 3.5 + 3 * 3.5))
        boxes = self.boxes()
        for key in (("F1", "e"), ("F1", "total"), ("F3", "d"), ("F4", "total")):
            self.assertEqual((boxes[key].trainees, boxes[key].hours), counted, key)
        remote = boxes["F1", "of which at a distance"]
        self.assertEqual((remote.trainees, remote.hours), (3, 10.0))
        trainers = boxes["E", "E1"]
        self.assertEqual((trainers.trainees, trainers.hours), (1, 4 * 3.5))

    def test_detail_adds_up(self):
        self.hold_year()
        (detail,) = [
            s for s in self.report().sections() if s.title.startswith("Detail")
        ]
        *rows, total = detail.boxes
        self.assertEqual(sum(row.trainees for row in rows), total.trainees)
        self.assertEqual(sum(row.hours for row in rows), total.hours)
        self.assertEqual(
            {(row.code, row.label): row.trainees for row in rows},
            {("Group training", "Included"): 3, ("Workshop", "Billed"): 1},
        )

    def test_another_year_has_its_own(self):
        self.hold_year()
        before = self.boxes(self.year + 1)
        self.assertEqual(before["F1", "total"].trainees, 0)
        self.assertEqual(before["C", "C3"].amount, 0)

    def test_products_are_those_of_the_journal(self):
        _group, _workshop, billed = self.hold_year()
        order = billed.sale_line_id.order_id
        self.assertTrue(order)
        invoice = order._create_invoices()
        invoice.invoice_date = date(self.year, 7, 1)
        self.assertEqual(self.boxes()["C", "C3"].amount, 0, "a draft is no product")
        invoice.action_post()
        amount = self.boxes()["C", "C3"].amount
        self.assertGreater(amount, 0)
        self.assertAlmostEqual(amount, invoice.amount_untaxed_signed)
        credit = invoice._reverse_moves([{"invoice_date": date(self.year, 8, 1)}])
        credit.action_post()
        self.assertEqual(self.boxes()["C", "C3"].amount, 0)

    # === Page and workbook ===
    def page(self, **values):
        pages = self.env["cdg47.training.report"].with_user(self.organiser)
        return pages.create({"year": self.year, **values})

    def test_page_and_workbook_say_the_same(self):
        self.env.company.cdg47_nda = "75 47 00123 47"
        self.hold_year()
        page = self.page()
        shown = html.fromstring(page.content)
        on_screen = [
            [cell.text_content().strip() for cell in row.iter("td")][:2]
            for row in shown.iter("tr")
            if row.find("td") is not None and row.find("th") is None
        ]
        content = (
            self.env["ir.actions.report"]
            .with_user(self.organiser)
            ._render_xlsx("cdg47_training.report_teaching_xlsx", page.ids, {})[0]
        )
        sheet = load_workbook(io.BytesIO(content)).active
        rows = [
            [cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)
        ]
        self.assertIn("75 47 00123 47", rows[1])
        for code, label in on_screen:
            self.assertIn([code, label], [row[:2] for row in rows])
        (trainers,) = [row for row in rows if row[0] == "E1"]
        self.assertEqual(trainers[2:4], [1, 14])
        self.assertIn("to be typed", shown.text_content())
        self.assertTrue([row for row in rows if row[-1] == "to be typed"])

    def test_an_empty_year_and_no_year(self):
        self.assertIn("No sign-in sheet", self.page(year=2060).content)
        typed = self.env["cdg47.training.report"].new({"year": 20})
        self.assertIn("four digits", typed.content)

    def test_number_of_declaration(self):
        with self.assertRaises(ValidationError):
            self.env.company.cdg47_nda = "1234"
        self.env.company.cdg47_nda = "75470012347"

    def test_trainers_do_not_open_it(self):
        with self.assertRaises(AccessError):
            self.env["cdg47.training.report"].with_user(self.trainer).create({})

    def test_same_queries_for_5_and_20_sessions(self):
        def read():
            self.env.invalidate_all()
            return self.report().sections()

        def hold(count):
            for number in range(count):
                session = self.make_session(
                    days=[fields.Date.add(self.day, days=number)]
                )
                self.register(session, self.make_member())
                with self.at(fields.Date.add(self.day, days=number), 18):
                    self.fill(session.half_day_ids)

        hold(5)
        few = self.queries_of(read)
        hold(15)
        self.assertLessEqual(self.queries_of(read), few)
