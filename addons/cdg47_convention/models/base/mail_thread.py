# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class MailThread(models.AbstractModel):
    """What a contact of the portal reads of a discussion, and by which link (R20)."""

    _inherit = "mail.thread"

    # Does the portal page of this model show its discussion? Where it does not, a
    # contact who reads the record reads neither its messages nor its files.
    _cdg47_portal_thread = True

    def _cdg47_is_closed_thread(self):
        return self.env.user.share and not self._cdg47_portal_thread

    def _cdg47_is_of_collectivite(self):
        """Tell whether this is read by who acts for its collectivité, by nobody else.

        Asked as superuser, of one record.
        """
        return False

    def _cdg47_has_reader(self):
        """Tell whether the user may open this record by a link.

        What belongs to a collectivité opens to who may read it today, whatever the
        token of the link, which does not outlive a mandate.
        """
        if not self.env.user.share:
            return True
        is_theirs = not self._cdg47_portal_thread
        is_theirs = is_theirs or self.sudo()._cdg47_is_of_collectivite()
        return not is_theirs or self.sudo(False).has_access("read")

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        result = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if self._cdg47_is_closed_thread():
            # Nobody of the portal writes these records.
            return dict.fromkeys(result, "write")
        return result

    def _get_thread_with_access(self, thread_id, **kwargs):
        thread = self.browse(thread_id).exists()
        if self._cdg47_is_closed_thread() or not (
            thread and thread._cdg47_has_reader()
        ):
            return self.browse()
        if self.env.user.share and thread.sudo()._cdg47_is_of_collectivite():
            # Neither a token nor a signature gives more than the reader has.
            for credential in ("hash", "pid", "token"):
                kwargs.pop(credential, None)
        return super()._get_thread_with_access(thread_id, **kwargs)

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Following what is not shown would send it by mail."""
        if self._cdg47_is_closed_thread():
            self.check_access("write")
        return super().message_subscribe(partner_ids, subtype_ids)
