# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.fields import Command

RECEIPT = "cdg47_training.mail_template_receipt"
WAITING = "cdg47_training.mail_template_waiting"
OFFER = "cdg47_training.mail_template_offer"
CANCELLATION = "cdg47_training.mail_template_cancellation"


class EventRegistration(models.Model):
    """Mails of registrations: written in the request, sent by Odoo's queue after it."""

    _inherit = "event.registration"

    def _training_send(self, template_ref, attachments=()):
        """Queue one mail per registration, to the agent and its collectivité."""
        template = self.env.ref(template_ref)
        for registration_sudo in self.sudo():
            recipients = registration_sudo._training_recipients()
            if not recipients:
                continue
            template.sudo().send_mail(
                registration_sudo.id,
                email_values={
                    "recipient_ids": [Command.set(recipients.ids)],
                    "attachment_ids": [Command.link(a.id) for a in attachments],
                },
            )

    def _training_send_receipts(self):
        """Acknowledge a registration, which « ne vaut pas convocation »."""
        waiting = self.filtered("is_waiting")
        waiting._training_send(WAITING)
        (self - waiting).filtered(lambda r: not r.is_walk_in)._training_send(RECEIPT)

    def _training_send_offers(self):
        self._training_send(OFFER)

    def _training_send_cancellation(self):
        """Tell that it is cancelled, and take it out of the agenda it was put in."""
        for registration_sudo in self.sudo():
            attachments = self.env["ir.attachment"]
            if registration_sudo.convoked_version:
                attachments = registration_sudo._training_ics_attachment(cancel=True)
            registration_sudo._training_send(CANCELLATION, attachments=attachments)
