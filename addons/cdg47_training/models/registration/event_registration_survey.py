# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.fields import Command

SURVEY = "cdg47_training.mail_template_survey"


class EventRegistration(models.Model):
    """The satisfaction survey, sent to those who attended and to them only."""

    _inherit = "event.registration"

    survey_answer_id = fields.Many2one(
        "survey.user_input", readonly=True, copy=False, ondelete="set null",
        index="btree_not_null",
    )  # fmt: skip

    def _training_invite_to_survey(self):
        """Invite once each agent who attended and has an address."""
        template = self.env.ref(SURVEY)
        for registration in self.sudo():
            survey = registration.event_id.training_survey_id
            agent = registration.agent_id
            if (
                not survey
                or registration.state != "done"
                or registration.survey_answer_id
                or not agent.email
            ):
                continue
            registration.survey_answer_id = survey._create_answer(
                partner=agent, email=agent.email, check_attempts=False
            )
            template.send_mail(
                registration.id,
                email_values={"recipient_ids": [Command.set(agent.ids)]},
            )
