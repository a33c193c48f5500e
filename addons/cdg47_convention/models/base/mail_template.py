# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

# Nobody wrote these mails by hand: no machine answers them (RFC 3834).
AUTOMATIC = {"Auto-Submitted": "auto-generated"}


class MailTemplate(models.Model):
    """Our mails are answered by somebody, and by no machine (R19)."""

    _inherit = "mail.template"

    def send_mail_batch(
        self,
        res_ids,
        force_send=False,
        raise_exception=False,
        email_values=None,
        email_layout_xmlid=False,
    ):
        """Say that it is automatic, and who reads the answers.

        Odoo says nothing of either: an answer would go to the address of the company,
        whoever reads it.
        """
        is_ours = self._cdg47_is_ours()
        values = dict(email_values or {})
        if is_ours:
            values.setdefault("headers", repr(AUTOMATIC))
        mails = super().send_mail_batch(
            res_ids,
            force_send=force_send and not is_ours,
            raise_exception=raise_exception,
            email_values=values,
            email_layout_xmlid=email_layout_xmlid,
        )
        if not is_ours:
            return mails
        if not (self.reply_to or values.get("reply_to")):
            for mail in mails:
                mail.reply_to = self._cdg47_answered_by(mail)
        if force_send:
            mails.send(raise_exception=raise_exception)
        return mails

    def _cdg47_is_ours(self):
        xml_id = self.get_external_id().get(self.id) or ""
        return xml_id.startswith("cdg47_")

    def _cdg47_answered_by(self, mail):
        """Return the address of who signs a mail; for the CDG's own, where it reads."""
        company = self.env.company
        if mail.email_from and mail.email_from != company.email_formatted:
            return mail.email_from
        return company._cdg47_reply_to()
