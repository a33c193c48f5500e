# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.cdg47_convention.lib.dates import day_in_paris, today_in_paris
from odoo.addons.cdg47_convention.portal.discussions import open_discussions

from ...reading.ticket_verdict import TicketVerdict, propose_verdict
from .leaving import leave_collectivite

COVERAGES = [
    ("undetermined", "To be qualified"),
    ("included", "Included"),
    ("quota", "Counted on a right"),
    ("complementary", "Complementary service"),
    ("exceptional", "Exceptional assistance"),
    ("ttim", "TTIM intervention"),
]
# What is estimated, accepted in writing, timed and invoiced (Annexe 3 IV, V and VI).
BILLED = ("complementary", "exceptional", "ttim")
CAUSES = [
    ("beyond_use", "Goes beyond daily use"),
    ("prerequisites", "Prerequisites not met"),
    ("misuse", "Error in using the software"),
    ("mishandling", "Wrong handling"),
]
ACTORS = [
    ("agent", "An agent"),
    ("elected", "An elected representative"),
    ("contractor", "A contractor of the collectivité"),
]
TTIM_KINDS = [
    ("install", "Installation outside the forfait"),
    ("repair", "Repair"),
    ("training", "Training"),
    ("os_update", "Operating system update"),
    ("configuration", "Configuration"),
    ("remote_work", "Secure remote work"),
]
TECHNICIANS = "cdg47_helpdesk.group_helpdesk_technician"
# What a decision writes, with its reason: never a plain write.
DECIDED_FIELDS = {"coverage", "cause", "cause_actor", "ttim_kind", "verdict"}
# What recording a document writes.
TRACE_FIELDS = {
    "written_request_by",
    "written_request_on",
    "written_request_document_id",
}
# What a change of gives a request other deadlines.
DEADLINE_FIELDS = {"collectivite_id", "team_id", "category_id", "tag_ids", "is_urgent"}


class HelpdeskTicket(models.Model):
    """A request of a collectivité, and what the convention says of it.

    All that follows acts where ``collectivite_id`` is set: other tickets are those of
    ``helpdesk_mgmt``, unchanged.
    """

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "cdg47.visit.mixin", "cdg47.panel.mixin"]

    # === Whose it is ===
    collectivite_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        index="btree_not_null",
        tracking=True,
        ondelete="restrict",
        domain=[("collectivite_type", "!=", False)],
        help="Never guessed from the domain of an address: several share one.",
    )
    has_collectivite = fields.Boolean(
        compute="_compute_has_collectivite",
        help="Known to be of a collectivité: changing it is asked for first.",
    )
    convention_id = fields.Many2one(
        "cdg47.convention",
        compute="_compute_convention_id",
        store=True,
        readonly=True,
        index="btree_not_null",
        help="The convention in force on the day of the request.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    needs_triage = fields.Boolean(
        compute="_compute_needs_triage",
        search="_search_needs_triage",
        help="Whose request it is has to be asked or decided.",
    )

    # === What is asked, and what the convention says of it ===
    service_id = fields.Many2one(
        "product.product",
        compute="_compute_service_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        tracking=True,
        ondelete="restrict",
        domain=[("cdg47_is_service", "=", True)],
    )
    software_id = fields.Many2one(
        "cdg47.software",
        ondelete="restrict",
        help="Asked for a right that opens once per software.",
    )
    is_by_software = fields.Boolean(
        # Told of the catalogue, that all may read: no rule to check at each opening.
        compute="_compute_is_by_software",
        compute_sudo=True,
    )
    coverage = fields.Selection(
        COVERAGES,
        default="undetermined",
        required=True,
        index=True,
        tracking=True,
        copy=False,
        help="Decided by « Qualify », which keeps the trace of every correction.",
    )
    cause = fields.Selection(
        CAUSES, tracking=True, copy=False, help="Cause of Annexe 3 VI."
    )
    cause_actor = fields.Selection(
        ACTORS,
        string="By whom",
        tracking=True,
        copy=False,
        help="Even unintentionally (Annexe 3 VI).",
    )
    ttim_kind = fields.Selection(
        TTIM_KINDS, string="Kind of intervention", tracking=True, copy=False
    )
    verdict = fields.Text(
        readonly=True,
        copy=False,
        help="The sentence the collectivité reads, in its language.",
    )
    verdict_on = fields.Datetime(string="Decided on", readonly=True, copy=False)
    verdict_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, copy=False
    )
    proposed_coverage = fields.Selection(COVERAGES, compute="_compute_proposal")
    proposed_verdict = fields.Text(compute="_compute_proposal")
    decline_reason = fields.Text(readonly=True, copy=False, tracking=True)
    is_urgent = fields.Boolean(
        string="Urgent: payroll or elections",
        tracking=True,
        help="A pay run or an election is under way.",
    )

    public_state = fields.Selection(related="stage_id.public_state", string="Shown as")

    # === The written request (Annexe 3 VI) ===
    written_request_by = fields.Char(
        string="Written request of", readonly=True, copy=False, tracking=True
    )
    written_request_on = fields.Date(
        string="Written request on", readonly=True, copy=False, tracking=True
    )
    written_request_document_id = fields.Many2one(
        "ir.attachment",
        string="Written request",
        readonly=True,
        copy=False,
        ondelete="set null",
    )

    visit_ids = fields.One2many(
        "calendar.event",
        "helpdesk_ticket_id",
        string="Visits",
        groups="base.group_user",
    )

    # === Computes ===
    @api.depends("collectivite_id")
    def _compute_has_collectivite(self):
        for ticket in self:
            ticket.has_collectivite = bool(ticket._origin.collectivite_id)

    @api.depends("collectivite_id")
    def _compute_convention_id(self):
        by_day = self.grouped(lambda ticket: ticket._request_day())
        for day, tickets in by_day.items():
            in_force = tickets.collectivite_id._cdg47_conventions_at(day)
            for ticket in tickets:
                ticket.convention_id = in_force.get(ticket.collectivite_id)

    @api.depends("collectivite_id", "company_id")
    def _compute_needs_triage(self):
        for ticket in self:
            ticket.needs_triage = not ticket.collectivite_id

    def _search_needs_triage(self, operator, value):
        if operator != "in":
            return NotImplemented
        unknown = Domain("collectivite_id", "=", False)
        return unknown if True in value else ~unknown

    @api.depends("category_id", "collectivite_id")
    def _compute_service_id(self):
        """Take the service of the category, until somebody chooses another."""
        for ticket in self.filtered("collectivite_id"):
            ticket.service_id = ticket.service_id or ticket.category_id.service_id

    @api.depends("service_id")
    def _compute_is_by_software(self):
        for ticket in self:
            ticket.is_by_software = ticket.service_id._cdg47_is_by_software()

    @api.depends(
        "coverage", "collectivite_id", "service_id", "software_id", "convention_id",
        "estimated_hours",
    )  # fmt: skip
    def _compute_proposal(self):
        """Propose until it is decided: a decided verdict is read, not asked again."""
        decided = self.filtered(lambda ticket: ticket.coverage != "undetermined")
        decided.proposed_coverage = decided.proposed_verdict = False
        for ticket in self - decided:
            proposal = propose_verdict(ticket)
            ticket.proposed_coverage = proposal["coverage"]
            ticket.proposed_verdict = proposal["sentence"]

    def _request_day(self):
        """Return the day of the request, in Paris.

        :rtype: datetime.date
        """
        self.ensure_one()
        return day_in_paris(self.create_date) if self.create_date else today_in_paris()

    def action_view_convention(self):
        self.ensure_one()
        return self.convention_id.get_formview_action()

    # === Constraints ===
    @api.constrains("collectivite_id", "partner_id")
    def _check_collectivite(self):
        for ticket in self.filtered("collectivite_id"):
            if not ticket.collectivite_id.collectivite_type:
                raise ValidationError(
                    self.env._(
                        "%(name)s is not a collectivité.",
                        name=ticket.collectivite_id.name,
                    )
                )

    @api.constrains("coverage", "cause", "cause_actor", "ttim_kind")
    def _check_decision(self):
        """An exceptional verdict has a cause and an actor; a TTIM has a kind."""
        for ticket in self:
            if ticket.coverage == "exceptional" and not (
                ticket.cause and ticket.cause_actor
            ):
                raise ValidationError(
                    self.env._(
                        "Exceptional assistance is explained by its cause, and by who "
                        "caused it (Annexe 3 VI)."
                    )
                )
            if ticket.coverage == "ttim" and not ticket.ttim_kind:
                raise ValidationError(
                    self.env._("Say which kind of TTIM intervention it is.")
                )

    @api.constrains("coverage", "software_id", "service_id")
    def _check_software(self):
        for ticket in self:
            if (
                ticket.coverage == "quota"
                and ticket.service_id._cdg47_is_by_software()
                and not ticket.software_id
            ):
                raise ValidationError(
                    self.env._("This right opens once per software: choose it.")
                )

    # === CRUD ===
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_decided_fields(vals)
            if vals.get("is_urgent"):
                vals.setdefault("priority", "3")
        tickets = super().create(vals_list)
        tickets.filtered("collectivite_id")._on_new_request()
        return tickets

    def write(self, vals):
        self._check_decided_fields(vals)
        self.check_access("write")
        moved = leave_collectivite(self, vals)
        found = self.filtered(lambda ticket: not ticket.collectivite_id)
        closed = self.filtered("closed")
        result = super().write(vals)
        if vals.get("collectivite_id"):
            (found | moved)._on_new_request()
        if "stage_id" in vals:
            (closed - self.filtered("closed")).closed_date = False
        if {"service_id", "software_id"} & set(vals):
            self.filtered("collectivite_id")._settle_time()
        if DEADLINE_FIELDS & set(vals):
            for ticket in self.filtered("collectivite_id"):
                ticket.refresh_sla()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_timed(self):
        if any(ticket.timesheet_ids or ticket.sale_line_ids for ticket in self):
            raise UserError(
                self.env._(
                    "A ticket with time or an estimate is kept: archive it instead."
                )
            )

    # === The deadlines of helpdesk_mgmt_sla follow what is learnt ===
    def refresh_sla(self):
        """Give the deadlines that apply now; those already running keep their time."""
        self.check_access("write")
        # Technicians may not remove a deadline: only its rules decide of it.
        ticket_sudo = self.sudo()
        if not ticket_sudo.team_sla:
            return ticket_sudo.ticket_sla_ids.unlink()
        return super(HelpdeskTicket, ticket_sudo).refresh_sla()

    # === Decided: by a technician, corrected with a reason, or declined ===
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
        if not said:
            raise UserError(self.env._("Write what is said to the collectivité."))
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
        if not self.env.su and any(
            vals.get(name) or any(ticket[name] for ticket in self)
            for name in TRACE_FIELDS & set(vals)
        ):
            raise AccessError(
                self.env._("A written request is recorded with its document.")
            )
        decided = {name for name in DECIDED_FIELDS if vals.get(name)}
        if vals.get("coverage") == "undetermined":
            decided.discard("coverage")
        if decided and not self.env.su:
            raise AccessError(
                self.env._("A verdict is decided, and corrected, by « Qualify ».")
            )

    # === Visits ===
    def _visited_collectivite(self):
        return self.collectivite_id

    def action_view_visits(self):
        """Propose the technician and who asked: not all who act for it."""
        action = super().action_view_visits()
        technician = self.user_id or self.env.user
        invited = technician.partner_id | self.partner_id
        action["context"] |= {"default_partner_ids": invited.ids}
        return action

    # === The portal ===
    def _cdg47_is_of_collectivite(self):
        return bool(self.collectivite_id)

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if message_operation != "create":
            return operations
        documents = self.filtered("collectivite_id")
        return open_discussions(documents, operations)

    def _may_reopen(self):
        """Tell whether a finished request may still be reopened."""
        self.ensure_one()
        if self.duplicate_id or not (self.closed and self.closed_date):
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
        self._take_up_again()
