# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib.dates import day_in_paris, noon
from ...lib.states import DECIDED_KINDS
from ...reading.accepted import ACCEPTED_FIELDS, changes, enters, is_accepted
from ...reading.annexe1 import in_catalogue
from ...reading.billing_limit import check_unposted, is_limited, left_to_invoice
from ...reading.line_explanation import explain
from ...reading.stratum_change import fee_of
from ...reading.traces import check_delivered, check_kind, without_kind
from .account_move_line import SHOWN
from .opening import open_supplement

# What is typed on a quotation, and shared between the forfaits and the tariff.
TYPED_FIELDS = {"product_id", "product_uom_qty", "product_uom_id"}


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
        copy=False,
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
    cdg47_asked_quantity = fields.Float(
        string="Asked for",
        digits="Product Unit",
        min_display_digits=2,
        copy=False,
        readonly=True,
        help="What was typed; what the forfaits cover of it is not sold.",
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
        min_display_digits=2,
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
        return fee_of(self, super()._get_pricelist_price())

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
            line.cdg47_explanation = explain(line) or line.cdg47_explanation

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

    def _cdg47_is_counted(self):
        """Tell whether uses, time or a sheet deliver this line: nobody types it."""
        return self.qty_delivered_method != "manual"

    def _cdg47_delivered(self):
        """Return what is due: what was ordered, or used beyond and accepted."""
        self.ensure_one()
        if self.cdg47_kind == "supplement":
            return self.product_uom_qty
        return self._cdg47_due()

    def _cdg47_due(self, wanted=None):
        """Return what was used beyond and accepted, of the wanted facts only."""
        first = self.cdg47_continues_id or self
        used = first._cdg47_beyond(wanted) - self._cdg47_accepted_before()
        return min(self.product_uom_qty, max(used, 0.0))

    def _cdg47_beyond(self, wanted=None):
        """Return what was used beyond the quota for this line, in its unit."""
        # The delivered quantity is told to who may not read the ledger.
        facts_sudo = self.sudo().cdg47_consumption_ids.filtered(wanted or "id")
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

    @api.depends("invoice_lines.move_id.move_type")
    def _compute_qty_invoiced(self):
        """A draft that is switched into a credit note invoices nothing any more."""
        return super()._compute_qty_invoiced()

    @api.depends("invoice_lines.move_id.cdg47_rebill")
    def _compute_qty_to_invoice(self):
        """What a final credit note gave back is not invoiced again (R16)."""
        result = super()._compute_qty_to_invoice()
        for line in self.filtered(lambda ln: ln.state == "sale" and is_limited(ln)):
            line.qty_to_invoice = left_to_invoice(line)
        return result

    def _cdg47_served_until(self, day):
        """Return what was served until a day, in the unit of this line.

        What is bought is served from its acceptance on.

        :param datetime.date day: last day included
        :rtype: float
        """
        self.ensure_one()
        if self.cdg47_kind == "overage":
            return self._cdg47_due(lambda fact: fact.date <= day)
        accepted_on = day_in_paris(self.order_id.date_order)
        return self.qty_delivered if accepted_on <= day else 0.0

    def _cdg47_to_invoice(self):
        """Return what is left to invoice; in a period, of what it has served."""
        self.ensure_one()
        left, day = self.qty_to_invoice, self.env.context.get("cdg47_served_until")
        if not day or left <= 0 or not is_limited(self):
            return left
        return max(min(left, self._cdg47_served_until(day) - self.qty_invoiced), 0.0)

    # === Typed on a plain quotation: what the catalogue makes of it (R14, R18) ===
    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [without_kind(self.env, vals) for vals in vals_list]
        lines = super().create(vals_list)
        if lines.filtered("is_downpayment").order_id.convention_id:
            raise UserError(
                self.env._(
                    "A convention knows no down payment: what is delivered is invoiced."
                )
            )
        for line in lines.filtered(is_accepted):
            line._cdg47_refuse_change()
        # What the project draws says of which kind it is.
        lines.browse(
            line.id
            for line, vals in zip(lines, vals_list, strict=True)
            if "cdg47_kind" not in vals
        )._cdg47_enter_catalogue()
        return lines

    def _cdg47_enter_catalogue(self):
        """Make these typed lines those that their convention would have drawn."""
        typed = self.filtered(
            lambda line: in_catalogue(line.product_id) and not line.is_downpayment
        )
        for order, lines in typed.grouped("order_id").items():
            order._cdg47_enter_catalogue(lines)

    def write(self, vals):
        if self.env.su and self.env.context.get("cdg47_deciding"):
            return super().write(vals)
        self._cdg47_check_accepted(vals)
        check_kind(self, vals)
        check_delivered(self, vals)
        if "cdg47_asked_quantity" in vals or not TYPED_FIELDS & set(vals):
            return super().write(vals)
        self._cdg47_check_drawn(vals)
        before = {line: (line.product_id, line.product_uom_qty) for line in self}
        result = super().write(vals)
        for line in self.filtered(lambda line: line.state in ("draft", "sent")):
            if before[line] == (line.product_id, line.product_uom_qty):
                continue
            asked = line.cdg47_asked_quantity
            if "product_uom_qty" not in vals and asked not in (0, line.product_uom_qty):
                line.product_uom_qty = asked  # shared again by this very write
            elif asked or line.product_id != before[line][0]:
                line._cdg47_enter_catalogue()
        return result

    def _cdg47_check_drawn(self, vals):
        """A line that bills facts or a year keeps its service: another is added."""
        for line in self.filtered(lambda line: line.cdg47_kind in ("fee", "overage")):
            if vals.get("product_id", line.product_id.id) != line.product_id.id:
                raise UserError(
                    self.env._(
                        "« %(line)s » is decided by the convention: remove the line "
                        "and add another.",
                        line=line.name,
                    )
                )

    # === Accepted once, and for so much (R15) ===
    def _cdg47_check_accepted(self, vals):
        """Refuse to change what was accepted: more is another line, accepted too."""
        if not ACCEPTED_FIELDS & set(vals):
            return
        for line in self:
            if enters(line, vals) or (is_accepted(line) and changes(line, vals)):
                line._cdg47_refuse_change()

    def _cdg47_reduce(self, quantity):
        """Order less of what was accepted: a cancellation, by what receives it."""
        decided_sudo = self.sudo().with_context(cdg47_deciding=True)
        decided_sudo.product_uom_qty = min(quantity, self.product_uom_qty)

    def _cdg47_refuse_change(self):
        raise UserError(
            self.env._(
                "« %(line)s » (%(order)s) is fixed since it was accepted: draw another "
                "quotation for what comes on top, or cancel it for less.",
                line=self.name,
                order=self.order_id.name,
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

    def _prepare_invoice_line(self, **optional_values):
        """Print what was signed, and why it is billed (R10)."""
        values = super()._prepare_invoice_line(**optional_values)
        if self.env.context.get("cdg47_served_until"):
            values["quantity"] = self._cdg47_to_invoice()
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

    def _cdg47_offered_amount(self):
        """Return what the line makes when it is kept, refused today or not."""
        self.ensure_one()
        if not self.cdg47_is_refused:
            return self.price_total
        price = self.price_unit * (1 - self.discount / 100)
        return self.currency_id.round(self.cdg47_proposed_quantity * price)

    def _cdg47_needs_acceptance(self):
        """Tell whether the collectivité has to accept this line before it is billed.

        An ordinary product too, once it is on an order of its convention; a fee is
        signed with its forfait.
        """
        self.ensure_one()
        if self.cdg47_kind == "fee" or not self.product_uom_qty:
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
            open_supplement(self)

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

    @api.ondelete(at_uninstall=False)
    def _unlink_except_posted(self):
        """What an invoice that stands bills is its proof, cancelled or not (R16)."""
        check_unposted(self)

    def _cdg47_take_back(self):
        """Withdraw what these lines had opened; what was used beyond is due again."""
        grants = self.env["cdg47.grant"].search([("sale_line_id", "in", self.ids)])
        grants._withdraw()
        for line in self.filtered(lambda line: not line.cdg47_continues_id):
            line.cdg47_allocation_ids._refuse(line)
