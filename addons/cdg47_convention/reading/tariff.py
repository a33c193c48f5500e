# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tariff says on a day. Reads, and writes nothing."""

from datetime import date

from ..lib.dates import midnight, noon


def price_at(tariff, product, day, uom=None):
    """Return the price of a product on a day, None when the tariff has none.

    :param product.pricelist tariff: the dated prices
    :param uom.uom uom: unit of the price, the product's own by default
    :rtype: float or None
    """
    price, rule_id = tariff._get_product_price_rule(
        product, 1.0, uom=uom or product.uom_id, date=noon(day)
    )
    return price if rule_id else None


def prices_at(tariff, products, day):
    """Return the prices of products on a day, read together.

    :return: product id → price, None where the tariff has none
    :rtype: dict[int, float | None]
    """
    found = tariff._compute_price_rule(products, 1.0, date=noon(day))
    return {
        product_id: price if rule_id else None
        for product_id, (price, rule_id) in found.items()
    }


def first_day(year):
    """Return the day on which the prices of a year are read."""
    return date(year, 1, 1)


def prices_at_start(tariff, products, year):
    """Return the prices that apply on 1 January, dated or not.

    :rtype: dict[int, float]
    """
    prices = prices_at(tariff, products, first_day(year))
    return {product_id: p for product_id, p in prices.items() if p is not None}


def dated_items(tariff, products, year):
    """Return the prices that were set for this very year, the last set first.

    A price without a date applies every year: nobody decided it for this one.

    :rtype: product.pricelist.item
    """
    return tariff.env["product.pricelist.item"].search(
        [
            ("pricelist_id", "=", tariff.id),
            ("product_id", "in", products.ids),
            ("compute_price", "=", "fixed"),
            ("date_start", ">=", midnight(first_day(year))),
            ("date_start", "<=", noon(first_day(year))),
        ],
        order="id desc",
    )


def dated_prices(tariff, products, year):
    """Return the prices set for this very year.

    :return: product id → price
    :rtype: dict[int, float]
    """
    prices = {}
    for item in dated_items(tariff, products, year):
        prices.setdefault(item.product_id.id, item.fixed_price)
    return prices
