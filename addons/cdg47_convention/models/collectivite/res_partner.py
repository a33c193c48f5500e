# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...lib.dates import today_in_paris

# Who follows all the affairs of a collectivité; an agent follows their own.
FOLLOWING_ROLES = ("secretary", "signatory")
INSEE_CODE = re.compile(r"^(\d{2}|2[AB])\d{3}$")


class ResPartner(models.Model):
    _inherit = "res.partner"
    _cdg47_portal_thread = False

    collectivite_type = fields.Selection(
        [
            ("commune", "Commune"),
            ("etablissement", "Public establishment"),
            ("budget_annexe", "Annexed budget"),
        ],
        string="Type of collectivité",
        index="btree_not_null",
        tracking=True,
        help="An annexed budget is a child of its commune or establishment.",
    )
    insee_code = fields.Char(
        string="INSEE code",
        size=5,
        index="btree_not_null",
        help="Five characters of the official geographic code; not the postal code.",
    )
    census_ids = fields.One2many("cdg47.census", "partner_id", string="Census history")
    mandate_ids = fields.One2many(
        "cdg47.mandate", "collectivite_id", string="Who acts for it"
    )
    own_mandate_ids = fields.One2many("cdg47.mandate", "contact_id", string="Acts for")
    software_editor_id = fields.Many2one(
        "cdg47.software.editor", index="btree_not_null", ondelete="restrict"
    )
    predecessor_ids = fields.Many2many(
        "res.partner",
        relation="cdg47_partner_predecessor_rel",
        column1="partner_id",
        column2="predecessor_id",
        string="Former collectivités",
        help="Collectivités this one replaces: a commune nouvelle and its communes.",
    )
    ledger_ids = fields.One2many("cdg47.ledger", "partner_id")
    convention_ids = fields.One2many(
        "cdg47.convention", "partner_id", string="Conventions"
    )
    convention_count = fields.Integer(compute="_compute_convention_count")
    active_convention_id = fields.Many2one(
        "cdg47.convention", compute="_compute_active_convention_id"
    )

    is_my_collectivite = fields.Boolean(
        compute="_compute_is_my_collectivite",
        compute_sudo=True,
        search="_search_is_my_collectivite",
        help="May the current user act for it today? The portal rules rest on it.",
    )
    is_mine_in_full = fields.Boolean(
        compute="_compute_is_mine_in_full",
        compute_sudo=True,
        search="_search_is_mine_in_full",
        help="May the current user follow all its affairs today? An agent follows "
        "their own.",
    )

    # === Public money ===
    chorus_requirement = fields.Selection(
        [
            ("none", "Nothing required"),
            ("service", "Service code"),
            ("engagement", "Engagement number"),
            ("either", "Service code or engagement"),
            ("both", "Service code and engagement"),
        ],
        string="Required by Chorus Pro",
        default="none",
        help="What this debtor requires on its invoices.",
    )
    chorus_service_code = fields.Char(
        string="Chorus service code", help="Proposed on its quotations and invoices."
    )
    cdg47_debtor_code = fields.Char(
        string="Codification of the debtor",
        help="Code of this third party in the finance software.",
    )
    dpo_contact = fields.Char(string="Data protection contact")

    _insee_code_unique = models.UniqueIndex(
        "(insee_code) WHERE insee_code IS NOT NULL AND active",
        "A collectivité with this INSEE code already exists.",
    )

    # === Computes ===
    @api.depends("convention_ids")
    @api.depends_context("company")
    def _compute_convention_count(self):
        counts = dict(
            self.env["cdg47.convention"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.convention_count = counts.get(partner, 0)

    @api.depends("convention_ids.state", "convention_ids.date_start")
    @api.depends_context("company")
    def _compute_active_convention_id(self):
        conventions = self._cdg47_conventions_at(today_in_paris())
        for partner in self:
            partner.active_convention_id = conventions.get(partner)

    @api.depends_context("uid")
    def _compute_is_my_collectivite(self):
        mine = self._cdg47_mine()
        for partner in self:
            partner.is_my_collectivite = partner in mine

    def _search_is_my_collectivite(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = Domain("id", "in", self._cdg47_mine().ids)
        return mine if True in value else ~mine

    @api.depends_context("uid")
    def _compute_is_mine_in_full(self):
        mine = self._cdg47_mine_in_full()
        for partner in self:
            partner.is_mine_in_full = partner in mine

    def _search_is_mine_in_full(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = Domain("id", "in", self._cdg47_mine_in_full().ids)
        return mine if True in value else ~mine

    @api.model
    def _cdg47_mine_in_full(self):
        """Return the collectivités whose affairs the user follows in full (R20).

        :rtype: res.partner
        """
        if self.env.company.sudo().cdg47_agents_follow_all:
            return self._cdg47_mine()
        return self._cdg47_mine(FOLLOWING_ROLES)

    @api.model
    def _cdg47_mine(self, roles=None):
        """Return the collectivités the current user acts for today (R13).

        Those of today's mandates and their annexed budgets. Runs as superuser, as it
        is what the record rules themselves ask.

        :param roles: restrict to these roles, e.g. ``("signatory",)``
        :rtype: res.partner
        """
        domain = self.env["cdg47.mandate"]._domain_at(today_in_paris()) & Domain(
            "contact_id", "=", self.env.user.partner_id.id
        )
        if roles:
            domain &= Domain("role", "in", roles)
        mandates_sudo = self.env["cdg47.mandate"].sudo().search(domain)
        collectivites_sudo = mandates_sudo.collectivite_id
        return collectivites_sudo | self.sudo().search(
            [
                ("parent_id", "in", collectivites_sudo.ids),
                ("collectivite_type", "=", "budget_annexe"),
            ]
        )

    # === Constraints ===
    @api.constrains("collectivite_type", "parent_id", "is_company", "insee_code")
    def _check_collectivite(self):
        for partner in self.filtered("collectivite_type"):
            if not partner.is_company:
                raise ValidationError(
                    self.env._(
                        "%(name)s: a collectivité is a company, not a person.",
                        name=partner.name,
                    )
                )
            is_annexe = partner.collectivite_type == "budget_annexe"
            if is_annexe != bool(partner.parent_id.collectivite_type):
                raise ValidationError(
                    self.env._(
                        "%(name)s: an annexed budget, and only it, is attached to a "
                        "commune or an establishment.",
                        name=partner.name,
                    )
                )
            if partner.insee_code and not INSEE_CODE.match(partner.insee_code):
                raise ValidationError(
                    self.env._(
                        "%(name)s: the INSEE code « %(code)s » must have five "
                        "characters, such as 47001 or 2A004.",
                        name=partner.name,
                        code=partner.insee_code,
                    )
                )

    # === CRUD ===
    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        self.env["cdg47.ledger"]._open_for(partners.filtered("collectivite_type"))
        return partners

    def write(self, vals):
        self._cdg47_check_traces(vals)
        result = super().write(vals)
        if vals.get("collectivite_type"):
            self.env["cdg47.ledger"]._open_for(self)
        return result

    def _cdg47_check_traces(self, vals):
        """Refuse to every user to change what a ledger is kept on (R15).

        And to who is no manager, the address by which a signatory gets a password.
        """
        if self.env.su or not {"collectivite_type", "email"} & set(vals):
            return
        for partner in self:
            kind = vals.get("collectivite_type", partner.collectivite_type)
            if kind != partner.collectivite_type and partner.sudo().ledger_ids:
                raise UserError(
                    self.env._(
                        "%(name)s has a ledger: its kind no longer changes.",
                        name=partner.name,
                    )
                )
            email = vals.get("email", partner.email)
            if email != partner.email and partner._cdg47_signs_by_login():
                self.env["cdg47.convention"]._check_manager()

    def _cdg47_signs_by_login(self):
        """Tell whether this contact commits a collectivité by a login of their own."""
        self.ensure_one()
        partner_sudo = self.sudo()
        return self.env.user not in partner_sudo.user_ids and any(
            mandate.role == "signatory" and mandate.is_current
            for mandate in partner_sudo.own_mandate_ids
            if partner_sudo.user_ids
        )

    @api.model
    def _cdg47_format_number(self, value):
        return self.env["ir.qweb.field.integer"].value_to_html(value, {})

    @api.model
    def _cdg47_format_date(self, value):
        return self.env["ir.qweb.field.date"].value_to_html(value, {})

    # === Conventions and mandates ===
    def _cdg47_conventions_at(self, date):
        """Return the convention in force on a date, by collectivité.

        :rtype: dict[res.partner, cdg47.convention]
        """
        conventions = self.env["cdg47.convention"].search(
            Domain("partner_id", "in", self.ids)
            & self.env["cdg47.convention"]._domain_in_force(date),
            order="date_start",
        )
        return {convention.partner_id: convention for convention in conventions}

    def _cdg47_signatories(self, date=None):
        """Return the contacts who may sign for this collectivité on a date."""
        self.ensure_one()
        mother = (
            self.parent_id
            if self.collectivite_type == "budget_annexe"
            else self.browse()
        )
        return (
            self.env["cdg47.mandate"]
            .search(
                self.env["cdg47.mandate"]._domain_at(date or today_in_paris())
                & Domain("collectivite_id", "in", (self | mother).ids)
                & Domain("role", "=", "signatory")
            )
            .contact_id
        )

    def _cdg47_written_contacts(self):
        """Return the secretaries and signatories of today who have an address.

        Those of the mother too, for an annexed budget.
        """
        self.ensure_one()
        mandates = self.env["cdg47.mandate"]
        mother = self.parent_id.filtered("collectivite_type")
        return mandates.search(
            mandates._domain_at(today_in_paris())
            & Domain("collectivite_id", "in", (self | mother).ids)
            & Domain("role", "in", ("secretary", "signatory"))
        ).contact_id.filtered("email")

    def _cdg47_lang(self):
        """Return the language documents to this collectivité are written in."""
        self.ensure_one()
        installed = dict(self.env["res.lang"].get_installed())
        for lang in (self.lang, "fr_FR", self.env.lang):
            if lang in installed:
                return lang
        return "en_US"

    def action_view_conventions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_convention_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        action["context"] = {"default_partner_id": self.id}
        if self.convention_count == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = self.convention_ids.id
        return action

    def action_propose_convention(self):
        """Open the assistant that proposes a convention to this collectivité."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_convention_propose_action"
        )
        action["context"] = {
            "default_partner_id": self.id,
            "display_default_code": False,
        }
        return action
