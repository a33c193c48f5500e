# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ...lib.plain_text import as_html
from ...reading.authority import check_manager
from ...reading.campaign.campaign_alerts import alert_words
from ...reading.campaign.campaign_planner import CampaignPlanner
from ..money.quoting import draw, prepare_quotation

ACTIVITY = "cdg47_convention.mail_activity_type_campaign"
# Yearly documents are logged once, by the campaign: no tracking of each field.
QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_auto_subscribe_no_notify": True,
    "cdg47_campaign_run": True,
    "raise_if_nothing_to_invoice": False,
}


class Cdg47CampaignLine(models.Model):
    """What the campaign does of one convention: shown, then done once."""

    _name = "cdg47.campaign.line"
    _description = "Convention in a campaign"
    _order = "campaign_id desc, partner_name, id"
    _rec_name = "convention_id"

    campaign_id = fields.Many2one(
        "cdg47.campaign", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="campaign_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    whatif_kind = fields.Selection(related="campaign_id.whatif_kind")
    convention_id = fields.Many2one(
        "cdg47.convention", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="convention_id.partner_id", store=True, index=True
    )
    partner_name = fields.Char(
        related="convention_id.partner_id.name", store=True, string="Name"
    )
    state = fields.Selection(
        [("todo", "To do"), ("done", "Completed"), ("parked", "Set aside")],
        required=True,
        default="todo",
        readonly=True,
        index=True,
    )
    reason = fields.Char(
        readonly=True, help="Why it is set aside, not renewed, or will not pass."
    )
    mode = fields.Selection(
        [
            ("renewal", "Tacit renewal"),
            ("proposal", "New convention to sign"),
            ("none", "Not renewed"),
        ],
        string="How",
        readonly=True,
    )

    # === The stratum ===
    old_stratum_id = fields.Many2one("cdg47.stratum", string="Stratum before")
    old_stratum_reason = fields.Char(string="Why the stratum before")
    stratum_id = fields.Many2one("cdg47.stratum", index="btree_not_null")
    # The lists have room for the codes only.
    old_stratum_code = fields.Char(
        related="old_stratum_id.code", string="Stratum code before"
    )
    stratum_code = fields.Char(related="stratum_id.code", string="Stratum code")
    stratum_reason = fields.Char(string="Why this stratum")
    stratum_changed = fields.Boolean(
        compute="_compute_stratum_changed", store=True, string="Stratum changes"
    )
    forced_stratum_id = fields.Many2one(
        "cdg47.stratum",
        string="Forced stratum",
        ondelete="restrict",
        help="Decided by a manager for this year, with its reason.",
    )
    forced_reason = fields.Char(string="Why it is forced")

    # === Euros and quotas ===
    fee_ids = fields.One2many("cdg47.campaign.fee", "line_id", string="Amounts")
    old_amount = fields.Monetary(string="Year before", readonly=True)
    amount = fields.Monetary(string="This year", readonly=True)
    difference = fields.Monetary(compute="_compute_difference", store=True)
    whatif_amount = fields.Monetary(string="Compared", readonly=True)
    quotas = fields.Json(
        readonly=True,
        help="By line of Annexe 1: quota before, quota of the year, units held.",
    )
    quota_changes = fields.Char(readonly=True, string="Quotas that change")
    alert_codes = fields.Char(
        readonly=True, help="quota, census, siret, chorus, certificate, obstacle"
    )
    alerts = fields.Text(readonly=True)
    alert_labels = fields.Char(
        compute="_compute_alert_labels", string="Alerts about", help="In a few words."
    )

    # === What was done ===
    term_id = fields.Many2one(
        "cdg47.convention.term", readonly=True, index="btree_not_null"
    )
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null")
    invoice_ids = fields.One2many(
        "account.move", "cdg47_campaign_line_id", string="Invoices"
    )
    new_convention_id = fields.Many2one(
        "cdg47.convention",
        string="New convention",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    done_on = fields.Datetime(readonly=True, index="btree_not_null")

    _convention_unique = models.Constraint(
        "UNIQUE (campaign_id, convention_id)",
        "A convention is renewed once in a campaign.",
    )
    _term_unique = models.UniqueIndex(
        "(term_id) WHERE term_id IS NOT NULL", "A term is opened by one line."
    )
    _order_unique = models.UniqueIndex(
        "(order_id) WHERE order_id IS NOT NULL", "An order is made by one line."
    )

    @api.depends("old_stratum_id", "stratum_id")
    def _compute_stratum_changed(self):
        for line in self:
            before, after = line.old_stratum_id, line.stratum_id
            line.stratum_changed = bool(before and after and before != after)

    @api.depends("alert_codes")
    @api.depends_context("lang")
    def _compute_alert_labels(self):
        labels = alert_words(self.env)
        for line in self:
            codes = (line.alert_codes or "").split(",")
            line.alert_labels = ", ".join(labels[code] for code in codes if code)

    @api.depends("amount", "old_amount")
    def _compute_difference(self):
        for line in self:
            line.difference = line.amount - line.old_amount

    @api.constrains("forced_stratum_id", "forced_reason")
    def _check_forced_reason(self):
        for line in self:
            if line.forced_stratum_id and not (line.forced_reason or "").strip():
                raise ValidationError(
                    self.env._("Say why the stratum is chosen by hand: it is printed.")
                )

    def write(self, vals):
        """A stratum forced by hand is at once in the simulation."""
        result = super().write(vals)
        if {"forced_stratum_id", "forced_reason"}.intersection(vals):
            self._simulate_again()
        return result

    def _renewed(self):
        """Return the lines that have a term and an order; the others may change.

        A convention that is not renewed is done as well, with nothing made of it.
        """
        return self.filtered(lambda line: line.state == "done" and line.mode != "none")

    # === The plan ===
    def _simulate_again(self):
        """Plan these lines anew, among those not renewed yet."""
        waiting = self - self._renewed()
        for campaign, lines in waiting.grouped("campaign_id").items():
            planner = CampaignPlanner(campaign)
            known = {line.convention_id: line for line in lines}
            lines._store_plans(planner.plan(lines.convention_id, known))

    def _store_plans(self, plans):
        """Replace what the simulation said of these lines.

        :param dict plans: new plans, by convention (``tools.campaign_plan.Plan``)
        """
        self.fee_ids.unlink()
        for line in self:
            values = plans[line.convention_id].line_values()
            # Nothing was done of it, and still nothing is to be done.
            if line.state != "done" or values["mode"] != "none":
                values["state"] = "todo"
            line.write(values)
        self._store_fees(plans)

    def _store_fees(self, plans):
        self.env["cdg47.campaign.fee"].create(
            [
                {"line_id": line.id, **fee.values()}
                for line in self
                for fee in plans[line.convention_id].fees
            ]
        )

    def _decision(self):
        """Return what was shown, to be compared with the plan of the day."""
        self.ensure_one()
        fees = self.fee_ids.filtered(lambda fee: not fee.is_refused)
        return (
            self.mode,
            self.stratum_id.id,
            sorted(
                (fee.product_id.id, fee.quantity, round(fee.amount, 2)) for fee in fees
            ),
        )

    # === Buttons ===
    def action_open_convention(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cdg47.convention",
            "res_id": (self.new_convention_id or self.convention_id).id,
            "view_mode": "form",
        }

    # === Renewed together, or one by one when one of them fails (R11) ===
    def _renew(self):
        """Renew lines that the current transaction holds.

        A business refusal parks its line; what only has to be tried again
        (serialization, deadlock) is raised, for ``retrying``.
        """
        try:
            with self.env.cr.savepoint():
                self._renew_together()
        except (UserError, IntegrityError) as error:
            if len(self) == 1:
                self._park(self._sentence(error))
                return
            for line in self:
                line._renew()

    def _sentence(self, error):
        if isinstance(error, IntegrityError):
            return self.env._("Something was just entered about it: try again.")
        return str(error)

    def _renew_together(self):
        """Open the terms, sell, confirm and invoice, each kind of record at once."""
        campaign = self.campaign_id
        # The guard first: what is read next decides (R6).
        self.env["cdg47.ledger"]._guard(self.partner_id)
        planner = CampaignPlanner(campaign)
        known = {line.convention_id: line for line in self}
        plans = planner.plan(self.convention_id, known, with_alerts=False)
        ready = self.filtered(lambda line: line._passes(plans[line.convention_id]))
        ready.filtered(lambda line: line.mode == "proposal")._propose_again()
        renewals = ready.filtered(lambda line: line.mode == "renewal")
        if renewals:
            renewals._in_batch()._renew_terms()
        ready.write(
            {"state": "done", "reason": False, "done_on": fields.Datetime.now()}
        )
        ready._close_activities()

    def _in_batch(self):
        """Return these lines in the context that spares what no one reads."""
        models_sudo = self.env["account.analytic.distribution.model"].sudo()
        return self.with_context(
            **QUIET,
            cdg47_without_distribution=not models_sudo.search_count([], limit=1),
        )

    def _passes(self, plan):
        """Tell whether a line passes as it was shown; set it aside otherwise."""
        self.ensure_one()
        if plan.obstacle:
            self._park(plan.obstacle)
        elif plan.mode == "none":
            self.write({"state": "done", "mode": "none", "reason": plan.reason})
        elif plan.decision() != self._decision():
            self._park(
                self.env._(
                    "The situation has changed since the simulation: read the line "
                    "again, then try it alone."
                )
            )
        else:
            return True
        return False

    # === Tacit renewal ===
    def _renew_terms(self):
        self._open_terms()
        orders = self.env["sale.order"]
        for lang, lines in self.grouped(lambda ln: ln.partner_id._cdg47_lang()).items():
            orders |= lines.with_context(lang=lang)._create_orders()
        for line in self:
            line.term_id.sudo().order_id = line.order_id
        orders.action_confirm()
        orders._create_invoices()
        self._replay_late_facts()

    def _open_terms(self):
        """Open the term of the year of each line, its stratum frozen."""
        # Nobody enters a term: the campaign, which a manager runs, opens it (R15).
        terms_sudo = (
            self.env["cdg47.convention.term"]
            .sudo()
            .create(
                [
                    {
                        "convention_id": line.convention_id.id,
                        "date_start": line.campaign_id.date_start,
                        "date_end": min(
                            line.campaign_id.date_end, line.convention_id.date_end
                        ),
                        "stratum_id": line.stratum_id.id,
                        "stratum_reason": line.stratum_reason,
                        "state": "open",
                    }
                    for line in self
                ]
            )
        )
        for line, term in zip(self, terms_sudo, strict=True):
            line.term_id = term.sudo(False)

    def _create_orders(self):
        orders = draw(self.env, *(line._prepare_order() for line in self))
        for line, order in zip(self, orders, strict=True):
            line.order_id = order
        return orders

    def _prepare_order(self):
        self.ensure_one()
        fees = self.fee_ids.filtered(lambda fee: not fee.is_refused)
        term = self.term_id.with_env(self.env)
        return {
            **prepare_quotation(self.convention_id, term),
            "order_line": [
                Command.create(fee._prepare_order_line(term)) for fee in fees
            ],
            "pricelist_id": self.campaign_id.pricelist_id.id,
            "cdg47_campaign_line_id": self.id,
            # Renewed by tacit agreement: nothing is signed again.
            "require_signature": False,
        }

    def _replay_late_facts(self):
        """Split again what was used since 1 January, before the term was open."""
        # Derived columns are written by the ledger only.
        used_sudo = (
            self.env["cdg47.consumption"]
            .sudo()
            ._read_group(
                [
                    ("partner_id", "in", self.partner_id.ids),
                    ("date", ">=", self.campaign_id.date_start),
                ],
                ["partner_id"],
            )
        )
        partners = self.env["res.partner"].union(*(partner for (partner,) in used_sudo))
        if partners:
            ledgers = self.env["cdg47.ledger"]
            ledgers._guard(ledgers._concerned(partners))
            ledgers._replay_partners(partners)

    # === Express renewal, or the longest duration reached ===
    def _propose_again(self):
        """Draw the next convention and its quotation, to be sent and signed."""
        for line in self:
            convention = line.convention_id
            new = convention.copy(
                {
                    "date_start": line.campaign_id.date_start,
                    "date_end": convention._last_day(line.campaign_id.date_start),
                    "line_ids": [
                        Command.create(
                            {
                                "forfait_id": forfait.id,
                                "date_start": line.campaign_id.date_start,
                            }
                        )
                        for forfait in convention._forfaits_at(convention.date_end)
                    ],
                }
            )
            forced = line.forced_stratum_id
            line.order_id = new._propose(forced or None, line.forced_reason)
            line.new_convention_id = new
            line.term_id = new.term_ids

    # === Parked ===
    def _park(self, reason):
        """Leave a line aside with its reason, and tell who follows the convention."""
        self.ensure_one()
        self.write({"state": "parked", "reason": reason})
        convention = self.convention_id
        user = convention.user_id or self.campaign_id.user_id or self.env.user
        convention = convention.with_context(lang=user.lang)
        convention.activity_unlink([ACTIVITY])
        convention.activity_schedule(
            ACTIVITY,
            summary=convention.env._(
                "Campaign %(year)s: to settle", year=self.campaign_id.year
            ),
            note=as_html(reason),
            user_id=user.id,
        )

    def _close_activities(self):
        """Mark done the activities of lines that had been set aside."""
        self.convention_id.filtered("activity_ids").activity_feedback([ACTIVITY])

    def action_retry(self):
        """Try lines set aside again, alone, from the situation of today."""
        check_manager(self.env)
        parked = self.filtered(lambda line: line.state == "parked")
        parked._simulate_again()
        for line in parked.filtered(lambda line: line.state == "todo"):
            line.with_company(line.company_id)._renew()
        return True

    # === Undo ===
    def action_undo(self):
        """Take back one renewal, as long as its invoice is a draft."""
        check_manager(self.env)
        self._renewed()._undo()
        return True

    def _undo(self):
        """Delete the drafts, cancel the orders and the terms, in this order."""
        for line in self:
            posted = line.invoice_ids.filtered(lambda move: move.state == "posted")
            if posted:
                raise UserError(
                    self.env._(
                        "%(name)s: invoice %(invoice)s is posted, correct it by a "
                        "credit note.",
                        name=line.partner_id.name,
                        invoice=posted[0].name,
                    )
                )
            if line.new_convention_id.state not in (False, "draft", "sent"):
                raise UserError(
                    self.env._(
                        "%(name)s has signed its new convention: end it instead.",
                        name=line.partner_id.name,
                    )
                )
        lines = self.with_context(**QUIET)
        self.env["cdg47.ledger"]._guard(lines.partner_id)
        # The manager was checked; the drafts of a campaign are its own.
        drafts_sudo = lines.sudo().invoice_ids.filtered(lambda m: m.state == "draft")
        drafts_sudo.unlink()
        orders, terms, proposals = (
            lines.order_id,
            lines.term_id,
            lines.new_convention_id,
        )
        orders._action_cancel()
        # What the campaign opened, it closes: nobody enters it (R15).
        living_sudo = terms.sudo().filtered(lambda term: term.state != "cancelled")
        living_sudo.state = "cancelled"
        lines.write(
            {"term_id": False, "order_id": False, "state": "todo", "done_on": False}
        )
        # A proposal that nobody signed goes away; its order stays, cancelled.
        drawn_sudo = orders.sudo().filtered(lambda o: o.convention_id in proposals)
        drawn_sudo.write({"convention_id": False, "term_id": False})
        proposals.unlink()
        lines._replay_late_facts()
