# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from ...reading.stratum_change import owed_elsewhere
from ...reading.tariff import twelfths


class Cdg47ConventionTerm(models.Model):
    """One civil year of a convention (the first may be shorter), stratum frozen.

    Nobody has a right to write it: a proposal, a signature, a campaign, an end or a
    change of stratum does, once they have checked who asks (R15).
    """

    _name = "cdg47.convention.term"
    _description = "Term of a convention"
    _order = "date_start desc, id desc"

    convention_id = fields.Many2one(
        "cdg47.convention", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="convention_id.partner_id", store=True, index=True
    )
    company_id = fields.Many2one(related="convention_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_start = fields.Date(required=True)
    date_end = fields.Date(required=True, help="Last day included.")
    stratum_id = fields.Many2one(
        "cdg47.stratum", required=True, index=True, ondelete="restrict"
    )
    stratum_reason = fields.Char(
        string="Why this stratum", required=True, help="Frozen with the term."
    )
    order_id = fields.Many2one(
        "sale.order", string="Yearly order", index="btree_not_null", ondelete="restrict"
    )
    order_ids = fields.One2many("sale.order", "term_id", string="Orders")
    amount_total = fields.Monetary(
        string="Fees", compute="_compute_amount_total", store=True
    )
    state = fields.Selection(
        [("draft", "Proposed"), ("open", "In force"), ("cancelled", "Cancelled")],
        required=True,
        default="draft",
        index=True,
    )

    _dates_in_order = models.Constraint(
        "CHECK (date_end >= date_start)", "A term cannot end before it starts."
    )
    _start_unique = models.UniqueIndex(
        "(convention_id, date_start) WHERE state != 'cancelled'",
        "This convention already has a term that starts on that day.",
    )

    @api.depends("convention_id.name", "date_start", "date_end")
    def _compute_display_name(self):
        for term in self:
            term.display_name = f"{term.convention_id.name} - {term.date_start.year}"

    @api.depends("state", "order_ids.state", "order_ids.order_line.price_subtotal")
    def _compute_amount_total(self):
        """Sum the fees owed: those signed, or those of the proposal itself."""
        for term in self:
            owed = ("sale",) if term.state == "open" else ("draft", "sent", "sale")
            fees = term.order_ids.filtered(lambda o, s=owed: o.state in s).order_line
            term.amount_total = sum(
                fees.filtered(lambda line: line.cdg47_kind == "fee").mapped(
                    "price_subtotal"
                )
            )

    def _fee_months(self, date_start=None):
        """Return how many twelfths of the yearly fee a start in this term owes.

        :param datetime.date date_start: start of the forfait, of the term by default
        :rtype: int
        """
        self.ensure_one()
        start = max(self.date_start, date_start or self.date_start)
        return twelfths(self.company_id, start)

    def _of_same_year(self):
        """Return the terms of the same civil year: two where the stratum changed."""
        return self.convention_id._living_terms().filtered(
            lambda term: term.date_start.year == self.date_start.year
        )

    def _price_day(self):
        """Return the day whose tariff prices this term: the start of its year here.

        A change of stratum in the course of a year changes no tariff.

        :rtype: datetime.date
        """
        self.ensure_one()
        return min((self | self._of_same_year()).mapped("date_start"))

    def _prepare_fee_line(self, forfait, date_start):
        """Return the order line that sells a forfait for this term.

        The price is the tariff's on the term's start (Annexe 2), by month in the first
        year; ``sale.order.line`` computes it.

        :param product.template forfait: forfait or option
        :param datetime.date date_start: first day of the forfait in this term
        :rtype: dict
        :raise UserError: when the forfait is not sold to the stratum
        """
        self.ensure_one()
        sold = forfait._cdg47_sold_to(self.stratum_id)
        values = {
            "product_id": sold.id,
            "product_uom_qty": 1,
            "cdg47_kind": "fee",
            "cdg47_date_start": date_start,
            "cdg47_date_end": self.date_end,
            "cdg47_months": self._fee_months(date_start),
            "name": self._fee_description(forfait, date_start),
        }
        owed = owed_elsewhere(self, forfait, date_start)
        if owed:
            values["cdg47_paid_product_id"] = self._paid_of(owed, sold).id
            values["name"] += "\n" + self.env._(
                "The year %(year)s is owed already under %(convention)s: only what it "
                "does not hold is due.",
                year=str(date_start.year),
                convention=", ".join(owed.order_id.convention_id.mapped("name")),
            )
        return values

    def _paid_of(self, owed, sold):
        """Return the variant whose price is deducted: a fall credits nothing.

        Several communes that become one owe together more than any of them.
        """
        tariff, day = self.company_id._cdg47_tariff(), self._price_day()
        prices = {line: tariff._cdg47_price(line.product_id, day) for line in owed}
        if tariff._cdg47_price(sold, day) <= sum(prices.values()):
            return sold
        return max(prices, key=prices.get).product_id

    def _fee_description(self, forfait, date_start):
        """Say what is sold, to whom and for how long, as the invoice will print it."""
        partner = self.partner_id
        months = self._fee_months(date_start)
        values = {
            "forfait": forfait.name,
            "stratum": self.stratum_id.name,
            "start": partner._cdg47_format_date(date_start),
            "end": partner._cdg47_format_date(self.date_end),
            "months": months,
        }
        if months == 12:
            return self.env._(
                "%(forfait)s - %(stratum)s - from %(start)s to %(end)s", **values
            )
        return self.env._(
            "%(forfait)s - %(stratum)s - from %(start)s to %(end)s "
            "(%(months)s/12 of the yearly fee)",
            **values,
        )

    def _supplement_description(self, product):
        """Say which accepted supplement goes on, and for how long."""
        partner = self.partner_id
        return self.env._(
            "%(service)s - accepted supplement - from %(start)s to %(end)s",
            service=product.with_env(self.env).name,
            start=partner._cdg47_format_date(self.date_start),
            end=partner._cdg47_format_date(self.date_end),
        )

    def _prepare_difference_line(self, fee, change):
        """Return the order line of a rise of stratum, by month (Money lines).

        :param FeeEffect fee: the forfait, what was owed and what is
        :param StratumChange change: the strata before and after
        :rtype: dict
        """
        self.ensure_one()
        partner = self.partner_id
        return {
            "product_id": fee.sold.id,
            "product_uom_qty": 1,
            "cdg47_kind": "fee",
            "cdg47_date_start": fee.date_start,
            "cdg47_date_end": self.date_end,
            "cdg47_months": fee.months,
            "cdg47_paid_product_id": fee.paid.id,
            "name": self.env._(
                "%(forfait)s - from stratum %(before)s to %(after)s - from %(start)s "
                "to %(end)s (%(months)s/12 of the difference)",
                forfait=fee.forfait.name,
                before=change.before.code,
                after=change.stratum.code,
                start=partner._cdg47_format_date(fee.date_start),
                end=partner._cdg47_format_date(self.date_end),
                months=fee.months,
            ),
        }

    @api.model
    def _domain_at(self, date):
        """Return the domain of the terms in force on a date."""
        return Domain(
            [
                ("date_start", "<=", date),
                ("date_end", ">=", date),
                ("state", "=", "open"),
            ]
        )
