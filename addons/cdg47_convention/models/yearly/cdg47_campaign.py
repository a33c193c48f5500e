# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib.dates import today_in_paris
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
        self.env["cdg47.convention"]._check_manager()
        for campaign in self:
            if campaign.state == "running":
                raise UserError(
                    self.env._("The campaign is running: stop it before simulating.")
                )
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
