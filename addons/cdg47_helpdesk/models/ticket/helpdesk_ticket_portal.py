# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

TONES = {
    "received": "waiting",
    "in_progress": "waiting",
    "waiting": "todo",
    "closed": "done",
}


class HelpdeskTicket(models.Model):
    """What a collectivité reads of its requests in the portal, and may do there."""

    _inherit = "helpdesk.ticket"

    public_state = fields.Selection(related="stage_id.public_state", string="Shown as")

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        """Ignore the tokens of mails for a collectivité: mandates decide (R13)."""
        if self.browse(thread_id).exists().sudo().collectivite_id:
            for credential in ("hash", "pid", "token"):
                kwargs.pop(credential, None)
        return super()._get_thread_with_access(thread_id, **kwargs)

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if message_operation != "create":
            return operations
        documents = self.filtered("collectivite_id")
        return self.env["cdg47.convention"]._open_discussions(documents, operations)

    # === Where it stands ===
    def _portal_status(self):
        """Say where the request stands: a word, and its tone.

        :rtype: tuple[str, str]
        """
        self.ensure_one()
        state = "waiting" if self.billing_step == "awaiting" else self.public_state
        words = dict(self._fields["public_state"]._description_selection(self.env))
        return words[state], TONES[state]

    def _portal_orders(self):
        """Return the estimates the collectivité may read, the latest first."""
        return self.order_ids.filtered(lambda o: o.state in ("sent", "sale")).sorted(
            "id", reverse=True
        )

    def _portal_time(self):
        """Return the time worked, as the collectivité reads it.

        :return: rows of ``date``, ``name``, ``worked`` (minutes), ``becomes``, and
            ``invoice``: the posted one that this time is on
        :rtype: list[dict]
        """
        words = self._portal_time_words()
        posted = self.timesheet_ids.timesheet_invoice_id.filtered(
            lambda invoice: invoice.state == "posted"
        )
        return [
            {
                "date": line.date,
                "name": line.name,
                "worked": line.real_minutes,
                "becomes": words.get(line.time_state, ""),
                "invoice": line.timesheet_invoice_id & posted,
            }
            for line in self.timesheet_ids.sorted(lambda ln: (ln.date, ln.id))
        ]

    def _portal_time_words(self):
        """Say what becomes of time in the words of who is, or is not, invoiced.

        :rtype: dict[str, str]
        """
        states = self.env["account.analytic.line"]._fields["time_state"]
        return {
            **dict(states._description_selection(self.env)),
            "unaccepted": self.env._("Not accepted: not invoiced"),
            "beyond": self.env._("Beyond the estimate: not invoiced"),
        }

    def _portal_files(self):
        """Return the files of the request itself; those of messages are with them."""
        messages = self.message_ids.attachment_ids
        own = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id)]
        )
        return own - messages - self.written_request_document_id

    # === What it may do ===
    def _may_reopen(self):
        """Tell whether a finished request may still be reopened."""
        self.ensure_one()
        if not self.closed or not self.closed_date:
            return False
        limit = fields.Datetime.add(
            self.closed_date, days=self.company_id.cdg47_reopen_days
        )
        return fields.Datetime.now() <= limit

    def _reopen(self, reason):
        """Take a finished request up again, at the asking of the collectivité.

        :raise UserError: too late, or without saying why
        """
        self.ensure_one()
        if not self._may_reopen():
            raise UserError(
                self.env._(
                    "This request was finished too long ago to be reopened: make a new "
                    "one."
                )
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say what remains to be settled."))
        self.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress")

    def _close_by_collectivite(self, stage):
        """Finish a request, at the asking of the collectivité."""
        self.ensure_one()
        if stage.close_from_portal and not self.closed:
            self.stage_id = stage
