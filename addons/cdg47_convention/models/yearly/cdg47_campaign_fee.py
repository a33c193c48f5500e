# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class Cdg47CampaignFee(models.Model):
    """One amount of a simulation: a forfait, an option, or an accepted supplement."""

    _name = "cdg47.campaign.fee"
    _description = "Amount of a campaign"
    _order = "line_id, kind, id"
    _rec_name = "product_id"

    line_id = fields.Many2one(
        "cdg47.campaign.line", required=True, index=True, ondelete="cascade"
    )
    campaign_id = fields.Many2one(
        related="line_id.campaign_id", store=True, index=True, precompute=True
    )
    company_id = fields.Many2one(
        related="line_id.company_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        related="line_id.partner_id", store=True, index=True, precompute=True
    )
    state = fields.Selection(related="line_id.state", string="Status")
    stratum_id = fields.Many2one("cdg47.stratum", index="btree_not_null", readonly=True)
    kind = fields.Selection(
        [("fee", "Yearly fee"), ("supplement", "Supplement")],
        required=True,
        readonly=True,
    )
    product_id = fields.Many2one("product.product", readonly=True, index=True)
    forfait_id = fields.Many2one(
        "product.template", string="Forfait or service", readonly=True, index=True
    )
    quantity = fields.Float(
        digits="Product Unit", min_display_digits=2, readonly=True, default=1.0
    )
    price_unit = fields.Float(
        digits="Product Price", readonly=True, aggregator=None, string="Price"
    )
    planned_amount = fields.Monetary(readonly=True)
    amount = fields.Monetary(
        compute="_compute_amounts", store=True, precompute=True, string="This year"
    )
    old_amount = fields.Monetary(readonly=True, string="Year before")
    difference = fields.Monetary(
        compute="_compute_amounts", store=True, precompute=True
    )
    planned_whatif_amount = fields.Monetary(readonly=True)
    whatif_amount = fields.Monetary(
        compute="_compute_amounts", store=True, precompute=True, string="Compared"
    )
    continues_id = fields.Many2one(
        "sale.order.line",
        string="Accepted by",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Order line by which the collectivité accepted this supplement.",
    )
    is_refused = fields.Boolean(
        string="Not renewed",
        help="The collectivité no longer wants this supplement.",
    )
    refusal_reason = fields.Char(string="Who asked, and when")

    @api.depends("planned_amount", "planned_whatif_amount", "is_refused", "old_amount")
    def _compute_amounts(self):
        for fee in self:
            kept = not fee.is_refused
            fee.amount = fee.planned_amount if kept else 0.0
            fee.whatif_amount = fee.planned_whatif_amount if kept else 0.0
            fee.difference = fee.amount - fee.old_amount

    @api.constrains("is_refused", "kind")
    def _check_refusal(self):
        if any(fee.is_refused and fee.kind != "supplement" for fee in self):
            raise ValidationError(
                self.env._(
                    "Only a supplement is refused here: a forfait or an option ends on "
                    "the convention, with its last day."
                )
            )

    def _prepare_order_line(self, term):
        """Return the order line that sells this amount for a term.

        The price is that of the simulation, checked again by the run.

        :param cdg47.convention.term term: the term it is sold for
        :rtype: dict
        """
        self.ensure_one()
        price = {
            "price_unit": self.price_unit,
            "technical_price_unit": self.price_unit,
            "discount": 0.0,
        }
        if self.kind == "fee":
            line = term._prepare_fee_line(self.forfait_id, term.date_start)
            return {**line, **price}
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self.quantity,
            "cdg47_kind": "supplement",
            "cdg47_continues_id": self.continues_id.id,
            "cdg47_date_start": term.date_start,
            "cdg47_date_end": term.date_end,
            "name": term._supplement_description(self.product_id),
            **price,
        }

    def write(self, vals):
        """A refusal changes the total of its line, as long as it is not renewed."""
        if "is_refused" not in vals:
            return super().write(vals)
        if any(fee.line_id.state == "done" for fee in self):
            raise UserError(
                self.env._("This convention is already renewed: undo its line first.")
            )
        result = super().write(vals)
        for line in self.line_id:
            line.amount = sum(line.fee_ids.mapped("amount"))
            line.whatif_amount = sum(line.fee_ids.mapped("whatif_amount"))
        return result
