# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from ..lib.dates import end_of_year, today_in_paris
from ..lib.xlsx_sheet import DAY, MONEY, NUMBER, TEXT, Book
from ..reading.in_force import InForce
from ..reading.tariff import Prices


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
        prices = Prices(self.env.company._cdg47_tariff())
        in_force = InForce(self.env, carried.partner_id)
        unpriced = self.env["product.product"]
        for right in carried.sorted(lambda r: (r.partner_id.name, r.key)):
            overage, price = self._priced(in_force, prices, right)
            if price is None:
                unpriced |= overage or right.product_ids[:1]
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
                self._worth(right, price),
            )
        sheet.total(self.env._("Total"), 9)
        if unpriced:
            sheet.row(
                self.env._(
                    "Price missing from the tariff, not in the total: %(services)s.",
                    services=", ".join(unpriced.mapped("name")),
                )
            )

    @api.model
    def _priced(self, in_force, prices, right):
        """Return what continues a right, and its price for one unit of the right.

        :rtype: tuple[product.product, float | None]
        """
        today = today_in_paris()
        service = right.product_ids[:1]
        overage = in_force.continuation(right.partner_id, service, today)
        price = prices.at(overage, today) if overage else None
        if price is None:
            return overage, None
        return overage, overage.uom_id._compute_price(price, right.uom_id)

    @api.model
    def _worth(self, right, price):
        """Return what is left at a price, None without one."""
        if price is None:
            return None
        # From the exact amount: the quantity shown is rounded.
        return round(price * right.left_amount / right.uom_id._cdg47_amount(1), 2)
