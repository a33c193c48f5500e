# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from ...lib.dates import today_in_paris
from ...lib.states import ACTING_ROLES
from ...reading.authority import check_manager
from ...reading.collectivite_shape import check_shape
from ...reading.company import owner
from ...reading.obstacles import check_prerequisites, obstacle
from ...reading.statement_file import statement_file
from ...reading.stratum_decision import (
    domain_of_affiliated,
    domain_of_strata,
    facts_at,
    strata_at,
)
from ...reading.traces import check_partner
from ...reading.yearly_statement import statement_years
from ..convention.stratum_switch import review_strata
from .way_on import request_study, use_cdg_domain

MODULE = "cdg47_convention"


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["cdg47.found.by.words", "cdg47.grouped", "res.partner"]
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
        compute="_compute_is_my_collectivite",
        compute_sudo=True,
        search="_search_is_mine_in_full",
        help="May the current user follow all its affairs today? An agent follows "
        "their own.",
    )

    cdg47_company_id = fields.Many2one(
        "res.company", string="CDG", compute="_compute_cdg47_company_id",
        compute_sudo=True, store=True, recursive=True, index="btree_not_null",
        help="Its own company, else that of its conventions.",
    )  # fmt: skip

    # === As of today ===
    stratum_id = fields.Many2one(
        "cdg47.stratum",
        compute="_compute_facts_of_today",
        compute_sudo=True,
        search="_search_stratum_id",
        help="As of today, decided from the census in force.",
    )
    stratum_reason = fields.Char(
        compute="_compute_facts_of_today", compute_sudo=True, string="Why this stratum"
    )
    is_affiliated = fields.Boolean(
        compute="_compute_facts_of_today",
        compute_sudo=True,
        search="_search_is_affiliated",
        string="Affiliated to the CDG",
    )
    hosted_by_id = fields.Many2one(
        "res.partner",
        compute="_compute_facts_of_today",
        compute_sudo=True,
        string="Hosted by",
        help="Collectivité whose Métiers database it uses, as of today.",
    )

    # === What it has ===
    entitlement_ids = fields.One2many(
        "cdg47.entitlement", "partner_id", string="Rights"
    )
    entitlement_count = fields.Integer(compute="_compute_entitlement_count")
    allocation_ids = fields.One2many(
        "cdg47.allocation", "partner_id", string="Allocations"
    )
    allocation_count = fields.Integer(compute="_compute_allocation_count")
    cdg47_overage_count = fields.Integer(
        string="To settle", compute="_compute_cdg47_overage_count"
    )
    cdg47_visit_ids = fields.One2many(
        "calendar.event",
        "cdg47_collectivite_id",
        string="Visits",
        groups="base.group_user",
    )
    cdg47_visit_count = fields.Integer(
        string="Number of visits",
        compute="_compute_cdg47_visit_count",
        groups="base.group_user",
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
        "(insee_code, COALESCE(company_id, 0)) WHERE insee_code IS NOT NULL AND active",
        "A collectivité with this INSEE code already exists.",
    )

    # === Computes ===
    @api.depends("convention_ids")
    @api.depends_context("company")
    def _compute_convention_count(self):
        self._cdg47_count("convention_count", "cdg47.convention")

    @api.depends(
        "collectivite_type", "company_id", "parent_id.cdg47_company_id",
        "convention_ids.company_id", "convention_ids.state",
    )  # fmt: skip
    def _compute_cdg47_company_id(self):
        for partner in self:
            partner.cdg47_company_id = partner.collectivite_type and owner(partner)

    def _compute_entitlement_count(self):
        self._cdg47_count("entitlement_count", "cdg47.entitlement")

    def _compute_allocation_count(self):
        living = Domain("state", "in", ("requested", "active"))
        self._cdg47_count("allocation_count", "cdg47.allocation", domain=living)

    def _compute_cdg47_overage_count(self):
        self._cdg47_count("cdg47_overage_count", "cdg47.overage")

    def _compute_cdg47_visit_count(self):
        link = "cdg47_collectivite_id"
        self._cdg47_count("cdg47_visit_count", "calendar.event", link)

    def _cdg47_count(self, name, model, link="partner_id", domain=Domain.TRUE):
        """Put in a field how many records are linked to each of these partners."""
        domain &= Domain(link, "in", self.ids)
        counts = dict(self.env[model]._read_group(domain, [link], ["__count"]))
        for partner in self:
            partner[name] = counts.get(partner, 0)

    @api.depends("convention_ids.state", "convention_ids.date_start")
    @api.depends_context("company")
    def _compute_active_convention_id(self):
        conventions = self._cdg47_conventions_at(today_in_paris())
        for partner in self:
            partner.active_convention_id = conventions.get(partner)

    @api.depends(
        "collectivite_type", "census_ids.date_from", "census_ids.population_total",
        "census_ids.population_municipal", "census_ids.has_population",
        "census_ids.agents", "census_ids.has_agents", "census_ids.affiliation",
        "census_ids.hosting", "census_ids.hosted_by_id",
    )  # fmt: skip
    @api.depends_context("lang", "company")
    def _compute_facts_of_today(self):
        today = today_in_paris()
        facts = self._cdg47_facts_at(today)
        decisions = self._cdg47_strata_at(today, facts)
        for partner in self:
            known = facts.get(partner._origin.id, {})
            stratum, reason = decisions[partner]
            partner.stratum_id = stratum
            partner.stratum_reason = reason
            partner.is_affiliated = known.get("affiliation") != "non_affiliated"
            partner.hosted_by_id = known.get("host")

    def _search_stratum_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        return domain_of_strata(self, operator, value)

    def _search_is_affiliated(self, operator, value):
        return self._cdg47_search_true(domain_of_affiliated(self), operator, value)

    @api.depends_context("uid")
    def _compute_is_my_collectivite(self):
        mine, in_full = self._cdg47_mine(), self._cdg47_mine_in_full()
        for partner in self:
            partner.is_my_collectivite = partner in mine
            partner.is_mine_in_full = partner in in_full

    def _search_is_my_collectivite(self, operator, value):
        mine = Domain("id", "in", self._cdg47_mine().ids)
        return self._cdg47_search_true(mine, operator, value)

    def _search_is_mine_in_full(self, operator, value):
        mine = Domain("id", "in", self._cdg47_mine_in_full().ids)
        return self._cdg47_search_true(mine, operator, value)

    def _cdg47_search_true(self, domain, operator, value):
        if operator != "in":
            return NotImplemented
        return domain if True in value else ~domain

    @api.model
    def _cdg47_mine_in_full(self):
        """Return the collectivités whose affairs the user follows in full (R20)."""
        if self.env.company.sudo().cdg47_agents_follow_all:
            return self._cdg47_mine()
        return self._cdg47_mine(ACTING_ROLES)

    @api.model
    def _cdg47_mine(self, roles=None):
        """Return the collectivités the current user acts for today, as superuser."""
        return self.env["cdg47.mandate"]._collectivites_of_user(roles)

    # === Constraints ===
    @api.constrains("collectivite_type", "parent_id", "is_company", "insee_code")
    def _check_collectivite(self):
        for partner in self.filtered("collectivite_type"):
            check_shape(partner)

    # === CRUD ===
    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        self.env["cdg47.ledger"]._open_for(partners.filtered("collectivite_type"))
        return partners

    def write(self, vals):
        check_partner(self, vals)
        result = super().write(vals)
        if vals.get("collectivite_type"):
            self.env["cdg47.ledger"]._open_for(self)
        if "predecessor_ids" in vals:
            self.filtered("collectivite_type")._cdg47_replay_uses()
        return result

    def _cdg47_replay_uses(self):
        """Count the uses of the collectivités that these ones replace, from now on."""
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(self))
        ledgers._replay_partners(self)

    @api.model
    def _cdg47_format_number(self, value):
        return self.env["ir.qweb.field.integer"].value_to_html(value, {})

    @api.model
    def _cdg47_format_date(self, value):
        return self.env["ir.qweb.field.date"].value_to_html(value, {})

    # === Conventions and mandates ===
    def _cdg47_conventions_at(self, date):
        """Return the convention in force on a date, by collectivité."""
        conventions = self.env["cdg47.convention"].search(
            Domain("partner_id", "in", self.ids)
            & self.env["cdg47.convention"]._domain_in_force(date),
            order="date_start",
        )
        return {convention.partner_id: convention for convention in conventions}

    def _cdg47_signatories(self, date=None):
        """Return the contacts who may sign for this collectivité on a date."""
        return self._cdg47_acting(("signatory",), date)

    def _cdg47_written_contacts(self):
        """Return the secretaries and signatories of today who have an address."""
        return self._cdg47_acting(ACTING_ROLES).filtered("email")

    def _cdg47_acting(self, roles, date=None):
        """Return who acts for it, in some roles; its mother's for an annexed budget."""
        self.ensure_one()
        is_annexe = self.collectivite_type == "budget_annexe"
        represented = self | self.parent_id if is_annexe else self
        return self.env["cdg47.mandate"]._for(represented, roles, date).contact_id

    def _get_suggested_invoice_edi_format(self):
        usual = super()._get_suggested_invoice_edi_format()
        return "facturx" if self.collectivite_type else usual  # what Chorus Pro reads

    def _cdg47_lang(self):
        """Return the language that this contact, or nobody known, is written to in."""
        installed = dict(self.env["res.lang"].get_installed())
        for lang in (self.lang, "fr_FR", self.env.lang):
            if lang in installed:
                return lang
        return "en_US"

    # === The stratum ===
    def _cdg47_facts_at(self, date):
        """Return the facts in force on a date, by partner id, in one query."""
        return facts_at(self, date)

    def _cdg47_stratum_at(self, date):
        """Decide the stratum of this collectivité on a day in Paris (R1; Annexe 1).

        :return: the stratum, empty when a fact is missing, and the sentence that says
            why, in the language of the context
        :rtype: tuple[cdg47.stratum, str]
        """
        self.ensure_one()
        return self._cdg47_strata_at(date)[self]

    def _cdg47_strata_at(self, date, facts=None):
        """Decide the strata of many collectivités in a constant number of queries."""
        return strata_at(self, date, facts)

    def _cdg47_review_strata(self):
        """Propose to change the stratum of conventions that the facts contradict."""
        if self.env.context.get("cdg47_no_review"):
            return
        # Whoever enters a fact, those who follow the conventions are told.
        conventions_sudo = self.sudo()._cdg47_conventions_at(today_in_paris())
        review_strata(
            self.env["cdg47.convention"].sudo().union(*conventions_sudo.values())
        )

    # === What it replaces ===
    def _cdg47_predecessors(self):
        """Return the collectivités these ones replace, and those that they replaced."""
        found = self.browse()
        step = self.with_context(active_test=False).predecessor_ids
        while step - found - self:
            found |= step - self
            step = step.predecessor_ids
        return found

    def _cdg47_successors(self):
        """Return the collectivités that replace these ones, the nearest first."""
        # Archived, they count them still.
        found, step = self.browse(), self.with_context(active_test=False)
        while step:
            step = step.search([("predecessor_ids", "in", step.ids)]) - found - self
            found |= step
        return found

    # === What it may hold ===
    def _cdg47_refresh_allocations(self):
        """Decide again what is covered for these collectivités, under their guard.

        The verdict of one allocation depends on all the others (R6).
        """
        self.env["cdg47.ledger"]._guard(self)
        self.env["cdg47.allocation"].search(
            [("partner_id", "in", self.ids)]
        )._mark_verdicts()

    def _cdg47_check_prerequisites(self, wanted):
        """Refuse the services that cannot be held yet, with the way on."""
        check_prerequisites(self, wanted)

    def _cdg47_obstacle(self, product, day=None, levels=None):
        """Return what prevents it from having a service, and the way on, or None."""
        self.ensure_one()
        return obstacle(self, product, day, levels)

    def _cdg47_use_cdg_domain(self):
        """Record that these collectivités use the CDG's domain, once each."""
        return use_cdg_domain(self)

    def _cdg47_request_study(self):
        """Plan the study of a service for these collectivités, once each."""
        return request_study(self)

    # === Portal and statement ===
    def _can_be_edited_by_current_customer(self, **kwargs):
        """Let a contact edit themselves only, not what hangs on a collectivité."""
        if self.commercial_partner_id.collectivite_type:
            return self == self._get_current_partner(**kwargs)
        return super()._can_be_edited_by_current_customer(**kwargs)

    def _cdg47_statement_years(self):
        """Return the years a statement may be asked for, the latest first.

        :rtype: list[int]
        """
        return statement_years(self.convention_ids.filtered(lambda c: c._is_signed()))

    def _cdg47_statement_file(self, year, kind):
        """Return the statement of a year, ``pdf`` or ``xlsx``, and its file name."""
        self.ensure_one()
        return statement_file(self, year, kind)

    # === Buttons ===
    def action_view_conventions(self):
        action = self._cdg47_open("cdg47_convention_action", partner_id=self.id)
        if self.convention_count == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = self.convention_ids.id
        return action

    def action_propose_convention(self):
        """Open the assistant that proposes a convention to this collectivité."""
        self.ensure_one()
        action = self._cdg47_open("cdg47_convention_propose_action", partner_id=self.id)
        action["context"]["display_default_code"] = False
        return action

    def action_view_entitlements(self):
        return self._cdg47_open("cdg47_entitlement_action")

    def action_view_allocations(self):
        return self._cdg47_open("cdg47_allocation_action", partner_id=self.id)

    def _cdg47_open(self, action, **defaults):
        """Open what is linked to these collectivités, ready to add to it."""
        action = self.env["ir.actions.act_window"]._for_xml_id(f"{MODULE}.{action}")
        action["domain"] = [("partner_id", "in", self.ids)]
        action["context"] = {f"default_{name}": defaults[name] for name in defaults}
        return action

    def action_view_quota_sheet(self):
        """Open what this collectivité has of each line of Annexe 1, today."""
        self.ensure_one()
        return self._cdg47_open("cdg47_quota_sheet_action", partner_id=self.id)

    def action_export_ledger(self):
        """Download the ledger of this collectivité: a manager's file."""
        self.ensure_one()
        check_manager(self.env)
        return {
            "type": "ir.actions.act_url",
            "url": f"/cdg47/ledger/{self.id}",
            "target": "download",
        }

    def action_view_overages(self):
        """Open what these collectivités have to settle."""
        return self._cdg47_open("cdg47_overage_action")

    def action_cdg47_quote_overage(self):
        """Prepare one quotation by collectivité of what nobody answered yet.

        What was refused is only quoted again when it is chosen in the list.
        """
        rows = self.env["cdg47.overage"].search(
            Domain("partner_id", "in", self.ids) & Domain("state", "=", "open")
        )
        return rows.action_quote()

    def action_view_visits(self):
        """Open the calendar on the visits, ready to plan one."""
        self.ensure_one()
        return self.env["calendar.event"]._cdg47_open_visits(self)
