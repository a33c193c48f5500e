# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class MailMail(models.Model):
    """A convocation that the mail server refuses is told on its registration."""

    _inherit = "mail.mail"

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        if failure_type:
            self._note_unsent_convocations(failure_reason)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason, failure_type
        )

    def _note_unsent_convocations(self, reason):
        """Say on the registration that the mail server refused its convocation."""
        for mail in self.filtered(lambda m: m.model == "event.registration"):
            registration = self.env["event.registration"].browse(mail.res_id)
            printed = registration.convocation_ids.attachment_id
            if printed & mail.attachment_ids:
                registration.convocation_error = reason or self.env._(
                    "The mail server refused the convocation."
                )
