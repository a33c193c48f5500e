# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...lib.dates import today_in_paris
from ...lib.states import SIGNED_STATES

# What a signature, a counter-signature or an end decides: never a plain write.
DECIDED_FIELDS = {
    "state",
    "signed_by",
    "signed_on",
    "signature",
    "signature_kind",
    "countersigned_by_id",
    "countersigned_on",
    "notice_date",
    "termination_date",
    "termination_reason",
    "agreed_date_end",
}
# What was signed, from then on.
FIELDS_OF_SIGNED = {
    "partner_id",
    "company_id",
    "date_start",
    "date_end",
    "renewal",
    "signed_document_id",
}
# Who owes and who signed: once signed, a manager's.
FIELDS_OF_MANAGER = {
    "invoice_partner_id",
    "signatory_id",
    "signatory_title",
    "gdpr_attachment_id",
}


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
            convention._sync_lines(convention.forfait_ids, is_option=False)

    def _inverse_option_ids(self):
        for convention in self:
            convention._sync_lines(convention.option_ids, is_option=True)

    def _sync_lines(self, wanted, is_option):
        """Make the lines of one kind follow a plain choice of forfaits.

        A draft is rewritten; once signed, forfaits are added and removed by amendment,
        and only a convention taken over receives its own, before its first term.
        """
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.is_option == is_option)
        dropped = lines.filtered(lambda line: line.forfait_id not in wanted)
        missing = wanted - lines.forfait_id
        is_settled = self.state in SIGNED_STATES and bool(lines or self.term_ids)
        if is_settled and (dropped or missing):
            raise UserError(
                self.env._(
                    "%(convention)s is signed: add a forfait or an option by an "
                    "amendment.",
                    convention=self.display_name,
                )
            )
        dropped.unlink()
        self.line_ids.create(
            [
                {
                    "convention_id": self.id,
                    "forfait_id": forfait.id,
                    "date_start": self.date_start,
                }
                for forfait in missing
            ]
        )

    @api.model
    def _settled(self, ids):
        """Return, among conventions, those whose forfaits are signed.

        Only one taken over receives its own, before its first term.
        """
        conventions = self.browse([i for i in ids if i]).exists()
        return conventions.filtered(
            lambda c: c.state in SIGNED_STATES and (c.line_ids or c.term_ids)
        )

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

    def _check_manager(self):
        """Refuse what only a manager decides, whatever the screen shows."""
        if not (
            self.env.su
            or self.env.user.has_group("cdg47_convention.group_convention_manager")
        ):
            raise AccessError(
                self.env._("Only a manager of the conventions may do this.")
            )

    # === CRUD ===
    def _creation_message(self):
        """Odoo's « %s created » takes no gender, which French needs."""
        return self.env._("Convention created")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_decided_fields(vals)
            if vals.get("name", "/") == "/":
                vals["name"] = self.env["ir.sequence"].next_by_code(
                    "cdg47.convention",
                    sequence_date=fields.Date.to_date(vals.get("date_start")),
                )
        return super().create(vals_list)

    def write(self, vals):
        self._check_decided_fields(vals)
        return super().write(vals)

    def _check_decided_fields(self, vals):
        """Refuse to every user, by any route, what signing or a button decides (R15).

        The buttons check who may press them, then write as superuser.
        """
        if self.env.su:
            return
        signed = any(convention.state in SIGNED_STATES for convention in self)
        decided = DECIDED_FIELDS | (FIELDS_OF_SIGNED if signed else set())
        if decided.intersection(vals):
            raise AccessError(
                self.env._(
                    "The signature, the state and the dates of a convention are never "
                    "entered: signing, counter-signing and ending it write them."
                )
            )
        if signed and FIELDS_OF_MANAGER.intersection(vals):
            self._check_manager()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        if any(convention.state in SIGNED_STATES for convention in self):
            raise UserError(
                self.env._("A signed convention is kept: terminate it instead.")
            )
