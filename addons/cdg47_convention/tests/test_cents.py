# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Six digits: « à régulariser », quotation and invoice show one sum (R5, R17)."""

from decimal import ROUND_HALF_UP, Decimal

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import float_round

from .test_overage import OverageCase


@freeze_time("2024-06-20 10:00:00")
@tagged("post_install", "-at_install")
class TestCents(OverageCase):
    def test_six_digits(self):
        precision = self.env["decimal.precision"]
        self.assertEqual(precision.precision_get("Product Unit"), 6)
        unit = self.env.ref("uom.decimal_product_uom")
        for digits, kept in ((4, 6), (8, 8)):
            unit.digits = digits
            self.env["cdg47.catalogue"]._keep_six_digits()
            self.assertEqual(unit.digits, kept)

    def test_each_minute_of_a_day(self):
        """At 4 digits, 320 of the 420 minutes of a day at 420 € are a cent wrong."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        day = self.unit("day")
        round_ = self.company.currency_id.round
        for price in (300, 380, 420, 450, 900):
            for minutes in range(1, 421):
                quantity = float_round(day._cdg47_quantity(minutes), digits)
                exact = Decimal(minutes) * price / 420
                exact = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
                self.assertEqual(
                    round_(quantity * price), float(exact), (price, minutes)
                )

    def test_one_sum(self):
        """Three times 20 minutes at 380 € a day: 54.29, not 54.30."""
        self.tariff.item_ids.filtered(
            lambda item: item.product_id.default_code == "AUDIT-SECU"
        ).fixed_price = 380
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2024-03-10")
        for day in (2, 3, 4):
            self.use(self.convention, "AUDIT-SECU", 20 / 420, "day", f"2024-05-0{day}")
        rows = self.rows()
        self.assertEqual(len(rows), 3)
        total = round(sum(rows.mapped("amount")), 2)
        # Whatever rows are shown, each has the same amount.
        alone = [self.rows()[n].amount for n in range(3)]
        self.assertEqual(round(sum(alone), 2), total)
        order = self.quoted()
        self.assertEqual(order.amount_untaxed, 54.29)
        self.assertEqual(total, order.amount_untaxed)
        self.accept(order)
        self.assertEqual(order._create_invoices().amount_untaxed, 54.29)

    def test_printed(self):
        """A quotation is printed, of ours and of others, however precise."""
        pen = self.env["product.product"].create({"name": "Pen", "list_price": 2})
        other = self.env["sale.order"].create(
            {
                "partner_id": self.make_contact().id,
                "order_line": [
                    (0, 0, {"product_id": pen.id, "product_uom_qty": 1 / 7})
                ],
            }
        )
        fact = self.over_facts(1 / 7)
        ours = self.quote_over(fact, 1 / 7)
        reports = self.env["ir.actions.report"]
        for digits in (4, 5, 6, 8):
            self.env.ref("uom.decimal_product_uom").digits = digits
            for order in (ours, other):
                order.order_line.product_uom_qty = float_round(1 / 7, digits)
                with self.subTest(digits=digits, order=order.name):
                    html, _type = reports._render_qweb_html(
                        "sale.report_saleorder", order.ids
                    )
                    self.assertIn("0,14", html.decode())
