# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...reading.campaign.campaign_planner import CampaignPlanner


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
        readonly=True, help="Why it is parked, not renewed, or will not pass."
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
        labels = {
            "obstacle": self.env._("will not pass"),
            "quota": self.env._("quota exceeded"),
            "census": self.env._("census"),
            "siret": "SIRET",
            "chorus": "Chorus",
            "certificate": self.env._("certificate"),
        }
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
