# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ...lib.dates import day_in_paris, noon, today_in_paris
from ...lib.states import DECIDED_KINDS
from ...reading.coverage import counts_use_of
from ...reading.stratum_change import earlier_fees
from ...reading.tariff import fee, fee_rest
from .account_move_line import SHOWN

# What a signature accepts: never raised afterwards.
ACCEPTED_FIELDS = ("product_uom_qty", "price_unit")


class SaleOrderLine(models.Model):
    """What a convention sells: priced, accepted, delivered and explained (R7)."""

    _inherit = "sale.order.line"

    cdg47_kind = fields.Selection(
        [
            ("fee", "Yearly fee"),
            ("supplement", "Supplement"),
            ("overage", "Beyond the quota"),
            ("time", "Time"),
        ],
        string="Convention line",
        help="Money line of the convention, empty for an ordinary sale.",
    )
    cdg47_date_start = fields.Date(string="From")
    cdg47_date_end = fields.Date(string="To", help="Last day included.")
    cdg47_months = fields.Integer(
        string="Twelfths owed", default=12, help="12 for a whole year."
    )
    cdg47_paid_product_id = fields.Many2one(
        "product.product",
        string="Fee owed already",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Variant of the stratum before: only the difference is sold.",
    )
    qty_delivered_method = fields.Selection(
        selection_add=[("cdg47_ledger", "Ledger of the convention")],
        ondelete={
            "cdg47_ledger": lambda lines: lines.write(
                {"qty_delivered_method": "manual"}
            )
        },
    )
    cdg47_consumption_ids = fields.One2many(
        "cdg47.consumption",
        "sale_line_id",
        string="Consumptions",
        groups="base.group_user",
    )
    cdg47_allocation_ids = fields.One2many(
        "cdg47.allocation",
        "sale_line_id",
        string="Allocations",
        groups="base.group_user",
    )
    cdg47_continues_id = fields.Many2one(
        "sale.order.line",
        string="Continues",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Accepted line whose excess this one accepts, or that it renews.",
    )
    cdg47_continued_by_ids = fields.One2many(
        "sale.order.line", "cdg47_continues_id", string="Continued by"
    )
    cdg47_explanation = fields.Text(
        string="Why it is billed",
        compute="_compute_cdg47_explanation",
        store=True,
        readonly=False,
        copy=False,
        help="Rule, quota, what was used, price: the sentence the collectivité reads.",
    )
    product_uom_qty = fields.Float(**SHOWN)
    qty_delivered = fields.Float(**SHOWN)
    qty_invoiced = fields.Float(**SHOWN)
    qty_to_invoice = fields.Float(**SHOWN)
    cdg47_is_refused = fields.Boolean(
        string="Refused by the collectivité", readonly=True, copy=False
    )
    cdg47_proposed_quantity = fields.Float(
        string="Quantity proposed",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="Quantity before the line was refused.",
    )

    _cdg47_fee_is_dated = models.Constraint(
        "CHECK (cdg47_kind IS DISTINCT FROM 'fee' OR (cdg47_date_start IS NOT NULL "
        "AND cdg47_date_end IS NOT NULL AND cdg47_months BETWEEN 1 AND 12))",
        "A yearly fee states its dates and its twelfths.",
    )

    @api.depends(
        "cdg47_kind", "cdg47_date_start", "cdg47_months", "cdg47_paid_product_id"
    )
    def _compute_price_unit(self):
        return super()._compute_price_unit()

    @api.depends("cdg47_kind", "cdg47_date_start")
    def _compute_pricelist_item_id(self):
        return super()._compute_pricelist_item_id()

    def _get_order_date(self):
        """Price a fee on the start of its term: December's order of 2027 costs 2027."""
        self.ensure_one()
        if self.cdg47_kind == "fee":
            return noon(self._cdg47_price_date())
        return super()._get_order_date()

    def _get_pricelist_price(self):
        """Owe twelfths of the yearly fee, rounded once to the cent."""
        self.ensure_one()
        if self.cdg47_kind != "fee":
            return super()._get_pricelist_price()
        if not self.pricelist_item_id:
            raise UserError(
                self.order_id.pricelist_id._cdg47_missing_price_message(
                    self.product_id, self._cdg47_price_date()
                )
            )
        price, rest = super()._get_pricelist_price(), 0.0
        if self.cdg47_paid_product_id:
            # A rise of stratum owes the difference only, and takes the rest.
            price -= self.order_id.pricelist_id._cdg47_price(
                self.cdg47_paid_product_id, self._cdg47_price_date()
            )
            convention = self.order_id.convention_id
            start, end = self.cdg47_date_start, self.cdg47_date_end
            earlier = earlier_fees(convention, self.product_template_id, start, end)
            rest = fee_rest(earlier - self._origin)
        return fee(self.currency_id, price, self.cdg47_months, rest)

    def _cdg47_price_date(self):
        """Return the day whose tariff prices this line.

        :rtype: datetime.date
        """
        self.ensure_one()
        if self.cdg47_kind == "fee":
            term = self.order_id.term_id
            return term._price_day() if term else self.cdg47_date_start
        return day_in_paris(self.order_id.date_order or fields.Datetime.now())

    def _cdg47_price_is_missing(self):
        """Tell whether the tariff has no price and nobody entered one.

        An ordinary product may be given away; what the annexes name may not.
        """
        self.ensure_one()
        product = self.product_id
        return (
            bool(self.order_id.convention_id and product)
            or product.cdg47_is_service
            or product.cdg47_is_forfait
        ) and (
            not self.display_type
            and not self.is_downpayment
            # The price first: the item of the tariff costs a query a line.
            and self.currency_id.is_zero(self.price_unit)
            and not self.pricelist_item_id
        )

    @api.depends("cdg47_kind", "cdg47_consumption_ids.verdict")
    def _compute_cdg47_explanation(self):
        for line in self:
            line.cdg47_explanation = line._cdg47_explain() or line.cdg47_explanation

    def _cdg47_explain(self):
        """Return « pourquoi est-ce facturé ? » in the collectivité's language (R10).

        To be extended by what has its own verdicts; empty keeps what was written.

        :rtype: str
        """
        self.ensure_one()
        if self.cdg47_kind == "fee":
            return self._cdg47_explain_fee()
        if self.cdg47_kind == "supplement" and self.cdg47_continues_id:
            return self._cdg47_explain_renewal()
        # Verdicts are the collectivité's own; only the ledger is out of its sight.
        facts_sudo = self.sudo().cdg47_consumption_ids
        living = facts_sudo.filtered(lambda f: f.verdict and not f.reversal_of_id)
        if not living:
            return ""
        env = self.env(
            context={**self.env.context, "lang": living.partner_id[:1]._cdg47_lang()}
        )
        return "\n".join(
            env._(
                "%(date)s: %(verdict)s",
                date=fact.partner_id._cdg47_format_date(fact.date),
                verdict=fact.verdict,
            )
            for fact in living.sorted(lambda fact: (fact.date, fact.id))
        )

    def _cdg47_explain_fee(self):
        order = self.order_id
        term = order.term_id
        if not term.stratum_reason:
            return ""
        return order.convention_id._in_partner_lang().env._(
            "Yearly fee of the stratum « %(stratum)s »: %(reason)s.",
            stratum=term.stratum_id.name,
            reason=term.stratum_reason.rstrip("."),
        )

    def _cdg47_explain_renewal(self):
        """Say which order accepted the supplement that goes on for a year (R8)."""
        order = self.order_id
        convention = order.convention_id._in_partner_lang()
        accepted = self.cdg47_continues_id.order_id
        return convention.env._(
            "%(article)s: supplement accepted on %(date)s (%(order)s), renewed for "
            "the year at the tariff of %(start)s: %(price)s per %(unit)s.",
            article=self.product_id.cdg47_tariff_article or "Annexe 3 IV",
            date=convention._format_date(
                day_in_paris(accepted.signed_on or accepted.date_order)
            ),
            order=accepted.name,
            start=convention._format_date(order.term_id.date_start),
            price=formatLang(
                convention.env, self.price_unit, currency_obj=order.currency_id
            ),
            unit=self.product_uom_id.with_env(convention.env).cdg47_noun
            or self.product_uom_id.with_env(convention.env).name,
        )

    # === Delivered ===
    @api.depends("cdg47_kind")
    def _compute_qty_delivered_method(self):
        decided = self.filtered(lambda line: line.cdg47_kind in DECIDED_KINDS)
        decided.qty_delivered_method = "cdg47_ledger"
        return super(SaleOrderLine, self - decided)._compute_qty_delivered_method()

    @api.depends(
        "state",
        "product_uom_qty",
        "cdg47_consumption_ids.billable_amount",
        "cdg47_continues_id.cdg47_consumption_ids.billable_amount",
    )
    def _compute_qty_delivered(self):
        return super()._compute_qty_delivered()

    def _prepare_qty_delivered(self):
        decided = self.filtered(lambda ln: ln.qty_delivered_method == "cdg47_ledger")
        delivered = super(SaleOrderLine, self - decided)._prepare_qty_delivered()
        for line in decided:
            delivered[line] = line._cdg47_delivered() if line.state == "sale" else 0.0
        return delivered

    def _cdg47_delivered(self):
        """Return what is due: what was ordered, or used beyond and accepted."""
        self.ensure_one()
        if self.cdg47_kind == "supplement":
            return self.product_uom_qty
        first = self.cdg47_continues_id or self
        used = first._cdg47_beyond() - self._cdg47_accepted_before()
        return min(self.product_uom_qty, max(used, 0.0))

    def _cdg47_beyond(self):
        """Return what was used beyond the quota for this line, in its unit."""
        # The delivered quantity is told to who may not read the ledger.
        facts_sudo = self.sudo().cdg47_consumption_ids
        return self.product_uom_id._cdg47_quantity(
            sum(facts_sudo.mapped("billable_amount"))
        )

    def _cdg47_accepted_before(self):
        """Return what was accepted of the same uses before this line continued it."""
        first = self.cdg47_continues_id
        earlier = first.cdg47_continued_by_ids.filtered(
            lambda line: line.state == "sale" and line.id < self.id
        )
        return sum((first | earlier).mapped("product_uom_qty"))

    # === Accepted once, and for so much ===
    def write(self, vals):
        for name in ACCEPTED_FIELDS:
            if name in vals:
                self._cdg47_check_not_raised(name, vals[name])
        return super().write(vals)

    def _cdg47_check_not_raised(self, name, value):
        """What a collectivité accepted is never raised without asking it again."""
        for line in self:
            if (
                line.state == "sale"
                and line.cdg47_kind in DECIDED_KINDS
                and (value or 0.0) > line[name]
            ):
                raise UserError(
                    self.env._(
                        "« %(line)s » was accepted as it is: draw a new quotation for "
                        "what comes on top.",
                        line=line.name,
                    )
                )

    def _cdg47_check_price(self):
        """Refuse a service that the tariff does not price (R7)."""
        self.ensure_one()
        if self._cdg47_price_is_missing():
            raise UserError(
                self.order_id.pricelist_id._cdg47_missing_price_message(
                    self.product_id, self._cdg47_price_date()
                )
            )

    def _cdg47_holds(self):
        """Tell whether what this line bills is promised or proposed by it."""
        return self.state in ("draft", "sent", "sale") and not self.cdg47_is_refused

    def _cdg47_check_free(self, billed):
        """Refuse to bill twice what these lines quote or bill already."""
        for line in self.filtered(lambda line: line._cdg47_holds()):
            raise UserError(
                self.env._(
                    "%(billed)s is already quoted: %(order)s.",
                    billed=billed.display_name,
                    order=line.order_id.name,
                )
            )

    def _cdg47_quote_facts(self, consumptions=None, allocations=None):
        """Note that this line proposes to bill these facts; nothing is frozen yet."""
        self.ensure_one()
        if consumptions:
            consumptions._check_quotable(self)
            # Facts are written by the ledger only; the caller has been checked.
            consumptions.sudo().sale_line_id = self
        if allocations:
            allocations._check_quotable()
            allocations.sale_line_id = self

    def _cdg47_vat_regime(self):
        """Return what an invoice must not mix: its taxes' category.

        :rtype: str
        """
        self.ensure_one()
        for regime, tax in self.company_id._cdg47_taxes_by_regime().items():
            if tax in self.tax_ids:
                return regime
        return "taxed"

    def _cdg47_without_empty_sections(self):
        """Leave out the headings and notes under which no line is left."""
        kept = self.browse()
        heading = self.browse()
        for line in self:
            if line.display_type:
                starts = line.display_type == "line_section"
                heading = line if starts else heading | line
            else:
                kept |= heading | line
                heading = self.browse()
        return kept

    def _prepare_invoice_line(self, **optional_values):
        """Print what was signed, and why it is billed (R10)."""
        values = super()._prepare_invoice_line(**optional_values)
        if self.cdg47_kind:
            values["name"] = self.name
        if self.cdg47_explanation:
            values["cdg47_explanation"] = self.cdg47_explanation
        return values

    def _cdg47_set_refused(self, is_refused):
        """Refuse these lines, or take that back; a refused line counts for nothing."""
        for line in self.filtered(lambda ln: ln.cdg47_is_refused != is_refused):
            if is_refused:
                values = {
                    "cdg47_proposed_quantity": line.product_uom_qty,
                    "product_uom_qty": 0.0,
                }
            else:
                values = {"product_uom_qty": line.cdg47_proposed_quantity}
            line.write({"cdg47_is_refused": is_refused, **values})

    def _cdg47_needs_acceptance(self):
        """Tell whether the collectivité has to accept this line before it is billed."""
        self.ensure_one()
        if self.cdg47_kind not in DECIDED_KINDS or not self.product_uom_qty:
            return False
        renewed = self.cdg47_continues_id
        return not (
            self.cdg47_kind == "supplement"
            and renewed.state == "sale"
            and renewed.product_id == self.product_id
            and self.product_uom_qty <= renewed.product_uom_qty
        )

    def _cdg47_allocates(self):
        """Tell whether the acceptance of this line asks for something to be held."""
        return bool(
            self.cdg47_kind == "supplement"
            and self.product_uom_qty
            and not self.cdg47_continues_id
            and not self.cdg47_allocation_ids
            and self.product_id.cdg47_allocation_kind
        )

    # === In force ===
    def _cdg47_put_in_force(self):
        """Freeze the uses this line bills, or open what it buys."""
        self.ensure_one()
        if not self.product_uom_qty:
            return
        if self.cdg47_kind == "overage":
            facts = self.cdg47_consumption_ids
            covered = facts.filtered(lambda f: f.reversal_ids or not f.billable_amount)
            covered.sale_line_id = False
            (facts - covered)._promise(self)
        elif self.cdg47_kind == "supplement" and not self.cdg47_continues_id:
            self._cdg47_open_supplement()

    def _cdg47_open_supplement(self):
        """Give what a supplement buys: a grant on a right, or something held."""
        partner = self.order_id.convention_id.partner_id
        if self.cdg47_allocation_ids:
            self.cdg47_allocation_ids._accept(self)
        elif self._cdg47_allocates():
            self.env["cdg47.allocation"].create(self._cdg47_prepare_allocations())
        elif self._cdg47_has_right():
            right = self.env["cdg47.entitlement"]._open(
                partner, self.product_id, today_in_paris()
            )
            quantity = right.uom_id._cdg47_quantity(
                self.product_uom_id._cdg47_amount(self.product_uom_qty)
            )
            right._grant("bought", quantity, sale_line_id=self.id)

    def _cdg47_has_right(self):
        """Tell whether a forfait held counts the use of this service today.

        A service outside the forfaits may be sold too: no right counts it.
        """
        partner = self.order_id.convention_id.partner_id
        return counts_use_of(partner, self.product_id, today_in_paris())

    def _cdg47_prepare_allocations(self):
        """Return what is to be put in service: one volume, or so many things."""
        quantity = round(self.product_uom_qty)
        values = {
            "partner_id": self.order_id.convention_id.partner_id.id,
            "product_id": self.product_id.id,
            "sale_line_id": self.id,
        }
        if self.product_id.cdg47_allocation_kind == "storage":
            return [{**values, "quantity": quantity, "accepted_quantity": quantity}]
        return [{**values, "accepted_quantity": 1}] * quantity

    # === Taken back ===
    def _cdg47_check_uninvoiced(self):
        for line in self:
            if line.cdg47_kind in DECIDED_KINDS and line.qty_invoiced:
                raise UserError(
                    self.env._(
                        "« %(line)s » is invoiced: cancel or credit its invoice first.",
                        line=line.name,
                    )
                )

    def _cdg47_take_back(self):
        """Withdraw what these lines had opened; what was used beyond is due again."""
        grants = self.env["cdg47.grant"].search([("sale_line_id", "in", self.ids)])
        grants._withdraw()
        for line in self.filtered(lambda line: not line.cdg47_continues_id):
            line.cdg47_allocation_ids._refuse(line)
