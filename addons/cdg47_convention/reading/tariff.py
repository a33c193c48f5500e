# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tariff says on a day. Reads, and writes nothing."""

from ..lib.dates import noon


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
