# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What those who attended think, read by session, question and year."""

from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_life import LifeCase


@tagged("post_install", "-at_install")
class TestEvaluation(LifeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = date(cls.year, 5, 12)
        cls.survey = cls.env.ref("cdg47_training.survey_satisfaction")
        cls.marked = cls.survey.question_ids.filtered(
            lambda q: q.question_type == "scale"
        )
        cls.in_words = cls.survey.question_ids - cls.marked

    def held(self, marks, day=None):
        """Hold a session whose agents answer with a mark each, None for no answer."""
        day = day or self.day
        session = self.make_session(days=[day])
        registrations = self.env["event.registration"]
        for _mark in marks:
            agent = self.make_agent(self.commune, email="agent@example.com")
            registrations |= self.register(session, self.commune, agent)
        with self.at(day, 18):
            half_day = session.half_day_ids.with_user(self.trainer)
            lines = half_day._open_sheet()
            half_day._fill_sheet(dict.fromkeys(lines, ("present", None)))
            half_day.action_lock()
        for registration, mark in zip(registrations, marks, strict=True):
            if mark is not None:
                self.answer(registration.survey_answer_id, mark)
        return session

    def answer(self, answer, mark, comment="Plus de pratique"):
        for question in self.marked:
            answer._save_lines(question, mark)
        answer._save_lines(self.in_words, comment)
        answer._mark_done()

    def averages(
        self, session, groupby=(), aggregates=("score:avg", "response_rate:avg")
    ):
        rows = self.env["cdg47.training.evaluation"].with_user(self.trainer)
        return rows._read_group([("event_id", "=", session.id)], groupby, aggregates)

    def test_averages_and_response_rate(self):
        session = self.held([5, 2, None])
        ((average, rate),) = self.averages(session)
        self.assertEqual((average, round(rate)), (3.5, 67))
        by_question = self.averages(session, ["question_id"], ["score:avg"])
        self.assertEqual(
            dict(by_question),
            {**dict.fromkeys(self.marked, 3.5), self.in_words: False},
        )
        self.assertEqual(session.with_user(self.trainer).evaluation_count, 2)

    def test_comments(self):
        session = self.held([4, None])
        rows = self.env["cdg47.training.evaluation"].search(
            [("event_id", "=", session.id), ("comment", "!=", False)]
        )
        self.assertEqual(rows.mapped("comment"), ["Plus de pratique"])

    def test_an_unfinished_survey_has_no_mark(self):
        session = self.held([None])
        answer = session.registration_ids.survey_answer_id
        answer._save_lines(self.marked[0], 1)
        ((average, rate),) = self.averages(session)
        self.assertFalse(average)
        self.assertEqual(rate, 0)
        self.assertEqual(session.evaluation_count, 0)

    def test_by_year_and_nobodys_name(self):
        session = self.held([3], date(self.year, 1, 4))
        ((year, average),) = self.averages(session, ["date:year"], ["score:avg"])
        self.assertEqual((year.year, average), (self.year, 3))
        fields = self.env["cdg47.training.evaluation"]._fields
        self.assertFalse(
            [
                f
                for f in fields
                if fields[f].comodel_name in ("res.partner", "event.registration")
            ]
        )

    def test_a_session_without_survey(self):
        session = self.make_session(days=[self.day], training_survey_id=False)
        self.assertEqual(session.evaluation_count, 0)
        self.assertFalse(self.averages(session, ["question_id"]))

    def test_collectivites_do_not_read_it(self):
        contact = self.make_contact("Secrétaire", parent_id=self.commune.id)
        with self.assertRaises(AccessError):
            self.env["cdg47.training.evaluation"].with_user(
                self.make_portal_user(contact)
            ).search([])

    def test_screen(self):
        """What its list asks, as a trainer: names of sessions and questions."""
        session = self.held([3])
        rows = self.env["cdg47.training.evaluation"].with_user(self.trainer)
        names = {"fields": {"display_name": {}}}
        shown = rows.web_search_read(
            [("event_id", "=", session.id)],
            {"question_id": names, "event_id": names, "score": {}},
        )
        self.assertEqual(len(shown["records"]), len(self.survey.question_ids))
