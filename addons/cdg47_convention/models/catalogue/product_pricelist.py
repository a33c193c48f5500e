# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError

from ...lib.dates import today_in_paris
from ...reading.tariff import price_at, price_words, prices_at


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    cdg47_is_demo = fields.Boolean(
        string="Demonstration prices",
        help="Prints « non contractuel » on every document that uses these prices.",
    )

    def _cdg47_price(self, product, date, uom=None):
        """Return the price of a service or forfait on a date.

        :param product.product product: service, or variant of a forfait
        :param datetime.date date: a day in Paris
        :param uom.uom uom: unit of the price, the product's own by default
        :return: price in the pricelist's currency, per unit
        :rtype: float
        :raise UserError: « prix absent du tarif », never 0 or 1 € by default
        """
        self.ensure_one()
        price = price_at(self, product, date, uom)
        if price is None:
            raise UserError(self._cdg47_missing_price_message(product, date))
        return price

    def _cdg47_missing_price_message(self, product, date):
        return self.env._(
            "Price missing from the tariff: %(product)s has no price in « %(tariff)s » "
            "on %(date)s. Add a dated price before going on.",
            product=product.display_name,
            tariff=self.name,
            date=self.env["ir.qweb.field.date"].value_to_html(date, {}),
        )

    def _cdg47_printed_prices(self, products):
        """Say the price of these services today: « 180,00 € par certificat ».

        :rtype: dict[int, str]
        """
        self.ensure_one()
        prices = prices_at(self, products, today_in_paris())
        printed = {}
        for product in products:
            price = prices[product.id]
            if price is None:
                printed[product.id] = self.env._("on quotation, after a study")
                continue
            printed[product.id] = price_words(
                self.env, product, price, self.currency_id
            )
        return printed

    def _cdg47_printed_name(self):
        """Return the tariff's name as documents print it."""
        self.ensure_one()
        if self.cdg47_is_demo:
            return self.env._(
                "%(tariff)s (demonstration prices, not contractual)", tariff=self.name
            )
        return self.name
