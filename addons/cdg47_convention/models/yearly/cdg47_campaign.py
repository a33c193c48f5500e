# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import Counter, defaultdict
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib.dates import today_in_paris
from ...reading.authority import check_manager
from ...reading.campaign.campaign_alerts import alert_words
from ...reading.campaign.campaign_planner import CampaignPlanner


class Cdg47Campaign(models.Model):
    """The yearly renewal of the conventions: simulated first, then run (R11).

    The simulation writes nothing outside the campaign; the run does what it showed, or
    parks the line whose situation has changed since.
    """

    _name = "cdg47.campaign"
    _description = "Yearly campaign"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "year desc, id desc"
    _rec_name = "year"

    year = fields.Integer(
        required=True,
        aggregator=None,
        default=lambda self: today_in_paris().year + 1,
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_start = fields.Date(compute="_compute_dates", store=True)
    date_end = fields.Date(compute="_compute_dates", store=True)
    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Tariff",
        required=True,
        ondelete="restrict",
        tracking=True,
        default=lambda self: self.env.company._cdg47_tariff(),
        help="Its prices on 1 January of the year are invoiced.",
    )
    undated_price_count = fields.Integer(
        string="Prices not set for this year", compute="_compute_undated_price_count"
    )
    invoice_date = fields.Date(
        compute="_compute_invoice_date",
        store=True,
        readonly=False,
        help="Date of the draft invoices.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Followed by",
        default=lambda self: self.env.user,
        tracking=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("simulated", "Simulated"),
            ("running", "Running"),
            ("done", "Completed"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )

    # === What if the prices were others ===
    whatif_kind = fields.Selection(
        [
            ("none", "The voted tariff"),
            ("percent", "The tariff, changed by a percentage"),
            ("pricelist", "Another pricelist"),
        ],
        string="Compare with",
        required=True,
        default="none",
    )
    whatif_percent = fields.Float(string="Change (%)", digits=(5, 2))
    whatif_pricelist_id = fields.Many2one(
        "product.pricelist", string="Pricelist to try", ondelete="set null"
    )

    # === Results ===
    line_ids = fields.One2many("cdg47.campaign.line", "campaign_id", string="Lines")
    fee_ids = fields.One2many("cdg47.campaign.fee", "campaign_id", string="Amounts")
    simulated_on = fields.Datetime(readonly=True, copy=False)
    started_on = fields.Datetime(readonly=True, copy=False)
    ended_on = fields.Datetime(readonly=True, copy=False)
    _year_unique = models.Constraint(
        "UNIQUE (company_id, year)", "This year already has its campaign."
    )
    _year_sensible = models.Constraint(
        "CHECK (year BETWEEN 2000 AND 2199)", "Enter a year of four digits."
    )
    line_count = fields.Integer(compute="_compute_progress", string="Conventions")
    todo_count = fields.Integer(compute="_compute_progress", string="To do")
    done_count = fields.Integer(compute="_compute_progress", string="Renewed")
    parked_count = fields.Integer(
        compute="_compute_progress", string="Conventions set aside"
    )
    left_count = fields.Integer(compute="_compute_progress", string="Not renewed")
    progress = fields.Float(compute="_compute_progress", string="Progress (%)")
    rate = fields.Float(
        compute="_compute_progress", digits=(12, 1), string="Conventions a second"
    )
    changed_count = fields.Integer(compute="_compute_totals", string="Stratum changes")
    alert_count = fields.Integer(compute="_compute_totals", string="With an alert")
    alert_summary = fields.Char(
        string="Alerts by kind",
        compute="_compute_totals",
        help="How many conventions, by kind of alert.",
    )
    old_amount = fields.Monetary(compute="_compute_totals", string="Year before")
    amount = fields.Monetary(compute="_compute_totals", string="This year")
    difference = fields.Monetary(compute="_compute_totals")
    whatif_amount = fields.Monetary(compute="_compute_totals", string="Compared")
    order_count = fields.Integer(compute="_compute_documents")
    invoice_count = fields.Integer(compute="_compute_documents")

    # === Computes ===
    @api.depends("year")
    def _compute_display_name(self):
        for campaign in self:
            campaign.display_name = self.env._("Campaign %(year)s", year=campaign.year)

    @api.depends("year")
    def _compute_dates(self):
        for campaign in self:
            campaign.date_start = campaign.year and date(campaign.year, 1, 1)
            campaign.date_end = campaign.year and date(campaign.year, 12, 31)

    @api.depends("date_start")
    def _compute_invoice_date(self):
        for campaign in self:
            campaign.invoice_date = campaign.date_start

    def _creation_message(self):
        """Odoo's « %s created » takes no gender, which French needs."""
        return self.env._("Campaign created")

    # === CRUD ===
    @api.ondelete(at_uninstall=False)
    def _unlink_except_run(self):
        if self.line_ids._renewed():
            raise UserError(
                self.env._("This campaign has renewed conventions: undo it first.")
            )

    def write(self, vals):
        """Keep what a run has used as it was."""
        decided = {"year", "company_id", "pricelist_id"}.intersection(vals)
        if decided and any(campaign.done_count for campaign in self):
            raise UserError(
                self.env._(
                    "Conventions are already renewed: undo the campaign before "
                    "changing its year or its tariff."
                )
            )
        return super().write(vals)

    # === Simulation ===
    def action_simulate(self):
        """Show what the campaign would do; nothing is written outside of it.

        Lines already renewed are left alone, forced strata and refusals are kept.
        """
        check_manager(self.env)
        for campaign in self:
            if campaign.state == "running":
                raise UserError(
                    self.env._("The campaign is running: stop it before simulating.")
                )
            empty = campaign.pricelist_id._cdg47_empty_message()
            if empty:
                raise UserError(empty)
            planner = CampaignPlanner(campaign)
            campaign._store_plans(planner, planner.conventions())
            values = {"simulated_on": fields.Datetime.now()}
            if (
                campaign.state == "draft"
                or campaign.state == "done"
                and campaign.todo_count
            ):
                values["state"] = "simulated"
            campaign.write(values)
        return True

    def _store_plans(self, planner, conventions):
        """Write what a planner says of some conventions as lines of this campaign.

        :param CampaignPlanner planner: knows this campaign
        :param cdg47.convention conventions: those to plan; the lines of the campaign
            about others are dropped
        """
        self.ensure_one()
        settled = self.line_ids._renewed()
        waiting = self.line_ids - settled
        dropped = waiting.filtered(lambda line: line.convention_id not in conventions)
        dropped.unlink()
        waiting -= dropped
        conventions -= settled.convention_id
        known = {line.convention_id: line for line in waiting}
        plans = planner.plan(conventions, known)
        waiting._store_plans(plans)
        created = self.env["cdg47.campaign.line"].create(
            [
                {
                    "campaign_id": self.id,
                    "convention_id": convention.id,
                    **plans[convention].line_values(),
                }
                for convention in conventions - waiting.convention_id
            ]
        )
        created._store_fees(plans)
        self.invalidate_recordset(["line_ids", "fee_ids"])

    # === What its buttons open ===
    def _action_on_lines(self, name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_campaign_line_action"
        )
        action["name"] = action["display_name"] = name
        action["domain"] = [("campaign_id", "=", self.id), *domain]
        action["context"] = {}
        return action

    def action_view_lines(self):
        name = self.env._("Conventions")
        return self._action_on_lines(name, [])

    def action_view_changes(self):
        name = self.env._("Stratum changes")
        return self._action_on_lines(name, [("stratum_changed", "=", True)])

    def action_view_alerts(self):
        name = self.env._("Alerts")
        return self._action_on_lines(name, [("alert_codes", "!=", False)])

    def action_view_parked(self):
        name = self.env._("Conventions set aside")
        action = self._action_on_lines(name, [("state", "=", "parked")])
        view = self.env.ref("cdg47_convention.cdg47_campaign_line_view_list_set_aside")
        action["views"] = [(view.id, "list"), (False, "form")]
        return action

    def action_view_left(self):
        name = self.env._("Not renewed")
        return self._action_on_lines(name, [("mode", "=", "none")])

    def action_view_amounts(self):
        """Open the totals by stratum and forfait."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_campaign_fee_action"
        )
        action["domain"] = [("campaign_id", "=", self.id)]
        return action

    def action_view_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        action["domain"] = [("id", "in", self.line_ids.order_id.ids)]
        action["context"] = {}
        return action

    def action_view_invoices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        action["domain"] = [("cdg47_campaign_id", "=", self.id)]
        action["context"] = {"default_move_type": "out_invoice"}
        return action

    # === What its screen counts: lines, euros, documents ===
    @api.depends("line_ids.state", "line_ids.mode", "started_on", "ended_on")
    def _compute_progress(self):
        counts = defaultdict(Counter)
        last_done = {}
        for campaign, mode, state, count, last in self.env[
            "cdg47.campaign.line"
        ]._read_group(
            [("campaign_id", "in", self.ids)],
            ["campaign_id", "mode", "state"],
            ["__count", "done_on:max"],
        ):
            counts[campaign]["left" if mode == "none" else state] += count
            if last:
                last_done[campaign] = max(last, last_done.get(campaign, last))
        for campaign in self:
            known = counts[campaign._origin]
            campaign.line_count = known.total()
            campaign.todo_count = known["todo"]
            campaign.done_count = known["done"]
            campaign.parked_count = known["parked"]
            campaign.left_count = known["left"]
            to_renew = campaign.line_count - campaign.left_count
            treated = campaign.done_count + campaign.parked_count
            campaign.progress = 100 * treated / to_renew if to_renew else 0.0
            campaign.rate = campaign._rate(last_done.get(campaign._origin))

    def _rate(self, last_done):
        """Return the conventions renewed a second since the run was last started."""
        if not (self.started_on and last_done) or last_done <= self.started_on:
            return 0.0
        done = self.env["cdg47.campaign.line"].search_count(
            [("campaign_id", "=", self.id), ("done_on", ">=", self.started_on)]
        )
        return done / (last_done - self.started_on).total_seconds()

    @api.depends(
        "line_ids.amount", "line_ids.old_amount", "line_ids.whatif_amount",
        "line_ids.stratum_changed", "line_ids.alert_codes", "line_ids.mode",
    )  # fmt: skip
    def _compute_totals(self):
        lines = self.env["cdg47.campaign.line"]
        domain = [("campaign_id", "in", self.ids), ("mode", "!=", "none")]
        amounts = {
            campaign: sums
            for campaign, *sums in lines._read_group(
                domain,
                ["campaign_id"],
                ["old_amount:sum", "amount:sum", "difference:sum", "whatif_amount:sum"],
            )
        }
        changed = dict(
            lines._read_group(
                [*domain, ("stratum_changed", "=", True)], ["campaign_id"], ["__count"]
            )
        )
        alerts = defaultdict(Counter)
        for campaign, codes, count in lines._read_group(
            [*domain, ("alert_codes", "!=", False)],
            ["campaign_id", "alert_codes"],
            ["__count"],
        ):
            alerts[campaign].update({code: count for code in ("", *codes.split(","))})
        words = alert_words(self.env)
        for campaign in self:
            (
                campaign.old_amount,
                campaign.amount,
                campaign.difference,
                campaign.whatif_amount,
            ) = amounts.get(campaign._origin) or (0.0, 0.0, 0.0, 0.0)
            campaign.changed_count = changed.get(campaign._origin, 0)
            counts = alerts[campaign._origin]
            campaign.alert_count = counts.pop("", 0)
            campaign.alert_summary = ", ".join(
                self.env._("%(what)s: %(count)s", what=words[code], count=count)
                for code, count in counts.most_common()
            )

    @api.depends("year", "pricelist_id")
    def _compute_undated_price_count(self):
        for campaign in self:
            undated = campaign.pricelist_id._cdg47_undated(campaign.year)
            campaign.undated_price_count = len(undated)

    def _compute_documents(self):
        orders = dict(
            self.env["cdg47.campaign.line"]._read_group(
                [("campaign_id", "in", self.ids), ("order_id", "!=", False)],
                ["campaign_id"],
                ["__count"],
            )
        )
        invoices = dict(
            self.env["account.move"]._read_group(
                [("cdg47_campaign_id", "in", self.ids), ("state", "!=", "cancel")],
                ["cdg47_campaign_id"],
                ["__count"],
            )
        )
        for campaign in self:
            campaign.order_count = orders.get(campaign, 0)
            campaign.invoice_count = invoices.get(campaign, 0)
