# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from ...lib.dates import today_in_paris
from ...lib.states import SIGNED_STATES


class Cdg47Convention(models.Model):
    """What follows from a convention: its terms, orders and accesses, read by date."""

    _inherit = "cdg47.convention"

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
    pending_order_id = fields.Many2one(
        "sale.order", compute="_compute_pending_order_id", string="To sign"
    )

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
        orders = dict(
            self.env["sale.order"]._read_group(
                [("convention_id", "in", self.ids)], ["convention_id"], ["__count"]
            )
        )
        invoices = dict(
            self.env["account.move"]._read_group(
                [("cdg47_convention_id", "in", self.ids)],
                ["cdg47_convention_id"],
                ["__count"],
            )
        )
        activations = dict(
            self.env["cdg47.service.activation"]._read_group(
                [("convention_id", "in", self.ids)], ["convention_id"], ["__count"]
            )
        )
        for convention in self:
            convention.order_count = orders.get(convention, 0)
            convention.invoice_count = invoices.get(convention, 0)
            convention.activation_count = activations.get(convention, 0)

    @api.depends("order_ids.state", "order_ids.order_line.cdg47_kind")
    def _compute_pending_order_id(self):
        """A quotation of services may await its own signature beside it."""
        for convention in self:
            convention.pending_order_id = convention._pending_fees()[:1]

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

    def _earlier_fees(self, forfait, date_start, date_end):
        """Return the fees owed already for a forfait from a day to another.

        :param product.template forfait: forfait or option
        :rtype: sale.order.line
        """
        return self.order_ids.order_line.filtered(
            lambda line: (
                line.cdg47_kind == "fee"
                and line.state != "cancel"
                and line.product_template_id == forfait
                and line.cdg47_date_start <= date_start
                and line.cdg47_date_end >= date_end
            )
        )

    def _forfaits_at(self, date):
        """Return the forfaits and options held on a date.

        :rtype: product.template
        """
        return self.line_ids.filtered_domain(
            self.env["cdg47.convention.line"]._domain_at(date)
        ).forfait_id

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
