# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ...lib.dates import day_in_paris
from ...lib.states import DECIDED_KINDS

# What a signature accepts: never raised afterwards.
ACCEPTED_FIELDS = ("product_uom_qty", "price_unit")


class SaleOrderLine(models.Model):
    """Supplements and what is beyond a quota: accepted, delivered, explained (R7)."""

    _inherit = "sale.order.line"

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

    # === Why ===
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
        return self.state in ("draft", "sent", "sale")

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
