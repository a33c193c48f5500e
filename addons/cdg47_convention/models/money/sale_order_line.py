# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib.dates import noon


class SaleOrderLine(models.Model):
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
        price = super()._get_pricelist_price()
        if self.cdg47_paid_product_id:
            # A rise of stratum owes the difference only, and takes the rest.
            price -= self.order_id.pricelist_id._cdg47_price(
                self.cdg47_paid_product_id, self._cdg47_price_date()
            )
            earlier = self.order_id.convention_id._earlier_fees(
                self.product_template_id, self.cdg47_date_start, self.cdg47_date_end
            )
            rest = (earlier - self._origin)._cdg47_fee_rest()
            return self.currency_id.round(price * self.cdg47_months / 12 + rest)
        return self.currency_id.round(price * self.cdg47_months / 12)

    def _cdg47_fee_rest(self):
        """Return what rounding these fees has left, for the next part to take.

        The parts of one year then sum up to its exact fee, rounded once.

        :return: euros, less than a cent
        :rtype: float
        """
        exact = 0.0
        for line in self:
            tariff, day = line.order_id.pricelist_id, line._cdg47_price_date()
            price = tariff._cdg47_price(line.product_id, day)
            if line.cdg47_paid_product_id:
                price -= tariff._cdg47_price(line.cdg47_paid_product_id, day)
            exact += price * line.cdg47_months / 12
        # Each part took the rest of those before: together they make this sum, rounded.
        return exact - self.currency_id.round(exact) if self else 0.0

    def _cdg47_price_date(self):
        """Return the day whose tariff prices this line.

        :rtype: datetime.date
        """
        self.ensure_one()
        if self.cdg47_kind == "fee":
            term = self.order_id.term_id
            return term._price_day() if term else self.cdg47_date_start
        return (self.order_id.date_order or fields.Datetime.now()).date()

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
