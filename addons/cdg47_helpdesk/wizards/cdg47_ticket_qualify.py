# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..models.ticket.helpdesk_ticket import ACTORS, CAUSES, COVERAGES, TTIM_KINDS
from ..reading.ticket_verdict import propose_verdict


class Cdg47TicketQualify(models.TransientModel):
    """Decides what a request is, from what the convention proposes and explains."""

    _name = "cdg47.ticket.qualify"
    _description = "Qualify a request"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, ondelete="cascade")
    collectivite_id = fields.Many2one(related="ticket_id.collectivite_id")
    service_id = fields.Many2one(
        "product.product",
        compute="_compute_from_ticket",
        store=True,
        precompute=True,
        readonly=False,
        domain=[("cdg47_is_service", "=", True)],
    )
    software_id = fields.Many2one(
        "cdg47.software",
        compute="_compute_from_ticket",
        store=True,
        precompute=True,
        readonly=False,
    )
    is_by_software = fields.Boolean(compute="_compute_is_by_software")
    cause = fields.Selection(CAUSES, help="Cause of Annexe 3 VI.")
    cause_actor = fields.Selection(ACTORS, string="By whom")
    ttim_kind = fields.Selection(TTIM_KINDS, string="Kind of intervention")
    proposed_coverage = fields.Selection(COVERAGES, compute="_compute_proposal")
    proposed_verdict = fields.Text(string="Explanation", compute="_compute_proposal")
    coverage = fields.Selection(
        COVERAGES,
        string="Decided",
        compute="_compute_coverage",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    sentence = fields.Text(
        string="Said to the collectivité",
        compute="_compute_coverage",
        store=True,
        precompute=True,
        readonly=False,
        help="In its words: what is read on the request, the estimate, the invoice.",
    )
    is_correction = fields.Boolean(compute="_compute_is_correction")
    reason = fields.Char(string="Why it is corrected")

    @api.depends("ticket_id")
    def _compute_from_ticket(self):
        for wizard in self:
            wizard.service_id = wizard.ticket_id.service_id
            wizard.software_id = wizard.ticket_id.software_id

    @api.depends("service_id")
    def _compute_is_by_software(self):
        for wizard in self:
            wizard.is_by_software = wizard.service_id._cdg47_is_by_software()

    @api.depends("service_id", "software_id", "cause", "cause_actor", "ttim_kind")
    def _compute_proposal(self):
        for wizard in self:
            # A copy in memory answers: nothing is written before the decision.
            ticket = wizard.ticket_id
            supposed = ticket.new(
                {
                    "service_id": wizard.service_id.id,
                    "software_id": wizard.software_id.id,
                    "cause": wizard.cause,
                    "cause_actor": wizard.cause_actor,
                    "ttim_kind": wizard.ttim_kind,
                },
                origin=ticket,
            )
            proposal = propose_verdict(supposed)
            wizard.proposed_coverage = proposal["coverage"]
            wizard.proposed_verdict = proposal["sentence"]

    @api.depends("proposed_coverage", "proposed_verdict")
    def _compute_coverage(self):
        for wizard in self:
            wizard.coverage = wizard.proposed_coverage
            wizard.sentence = wizard.proposed_verdict

    @api.depends("ticket_id", "coverage")
    def _compute_is_correction(self):
        for wizard in self:
            former = wizard.ticket_id.coverage
            wizard.is_correction = former not in ("undetermined", wizard.coverage)

    @api.onchange("coverage")
    def _onchange_coverage(self):
        """Forget the explanation of another coverage than the one chosen."""
        if self.coverage != self.proposed_coverage:
            self.sentence = False

    def action_decide(self):
        """Decide, with the trace of who did and why."""
        self.ensure_one()
        ticket = self.ticket_id
        ticket.check_access("write")
        ticket.write(
            {"service_id": self.service_id.id, "software_id": self.software_id.id}
        )
        ticket._decide(
            self.coverage,
            {
                "cause": self.cause,
                "cause_actor": self.cause_actor,
                "ttim_kind": self.ttim_kind,
            },
            reason=self.reason,
            sentence=(self.sentence or "").strip() or None,
        )
        return {"type": "ir.actions.act_window_close"}
