# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from ..lib.dates import end_of_year, today_in_paris
from ..lib.xlsx_sheet import DAY, MONEY, NUMBER, TEXT, Book


class ReportDeferredXlsx(models.AbstractModel):
    """What is left of the rights that go on beyond the civil year."""

    _name = "report.cdg47_convention.report_deferred_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Rights carried beyond the year"

    def _get_objs_for_report(self, docids, data):
        return self.env["cdg47.entitlement"].browse(docids)

    def generate_xlsx_report(self, workbook, data, objs):
        objs.check_access("read")
        last = end_of_year(today_in_paris())
        sheet = Book(workbook).sheet(
            self.env._("Rights carried over"),
            [
                (self.env._("Collectivité"), TEXT, 34),
                (self.env._("Right"), TEXT, 44),
                (self.env._("From"), DAY, 12),
                (self.env._("To"), DAY, 12),
                (self.env._("Unit"), TEXT, 14),
                (self.env._("Granted"), NUMBER, 10),
                (self.env._("Used"), NUMBER, 10),
                (self.env._("Left"), NUMBER, 10),
                (self.env._("Price"), MONEY, 12),
                (self.env._("Worth"), MONEY, 14),
            ],
            title=self.env._(
                "Rights left beyond %(date)s", date=last.strftime("%d/%m/%Y")
            ),
        )
        carried = objs.filtered(
            lambda right: (
                right.left_amount and (not right.date_end or right.date_end > last)
            )
        )
        prices = self._prices(carried)
        for right in carried.sorted(lambda r: (r.partner_id.name, r.key)):
            price = prices.get(right)
            sheet.row(
                right.partner_id.name,
                right.product_ids[:1].name,
                right.date_start,
                right.date_end,
                right.uom_id.name,
                right.granted,
                right.consumed,
                right.left,
                price,
                # From the exact amount: the quantity shown is rounded.
                round(
                    (price or 0) * right.left_amount / right.uom_id._cdg47_amount(1), 2
                ),
            )
        sheet.total(self.env._("Total"), 9)

    def _prices(self, rights):
        """Return the price of one unit of each right, None without a price.

        :rtype: dict[cdg47.entitlement, float]
        """
        tariff = self.env.company._cdg47_tariff()
        today = today_in_paris()
        known = {}
        for right in rights:
            product = right.product_ids[:1]
            key = product, right.uom_id
            if key not in known:
                overage = product.cdg47_overage_product_id or product
                price, rule_id = tariff._get_product_price_rule(
                    overage, 1.0, uom=right.uom_id, date=today
                )
                known[key] = price if rule_id else None
        return {right: known[right.product_ids[:1], right.uom_id] for right in rights}
