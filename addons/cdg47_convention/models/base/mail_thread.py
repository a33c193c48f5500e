# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    # Does the portal page of this model show its discussion? Where it does not, a
    # contact who reads the record reads neither its messages nor its files (R20).
    _cdg47_portal_thread = True

    def _cdg47_is_closed_thread(self):
        return self.env.user.share and not self._cdg47_portal_thread

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        result = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        # Nobody of the portal writes these records.
        return (
            dict.fromkeys(result, "write") if self._cdg47_is_closed_thread() else result
        )

    def _get_thread_with_access(self, thread_id, *, mode="read", **kwargs):
        # Not even by the token of a link, which opens a page.
        if self._cdg47_is_closed_thread():
            return self.browse()
        return super()._get_thread_with_access(thread_id, mode=mode, **kwargs)

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        """Following what is not shown would send it by mail."""
        if self._cdg47_is_closed_thread():
            self.check_access("write")
        return super().message_subscribe(partner_ids, subtype_ids)
