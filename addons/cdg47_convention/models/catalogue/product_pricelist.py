# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import MAXYEAR, MINYEAR, timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ...imports.tariffs import TariffCatalogue
from ...lib.dates import midnight, today_in_paris
from ...reading.tariff import (
    dated_items,
    dated_prices,
    first_day,
    price_at,
    price_words,
    prices_at,
    prices_at_start,
)


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

    def _cdg47_empty_message(self):
        """Return what to do first where no price was ever entered, or False."""
        if self.sudo().item_ids:
            return False
        return self.env._(
            "Enter Annexe 2 first: « %(tariff)s » holds no price yet (Conventions > "
            "Configuration > Prices of a year).",
            tariff=self.name,
        )

    def _cdg47_missing_price_message(self, product, date):
        return self._cdg47_empty_message() or self.env._(
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

    def _cdg47_undated(self, year):
        """Return what a year sells at a price that was not set for it.

        :rtype: product.product
        """
        products = self.env["product.product"]
        if not self or not year or not MINYEAR < year < MAXYEAR:
            return products
        products = TariffCatalogue(self.env).products
        applied = prices_at_start(self, products, year)
        dated = dated_prices(self, products, year)
        return products.filtered(lambda p: p.id in applied and p.id not in dated)

    def _cdg47_set_prices(self, year, prices):
        """Set prices from 1 January to 31 December of a year.

        :param dict prices: price by product
        """
        self.ensure_one()
        products = self.env["product.product"].union(*prices)
        known = {}
        for item in dated_items(self, products, year):
            known.setdefault(item.product_id, item)
        end = midnight(first_day(year + 1)) - timedelta(seconds=1)
        created = []
        for product, price in prices.items():
            if product in known:
                known[product].fixed_price = price
                continue
            created.append(
                {
                    "pricelist_id": self.id,
                    "applied_on": "0_product_variant",
                    "product_tmpl_id": product.product_tmpl_id.id,
                    "product_id": product.id,
                    "compute_price": "fixed",
                    "fixed_price": price,
                    "date_start": midnight(first_day(year)),
                    "date_end": end,
                }
            )
        self.env["product.pricelist.item"].create(created)

    def _cdg47_printed_name(self):
        """Return the tariff's name as documents print it."""
        self.ensure_one()
        if self.cdg47_is_demo:
            return self.env._(
                "%(tariff)s (demonstration prices, not contractual)", tariff=self.name
            )
        return self.name
