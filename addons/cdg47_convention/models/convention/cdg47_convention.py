# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...lib.dates import today_in_paris
from ...lib.states import SIGNED_STATES
from ...reading.amendment import held_from
from ...reading.traces import check_convention

# What decides the rights that a convention opens.
FIELDS_OF_RIGHTS = {"state", "date_start", "date_end"}
# What a convention counts of its own: field, model, link to it.
COUNTED = (
    ("order_count", "sale.order", "convention_id"),
    ("invoice_count", "account.move", "cdg47_convention_id"),
    ("activation_count", "cdg47.service.activation", "convention_id"),
)


class Cdg47Convention(models.Model):
    """The legal frame of one collectivité: which forfaits, from when to when.

    Proposed by the CDG, signed in the portal through its first sales order, renewed by
    tacit agreement up to a maximum, ended by notice, termination or expiry.
    """

    _name = "cdg47.convention"
    _description = "Convention"
    _inherit = ["mail.thread", "mail.activity.mixin", "portal.mixin"]
    _cdg47_portal_thread = False
    _order = "date_start desc, name desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Number", required=True, readonly=True, copy=False, default="/"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        index=True,
        tracking=True,
        ondelete="restrict",
        domain=[("collectivite_type", "!=", False)],
    )
    invoice_partner_id = fields.Many2one(
        "res.partner",
        string="Invoiced to",
        required=True,
        tracking=True,
        compute="_compute_invoice_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        help="Who receives the invoices, when it is not the beneficiary.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Followed by",
        default=lambda self: self.env.user,
        tracking=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("sent", "Awaiting signature"),
            ("active", "Active"),
            ("terminated", "Terminated"),
            ("expired", "Expired"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )

    # === What and when ===
    line_ids = fields.One2many(
        "cdg47.convention.line", "convention_id", string="Forfaits held", copy=True
    )
    forfait_ids = fields.Many2many(
        "product.template",
        relation="cdg47_convention_forfait_rel",
        string="Forfaits",
        compute="_compute_forfait_ids",
        inverse="_inverse_forfait_ids",
        store=True,
        domain=[("cdg47_is_forfait", "=", True), ("cdg47_is_option", "=", False)],
    )
    option_ids = fields.Many2many(
        "product.template",
        relation="cdg47_convention_option_rel",
        string="Options",
        compute="_compute_forfait_ids",
        inverse="_inverse_option_ids",
        store=True,
        domain=[("cdg47_is_option", "=", True)],
    )
    date_start = fields.Date(
        required=True, tracking=True, default=lambda self: self._default_date_start()
    )
    date_end = fields.Date(
        compute="_compute_date_end",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        tracking=True,
        help="Last day included, all tacit renewals counted.",
    )
    renewal = fields.Selection(
        [("tacit", "Tacit"), ("express", "Express")], required=True, default="tacit"
    )
    notice_date = fields.Date(
        string="Notice received on", readonly=True, copy=False, tracking=True
    )
    termination_date = fields.Date(
        string="Ends early on", readonly=True, copy=False, tracking=True
    )
    termination_reason = fields.Char(readonly=True, copy=False, tracking=True)
    end_reason_id = fields.Many2one(
        "cdg47.end.reason",
        string="Kind of end",
        copy=False,
        ondelete="restrict",
        tracking=True,
        groups="base.group_user",
        help="What the ended conventions are counted by; a manager corrects it.",
    )
    agreed_date_end = fields.Date(
        string="Agreed end",
        readonly=True,
        copy=False,
        help="Last day agreed before it was ended early: back when that is taken back.",
    )

    # === Who signs ===
    deliberation_number = fields.Char(copy=False, tracking=True)
    deliberation_date = fields.Date(copy=False, tracking=True)
    signatory_id = fields.Many2one(
        "res.partner",
        ondelete="restrict",
        help="Mayor or president who commits the collectivité.",
    )
    signatory_title = fields.Char(
        string="Office",
        compute="_compute_signatory_title",
        store=True,
        readonly=False,
        help="Office printed under the signature.",
    )
    signed_by = fields.Char(readonly=True, copy=False)
    signed_on = fields.Datetime(readonly=True, copy=False)
    signature = fields.Image(readonly=True, copy=False, attachment=True)
    signature_kind = fields.Selection(
        [("portal", "In the portal"), ("paper", "On paper"), ("import", "Taken over")],
        readonly=True,
        copy=False,
    )
    signed_document_id = fields.Many2one(
        "ir.attachment", string="Signed copy", copy=False, ondelete="set null"
    )
    countersigned_by_id = fields.Many2one(
        "res.users", string="Counter-signed by", readonly=True, copy=False
    )
    countersigned_on = fields.Date(readonly=True, copy=False, tracking=True)
    gdpr_attachment_id = fields.Many2one(
        "ir.attachment",
        string="GDPR annex (art. 28)",
        ondelete="set null",
        help="Data processing annex, version signed with this convention.",
    )

    # === What follows from it ===
    term_ids = fields.One2many("cdg47.convention.term", "convention_id", string="Terms")
    current_term_id = fields.Many2one(
        "cdg47.convention.term", compute="_compute_current_term_id"
    )
    stratum_id = fields.Many2one(
        "cdg47.stratum",
        compute="_compute_stratum_id",
        store=True,
        index="btree_not_null",
        help="Stratum of the latest term.",
    )
    stratum_reason = fields.Char(
        string="Why this stratum", compute="_compute_stratum_id", store=True
    )
    annual_fee = fields.Monetary(
        string="Fees of the latest year",
        compute="_compute_annual_fee",
        store=True,
    )
    order_ids = fields.One2many("sale.order", "convention_id", string="Orders")
    order_count = fields.Integer(compute="_compute_counts")
    invoice_count = fields.Integer(compute="_compute_counts")
    activation_ids = fields.One2many(
        "cdg47.service.activation", "convention_id", string="Accesses"
    )
    activation_count = fields.Integer(compute="_compute_counts")
    # Its reader may read no order, and still learn that one awaits.
    pending_order_id = fields.Many2one(
        "sale.order",
        compute="_compute_pending_order_id",
        compute_sudo=True,
        string="To sign",
    )
    duty_ids = fields.One2many("cdg47.duty", "convention_id", string="Duties rendered")

    _dates_in_order = models.Constraint(
        "CHECK (date_end >= date_start)", "A convention cannot end before it starts."
    )

    # === Defaults and computes ===
    @api.model
    def _default_date_start(self):
        """Return the first of next month: a convention starts after it is signed."""
        today = today_in_paris()
        if today.month == 12:
            return date(today.year + 1, 1, 1)
        return date(today.year, today.month + 1, 1)

    @api.depends("name", "partner_id.name")
    def _compute_display_name(self):
        for convention in self:
            convention.display_name = (
                f"{convention.name} - {convention.partner_id.name}"
            )

    @api.depends("partner_id")
    def _compute_invoice_partner_id(self):
        for convention in self:
            convention.invoice_partner_id = convention.partner_id

    @api.depends("date_start", "renewal", "company_id")
    def _compute_date_end(self):
        for convention in self:
            start = convention.date_start
            if not start:
                continue
            convention.date_end = convention._last_day(start)

    def _last_day(self, start):
        """Return the last day of such a convention that starts on a day."""
        years = self.company_id.cdg47_max_years if self.renewal == "tacit" else 1
        return date(start.year + years - 1, 12, 31)

    @api.depends("line_ids.forfait_id", "line_ids.is_option", "line_ids.date_end")
    def _compute_forfait_ids(self):
        for convention in self:
            options = convention.line_ids.filtered("is_option")
            convention.forfait_ids = (convention.line_ids - options).forfait_id
            convention.option_ids = options.forfait_id

    def _inverse_forfait_ids(self):
        for convention in self:
            convention.line_ids._follow(convention, convention.forfait_ids, False)

    def _inverse_option_ids(self):
        for convention in self:
            convention.line_ids._follow(convention, convention.option_ids, True)

    @api.depends("signatory_id")
    def _compute_signatory_title(self):
        for convention in self:
            mandate = convention.signatory_id.own_mandate_ids.filtered(
                lambda m, c=convention: (
                    m.role == "signatory"
                    and m.is_current
                    and m.collectivite_id in (c.partner_id | c.partner_id.parent_id)
                )
            )[:1]
            convention.signatory_title = (
                mandate.title or convention.signatory_title or False
            )

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for convention in self:
            convention.access_url = f"/my/conventions/{convention.id}"
        return result

    @api.depends("term_ids.date_start", "term_ids.date_end", "term_ids.state")
    def _compute_current_term_id(self):
        today = today_in_paris()
        for convention in self:
            convention.current_term_id = convention._term_at(today)

    @api.depends("term_ids.stratum_id", "term_ids.date_start", "term_ids.state")
    def _compute_stratum_id(self):
        for convention in self:
            latest = convention._living_terms()[:1]
            convention.stratum_id = latest.stratum_id
            convention.stratum_reason = latest.stratum_reason

    @api.depends("term_ids.amount_total", "term_ids.state", "term_ids.date_start")
    def _compute_annual_fee(self):
        for convention in self:
            terms = convention._living_terms()
            convention.annual_fee = sum(
                terms[:1]._of_same_year().mapped("amount_total")
            )

    def _compute_counts(self):
        """Count what the reader may open: the others have no button."""
        for name, model, link in COUNTED:
            records = self.env[model]
            found = records.has_access("read") and records._read_group(
                [(link, "in", self.ids)], [link], ["__count"]
            )
            counts = dict(found or [])
            for convention in self:
                convention[name] = counts.get(convention, 0)

    @api.depends("order_ids.state", "order_ids.order_line.cdg47_kind")
    def _compute_pending_order_id(self):
        """A quotation of services may await its own signature beside it."""
        for convention in self:
            convention.pending_order_id = convention._pending_fees()[:1]

    # === What must be true ===
    @api.constrains("state", "partner_id", "date_start", "date_end")
    def _check_one_at_a_date(self):
        """Only one convention in force per collectivité at a date.

        Guarded, as two transactions cannot see each other's conventions (R6).
        """
        signed = self.filtered(lambda c: c.state in SIGNED_STATES)
        self.env["cdg47.ledger"]._guard(signed.partner_id)
        for convention in signed:
            twin = self.search(
                [
                    ("id", "!=", convention.id),
                    ("partner_id", "=", convention.partner_id.id),
                    ("state", "in", SIGNED_STATES),
                    ("date_start", "<=", convention.date_end),
                    ("date_end", ">=", convention.date_start),
                ],
                limit=1,
            )
            if twin:
                raise ValidationError(
                    self.env._(
                        "%(name)s already has convention %(number)s from %(start)s to "
                        "%(end)s: end it before the new one starts.",
                        name=convention.partner_id.name,
                        number=twin.name,
                        start=self._format_date(twin.date_start),
                        end=self._format_date(twin.date_end),
                    )
                )

    @api.constrains("line_ids", "forfait_ids", "option_ids")
    def _check_options_have_their_forfait(self):
        for convention in self:
            convention.option_ids._cdg47_check_sold_with(convention.forfait_ids)

    @api.constrains("signatory_id", "partner_id")
    def _check_signatory(self):
        for convention in self.filtered("signatory_id"):
            if convention.state != "draft":
                continue
            if (
                convention.signatory_id
                not in convention.partner_id._cdg47_signatories()
            ):
                raise ValidationError(
                    self.env._(
                        "%(contact)s has no mandate to sign for %(name)s: add one to "
                        "the collectivité first.",
                        contact=convention.signatory_id.name,
                        name=convention.partner_id.name,
                    )
                )

    # === Reading ===
    @api.model
    def _domain_in_force(self, date):
        """Return the domain of the signed conventions whose dates hold a day."""
        return Domain(
            [
                ("state", "in", SIGNED_STATES),
                ("date_start", "<=", date),
                ("date_end", ">=", date),
            ]
        )

    def _is_signed(self):
        return self.state in SIGNED_STATES

    def _living_terms(self):
        """Return the terms that are not cancelled, the latest first."""
        return self.term_ids.filtered(lambda term: term.state != "cancelled").sorted(
            "date_start", reverse=True
        )

    def _term_at(self, date):
        """Return the term in force on a date, empty if there is none."""
        return self.term_ids.filtered_domain(
            self.env["cdg47.convention.term"]._domain_at(date)
        )[:1]

    def _pending_fees(self):
        """Return the quotations of forfaits that await a signature."""
        return self.order_ids.filtered(
            lambda order: (
                order.state in ("draft", "sent")
                and "fee" in order.order_line.mapped("cdg47_kind")
            )
        )

    def _forfaits_at(self, date):
        """Return the forfaits and options held on a date.

        :rtype: product.template
        """
        return self.line_ids.filtered_domain(
            self.env["cdg47.convention.line"]._domain_at(date)
        ).forfait_id

    def _adds(self, fee):
        """Tell whether a fee sells a forfait that is not held from its first day."""
        return fee.product_template_id not in held_from(self, fee.cdg47_date_start)

    def _format_date(self, value):
        return self.partner_id._cdg47_format_date(value)

    def _in_partner_lang(self):
        """Return this convention in the language of its collectivité."""
        self.ensure_one()
        return self.with_context(lang=self.partner_id._cdg47_lang())

    def _in_manager_lang(self):
        """Return this convention in the language of who follows it at the CDG."""
        self.ensure_one()
        return self.with_context(lang=(self.user_id or self.env.user).lang)

    # === CRUD ===
    def _creation_message(self):
        """Odoo's « %s created » takes no gender, which French needs."""
        return self.env._("Convention created")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_convention(self, vals)
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(
                    "cdg47.convention",
                    sequence_date=fields.Date.to_date(vals.get("date_start")),
                )
        return super().create(vals_list)

    def write(self, vals):
        check_convention(self, vals)
        result = super().write(vals)
        if FIELDS_OF_RIGHTS & set(vals):
            self._replay_rights()
        return result

    def _replay_rights(self):
        """Derive again the rights of collectivités that used some already."""
        partners_sudo = self.sudo().partner_id
        facts_sudo = self.env["cdg47.consumption"].sudo()
        if facts_sudo.search_count([("partner_id", "in", partners_sudo.ids)], limit=1):
            ledgers = self.env["cdg47.ledger"]
            ledgers._guard(ledgers._concerned(partners_sudo))
            ledgers._replay_partners(partners_sudo)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        if any(convention.state in SIGNED_STATES for convention in self):
            raise UserError(
                self.env._("A signed convention is kept: terminate it instead.")
            )
