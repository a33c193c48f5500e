# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class EventRegistration(models.Model):
    """A convocation that did not arrive: told on its registration, sent again."""

    _inherit = "event.registration"

    def action_convoke(self):
        """Try again at once: for who is due, or did not receive the convocation."""
        self.event_id._check_training_organiser()
        for registration_sudo in self.sudo():
            if registration_sudo._is_convocation_due():
                registration_sudo._training_convoke()
            elif registration_sudo.convocation_error:
                registration_sudo._send_convocation_again()

    def _send_convocation_again(self):
        """Send the latest convocation to the addresses of today."""
        self.ensure_one()
        convocation = self.convocation_ids.filtered(
            lambda c: c.agent_id == self.agent_id
        ).sorted("version")[-1:]
        if convocation and self.state == "open":
            recipients = self._convocation_recipients()
            convocation.recipients = ", ".join(recipients.mapped("email"))
            self._send_convocation(convocation, recipients)

    def _message_receive_bounce(self, email, partner):
        """The mail came back: the address is to be corrected."""
        result = super()._message_receive_bounce(email, partner)
        for registration in self.filtered("convocation_ids"):
            registration.convocation_error = registration.env._(
                "The convocation came back from %(address)s: correct the address.",
                address=email,
            )
        return result


class MailMail(models.Model):
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
