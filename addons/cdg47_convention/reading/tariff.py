# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the tariff says on a day: prices, twelfths, fees. Reads, and writes nothing."""

from bisect import bisect_right
from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import formatLang

from ..lib.dates import midnight, months_to_year_end, noon, today_in_paris


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


def undated_note(tariff, products, day):
    """Say that a later year is priced by a tariff that is not its own, or nothing.

    :param product.product products: what is priced
    :param datetime.date day: the day whose tariff prices it
    :rtype: str
    """
    if not (tariff and products and day and day.year > today_in_paris().year):
        return ""
    dated = dated_prices(tariff, products, day.year)
    undated = products.filtered(lambda product: product.id not in dated)
    if not undated:
        return ""
    return tariff.env._(
        "The tariff of %(year)s is not recorded for: %(names)s. The prices shown are "
        "those of another year, or without a date.",
        year=day.year,
        names=", ".join(undated.mapped("display_name")),
    )


def undated_of_order(order):
    """Say which lines of a quotation are priced so, or nothing.

    :param sale.order order: not signed yet
    :rtype: str
    """
    if not order.convention_id or order.state not in ("draft", "sent"):
        return ""
    notes = []
    lines = order.order_line.filtered(lambda ln: not ln.display_type)
    for day, priced in lines.grouped(lambda ln: ln._cdg47_price_date()).items():
        notes.append(undated_note(order.pricelist_id, priced.product_id, day))
    return " ".join(filter(None, notes))


def price_words(env, product, price, currency):
    """Say the price of one unit: « 28,00 € par licence et par an ».

    :rtype: str
    """
    values = {
        "amount": formatLang(env, price, currency_obj=currency),
        "unit": product.uom_id.cdg47_noun or product.uom_id.name,
    }
    if product.cdg47_is_yearly:
        return env._("%(amount)s per %(unit)s per year", **values)
    return env._("%(amount)s per %(unit)s", **values)


class Prices:
    """Prices of a tariff by day, each asked once.

    Queries do not grow with the days asked.

    :param product.pricelist tariff: the dated prices
    """

    def __init__(self, tariff):
        self.tariff = tariff
        self.currency = tariff.currency_id
        self._by_day = {}
        self._by_period = {}
        self._asked = set()
        self._changes = {}

    def ask(self, products, day):
        """Read together the prices of products on a day."""
        for product_id, price in prices_at(self.tariff, products, day).items():
            self._by_day[product_id, day] = price

    def at(self, product, day):
        """Return the price of a product on a day, None when the tariff has none."""
        key = product.id, day
        if key not in self._by_day:
            self._by_day[key] = self._in_period(product, day)
        return self._by_day[key]

    def of(self, product, day):
        """Return the price of a product on a day.

        :raise UserError: « prix absent du tarif », never 0 or 1 € by default
        """
        price = self.at(product, day)
        if price is None:
            raise UserError(self.tariff._cdg47_missing_price_message(product, day))
        return price

    def _in_period(self, product, day):
        """Return the price of a day, which is that of all days up to a change."""
        # The dates on which a price changes are only read from the second day on.
        if product not in self._asked:
            self._asked.add(product)
            return price_at(self.tariff, product, day)
        key = product, bisect_right(self._change_dates(product), noon(day))
        if key not in self._by_period:
            self._by_period[key] = price_at(self.tariff, product, day)
        return self._by_period[key]

    def _change_dates(self, product):
        if product not in self._changes:
            items = self.tariff.env["product.pricelist.item"].search(
                Domain("pricelist_id", "=", self.tariff.id)
                & (
                    Domain("product_id", "in", (False, product.id))
                    & Domain(
                        "product_tmpl_id", "in", (False, product.product_tmpl_id.id)
                    )
                )
            )
            dates = items.mapped("date_start") + items.mapped("date_end")
            self._changes[product] = sorted(filter(None, dates))
        return self._changes[product]


# === Fees ===
def twelfths(company, start):
    """Return how many twelfths of the yearly fee a start on a day owes.

    The first year is owed by month, the month of start counted; the setting « whole
    year » owes twelve.

    :rtype: int
    """
    if company.cdg47_first_year_fee == "full":
        return 12
    return months_to_year_end(start)


def fee(currency, price, months=12, rest=0.0):
    """Return what twelfths of a yearly price owe, rounded once to the cent.

    :param float rest: what rounding the earlier parts of the same year has left
    :rtype: float
    """
    return currency.round(_exact(price, months) + rest)


def fee_rest(lines):
    """Return what rounding these fees has left, for the next part to take.

    The parts of one year then sum up to its exact fee, rounded once.

    :param sale.order.line lines: the earlier parts
    :return: euros, less than a cent
    :rtype: float
    """
    exact = sum(_exact(_yearly(line), line.cdg47_months) for line in lines)
    # Each part took the rest of those before: together they make this sum, rounded.
    return exact - lines.currency_id.round(exact) if lines else 0.0


def _yearly(line):
    """Return the yearly price of a fee; of a rise of stratum, the difference."""
    tariff, day = line.order_id.pricelist_id, line._cdg47_price_date()
    price = tariff._cdg47_price(line.product_id, day)
    if line.cdg47_paid_product_id:
        price -= tariff._cdg47_price(line.cdg47_paid_product_id, day)
    return price


def _exact(price, months):
    return price * months / 12
