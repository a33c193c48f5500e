# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""« À régulariser » + invoiced − credited = all that is beyond, to the cent."""

from collections import defaultdict
from types import SimpleNamespace

from careless_books import PRECISION, ratio
from careless_invariants import HALF_CENT, MoneyInvariants
from careless_rights import RightsInvariants

from odoo.tools import SQL

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

# The prices of services: nobody changes the tariff here. A day is 7 h (parameters).
_PRICES = """
    SELECT p.id AS product_id, item.fixed_price AS price, unit.factor,
           unit.parent_path ~ %(hour)s AS is_time,
           (item.date_start AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris')::date
           AS date_start,
           (item.date_end AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris')::date
           AS date_end
      FROM product_pricelist_item item
      JOIN product_product p
        ON p.id = item.product_id
        OR (item.product_id IS NULL AND p.product_tmpl_id = item.product_tmpl_id)
      JOIN product_template t ON t.id = p.product_tmpl_id
      JOIN uom_uom unit ON unit.id = t.uom_id
     WHERE item.pricelist_id = %(tariff)s AND item.compute_price = 'fixed'
  ORDER BY item.date_start NULLS FIRST
"""
# A quotation that nobody edited keeps its quantity to this.
UNTOUCHED = 0.005


class EurosInvariants(MoneyInvariants, RightsInvariants):
    """What is listed, what is left to invoice and what is invoiced are one sum."""

    def begin(self):
        super().begin()
        self.prices = self._read_prices()
        self.listed_before = None

    def check(self):
        super().check()
        self.check_listed()
        self.check_left()

    def _read_prices(self):
        hour = self.env.ref("uom.product_uom_hour").id
        tariff = self.env.company._cdg47_tariff().id
        query = SQL(_PRICES, hour=rf"(^|/){hour}/", tariff=tariff)
        self.env.cr.execute(query)
        prices = defaultdict(list)
        for row in self.env.cr.dictfetchall():
            prices[row["product_id"]].append(SimpleNamespace(**row))
        return prices

    def price_of(self, product_id):
        """Return the price in force today of a service and its unit, or None."""
        today = today_in_paris()
        in_force = [
            row
            for row in self.prices[product_id]
            if (row.date_start or today) <= today <= (row.date_end or today)
        ]
        return in_force[-1] if in_force else None

    # === Listed at the tariff, one sum for what one line will bill ===
    def check_listed(self):
        rows = self.listed
        what = today_in_paris(), [(row.id, row.over_amount, row.state) for row in rows]
        if what == self.listed_before:
            return
        self.listed_before = what
        amounts, euros = defaultdict(int), defaultdict(float)
        for row in rows:
            name = row.id if row.kind != "flow" else row.state
            key = row.partner_id.id, row.priced_product_id.id, row.sale_line_id.id, name
            amounts[key] += row.over_amount
            euros[key] += row.amount
        for key, amount in amounts.items():
            self._check_listed_sum(*key, amount, euros[key])

    def _check_listed_sum(self, partner_id, product_id, line_id, state, amount, euros):
        price = self.price_of(product_id)
        name = f"« à régulariser » of {partner_id}, service {product_id}"
        if not price:
            assert not euros, f"{name}: {euros} € without a price"
            return
        quantity = self.in_unit(price, amount)
        due = _cents(quantity * float(price.price))
        assert abs(euros - due) < PRECISION, f"{name}: {euros} € listed for {due} €"
        line = self.books.lines.get(line_id)
        if line and state == "quoted" and self._is_as_drawn(line, price, quantity):
            assert abs(float(line.subtotal) - euros) < PRECISION, (
                f"{name}: {euros} € listed, {line.subtotal} € quoted"
            )

    def _is_as_drawn(self, line, price, quantity):
        return (
            line.price_unit == price.price
            and not line.discount
            and abs(float(line.quantity) - quantity) < UNTOUCHED
        )

    # === What is left to invoice is what is due, less what was invoiced ===
    def check_left(self):
        for line in self._limited():
            if line.order.state != "sale" or self.is_drafted_otherwise(line):
                continue
            living = self.living(line)
            due = 0 if self.is_owed_already(line) else self.due(line)
            left = max(due - living.invoiced + living.rebilled, 0)
            left -= max(living.invoiced - living.credited - due, 0)
            found = float(line.to_invoice)
            name = f"{line.name!r} ({line.order.name})"
            assert abs(found - left) < PRECISION, (
                f"{name}: {found} left to invoice for {left}"
            )
            self._check_left_euros(line, name, living, found, due)

    def is_drafted_otherwise(self, line):
        """A draft may name another product, by its unit: it is not posted."""
        return any(row.product_id != line.product_id for row in line.billed)

    def is_owed_already(self, line):
        return line.paid_product_id and not line.price_unit

    def living(self, line):
        """Return what an order line has on papers that are not cancelled."""
        found = SimpleNamespace(invoiced=0, credited=0, rebilled=0, euros=0, rows=[])
        for row in line.billed:
            if row.move.state == "cancel":
                continue
            quantity = float(row.quantity) * ratio(row, line)
            if row.move.move_type == "out_invoice":
                found.invoiced += quantity
                found.euros += float(row.amount)
            else:
                found.credited += quantity
                found.rebilled += quantity if row.move.rebill else 0
                found.euros -= float(row.amount) if row.move.rebill else 0
            found.rows.append(row)
        return found

    def _check_left_euros(self, line, name, living, left, due):
        """To the cent, where nobody invoiced at less than what was accepted."""
        price = float(line.price_unit) * (1 - float(line.discount or 0) / 100)
        as_accepted = all(
            abs(float(row.amount) - float(row.quantity) * price * ratio(row, line))
            < HALF_CENT
            for row in living.rows
        )
        if left < 0 or not as_accepted or living.invoiced - living.rebilled > due:
            return
        euros, whole = living.euros + left * price, due * price
        assert abs(euros - whole) <= HALF_CENT * (len(living.rows) + 1), (
            f"{name}: {euros} € invoiced and left for {whole} €"
        )


def _cents(euros):
    return round(euros + PRECISION / 1000, 2)
