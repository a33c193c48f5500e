# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import Counter, defaultdict

from odoo import api, fields, models


class Cdg47Campaign(models.Model):
    """What the screen of a campaign counts: its lines, its euros, its documents."""

    _inherit = "cdg47.campaign"

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
    old_amount = fields.Monetary(compute="_compute_totals", string="Year before")
    amount = fields.Monetary(compute="_compute_totals", string="This year")
    difference = fields.Monetary(compute="_compute_totals")
    whatif_amount = fields.Monetary(compute="_compute_totals", string="Compared")
    order_count = fields.Integer(compute="_compute_documents")
    invoice_count = fields.Integer(compute="_compute_documents")

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
        alerts = dict(
            lines._read_group(
                [*domain, ("alert_codes", "!=", False)], ["campaign_id"], ["__count"]
            )
        )
        for campaign in self:
            (
                campaign.old_amount,
                campaign.amount,
                campaign.difference,
                campaign.whatif_amount,
            ) = amounts.get(campaign._origin) or (0.0, 0.0, 0.0, 0.0)
            campaign.changed_count = changed.get(campaign._origin, 0)
            campaign.alert_count = alerts.get(campaign._origin, 0)

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
