# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ...reading.ticket_verdict import TicketVerdict, propose_verdict

TECHNICIANS = "cdg47_helpdesk.group_helpdesk_technician"
# What a decision writes, with its reason: never a plain write.
DECIDED_FIELDS = {"coverage", "cause", "cause_actor", "ttim_kind", "verdict"}


class HelpdeskTicket(models.Model):
    """A technician decides the verdict, corrects it with a reason, or declines."""

    _inherit = "helpdesk.ticket"

    def _decide(self, coverage, facts=None, reason=None, sentence=None):
        """Write a verdict, with its trace; a later one is a correction, with a reason.

        :param str coverage: a value of ``coverage``
        :param dict facts: values of ``cause``, ``cause_actor``, ``ttim_kind``…
        :param str reason: why the former verdict was wrong
        :param str sentence: said to the collectivité, the proposed one by default
        :raise UserError: a correction without a reason, or after an invoice
        """
        self.ensure_one()
        self._check_technician()
        former = self.coverage
        is_correction = former not in ("undetermined", coverage)
        if is_correction:
            self._check_correction(reason)
        # Users do not write a verdict: deciding is its one cause.
        ticket_sudo = self.sudo()
        ticket_sudo.write(
            {
                "cause": False,
                "cause_actor": False,
                "ttim_kind": False,
                **(facts or {}),
                "coverage": coverage,
            }
        )
        said = sentence or ticket_sudo._sentence_for(coverage)
        ticket_sudo.write(
            {
                "verdict": said,
                "verdict_on": fields.Datetime.now(),
                "verdict_by_id": self.env.uid,
                "decline_reason": False,
            }
        )
        self._post_verdict(reason if is_correction else None)
        ticket_sudo._settle_time()

    def _sentence_for(self, coverage):
        """Return what is proposed, or why a technician chose otherwise."""
        proposal = propose_verdict(self)
        if proposal["coverage"] == coverage and proposal["sentence"]:
            return proposal["sentence"]
        ticket = self.with_context(lang=self.collectivite_id._cdg47_lang())
        return TicketVerdict(ticket).sentence_for(coverage)

    def _check_correction(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the verdict is corrected."))
        if self.timesheet_ids.filtered(lambda line: not line._is_not_billed()):
            raise UserError(
                self.env._(
                    "Time of this ticket is already invoiced: cancel the invoice or "
                    "issue a credit note first."
                )
            )

    def _check_technician(self):
        if not (self.env.su or self.env.user.has_group(TECHNICIANS)):
            raise AccessError(self.env._("Only a technician qualifies a request."))

    def _post_verdict(self, reason):
        """Tell the collectivité what was decided, and keep why it was corrected."""
        lang = self.collectivite_id._cdg47_lang()
        ticket = self.with_context(lang=lang)
        if reason:
            self.message_post(
                body=self.env._(
                    "Verdict corrected by %(user)s: %(reason)s",
                    user=self.env.user.name,
                    reason=reason,
                )
            )
        ticket.message_post(
            body=ticket.verdict, message_type="comment", subtype_xmlid="mail.mt_comment"
        )

    def _decline(self, reason):
        """Decline what the CDG does not carry out, and say why."""
        self.ensure_one()
        self._check_technician()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the request is declined."))
        stage = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_rejected")
        # Users do not write a verdict: declining is one of its causes.
        self.sudo().write({"decline_reason": reason, "verdict": False})
        self.message_post(
            body=self.env._("Request declined: %(reason)s", reason=reason),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self.stage_id = stage

    def _check_decided_fields(self, vals):
        """Refuse to a user, even by RPC, what only a decision writes."""
        decided = {name for name in DECIDED_FIELDS if vals.get(name)}
        if vals.get("coverage") == "undetermined":
            decided.discard("coverage")
        if decided and not self.env.su:
            raise AccessError(
                self.env._("A verdict is decided, and corrected, by « Qualify ».")
            )
