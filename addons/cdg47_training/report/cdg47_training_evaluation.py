# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.tools import SQL

from ..models.session.event_type import KINDS


class Cdg47TrainingEvaluation(models.Model):
    """What those who attended think: one row by invitation and question.

    Who answered is left out: an opinion is read, not whose it is.
    """

    _name = "cdg47.training.evaluation"
    _description = "Evaluation of a training"
    _auto = False
    _order = "date desc, event_id, question_id, id"
    # Written before it is read.
    _depends = {
        "event.registration": ["event_id", "survey_answer_id"],
        "event.event": ["date_begin", "company_id", "training_kind"],
        "survey.user_input": ["state", "survey_id", "test_entry"],
        "survey.user_input.line": [
            "user_input_id",
            "question_id",
            "skipped",
            "value_scale",
            "value_numerical_box",
            "value_text_box",
            "value_char_box",
        ],
        "survey.question": ["survey_id", "is_page"],
    }

    event_id = fields.Many2one("event.event", string="Session", readonly=True)
    date = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    training_kind = fields.Selection(KINDS, string="Kind of training", readonly=True)
    question_id = fields.Many2one(
        "survey.question", string="Question asked", readonly=True
    )
    score = fields.Float(
        string="Mark",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="On the scale of its question; empty for those answered in words.",
    )
    comment = fields.Text(readonly=True)
    response_rate = fields.Float(
        string="Response rate (%)",
        readonly=True,
        digits=(16, 0),
        aggregator="avg",
        help="100 when the survey came back, 0 when it did not.",
    )

    @property
    def _table_query(self):
        # A mark of an unfinished survey is none.
        return SQL(
            """
            SELECT row_number() OVER (ORDER BY registration.id, question.id, line.id)
                       AS id,
                   registration.event_id, event.company_id, event.training_kind,
                   (event.date_begin AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris')
                       ::date AS date,
                   question.id AS question_id,
                   CASE line.answer_type
                       WHEN 'scale' THEN line.value_scale
                       WHEN 'numerical_box' THEN line.value_numerical_box
                   END AS score,
                   COALESCE(line.value_text_box, line.value_char_box) AS comment,
                   CASE WHEN answer.state = 'done' THEN 100.0 ELSE 0.0 END
                       AS response_rate
              FROM event_registration registration
              JOIN event_event event ON event.id = registration.event_id
              JOIN survey_user_input answer
                ON answer.id = registration.survey_answer_id
               AND answer.test_entry IS NOT TRUE
              JOIN survey_question question
                ON question.survey_id = answer.survey_id
               AND question.is_page IS NOT TRUE
              LEFT JOIN survey_user_input_line line
                ON line.user_input_id = answer.id
               AND line.question_id = question.id
               AND line.skipped IS NOT TRUE
               AND answer.state = 'done'
            """
        )
