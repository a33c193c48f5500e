# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The yearly statement of a collectivité: what its forfait covered, and its worth.

For the deliberative assembly. Time is valued at the price of Annexe 2 on the day of
each use; what is held, at its price on the last day of the year (or today). Reads only.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from odoo.tools import groupby

from ..lib.dates import today_in_paris
from .annexe1 import counted
from .quota_sheet import QuotaSheet


@dataclass
class ValuedRow:
    """One service: what was covered of it, and the price it would have cost.

    :param float quantity: covered, in the unit of the price
    :param float beyond: not covered, in the same unit
    :param price: of one unit, None where the tariff has none
    """

    name: str
    uom: object
    price: object
    currency: object
    quantity: float = 0.0
    beyond: float = 0.0

    @property
    def value(self):
        """What was covered, at the price of the tariff; None without a price."""
        return self._priced(self.quantity)

    @property
    def beyond_value(self):
        """What was not covered, at the same price; None without a price."""
        return self._priced(self.beyond)

    def _priced(self, quantity):
        return (
            None if self.price is None else self.currency.round(quantity * self.price)
        )


@dataclass
class BilledRow:
    """One line of a posted invoice; negative on a credit note."""

    number: str
    date: date
    label: str
    amount: float
    is_fee: bool = False


@dataclass
class Statement:
    """All that the statement of one collectivité and one year says."""

    partner: object
    year: int
    day: date
    conventions: object
    currency: object
    tariff_name: str
    used: list = field(default_factory=list)
    held: list = field(default_factory=list)
    billed: list = field(default_factory=list)
    lines: list = field(default_factory=list)

    @property
    def is_provisional(self):
        """The year is not over: what is stated is as of ``day``."""
        return self.day < date(self.year, 12, 31)

    @property
    def valued(self):
        return [*self.used, *self.held]

    @property
    def covered_value(self):
        return sum(row.value or 0.0 for row in self.valued)

    @property
    def billed_total(self):
        return sum(row.amount for row in self.billed)

    @property
    def billed_fees(self):
        """The yearly fees billed in the year, less what was credited."""
        return sum(row.amount for row in self.billed if row.is_fee)

    @property
    def billed_beyond(self):
        """What was billed in the year beyond the fees, less what was credited."""
        return sum(row.amount for row in self.billed if not row.is_fee)

    @property
    def beyond(self):
        """Rows of which something was not covered.

        :rtype: list[ValuedRow]
        """
        return [row for row in self.valued if row.beyond]

    @property
    def beyond_value(self):
        return sum(row.beyond_value or 0.0 for row in self.beyond)

    @property
    def remaining(self):
        """Counted lines of which something is left.

        :rtype: list[SheetLine]
        """
        return [line for line in self.counted if line.left]

    @property
    def excluded(self):
        """Lines of Annexe 1 that the software editor does not allow (R9).

        :rtype: list[SheetLine]
        """
        return [line for line in self.lines if line.state == "barred"]

    @property
    def without_price(self):
        """Rows that the total leaves out, as the tariff has no price for them."""
        return [row for row in self.valued if row.value is None and row.quantity]

    @property
    def counted(self):
        return [
            line
            for line in self.lines
            if line.granted is not None and line.shape != "duty"
        ]

    @property
    def counted_by_forfait(self):
        """The counted lines by forfait, a table each.

        :rtype: dict[product.template, list[SheetLine]]
        """
        return dict(groupby(self.counted, key=lambda line: line.rule.forfait_id))

    @property
    def duties(self):
        return [line for line in self.lines if line.shape == "duty"]

    @property
    def unlimited(self):
        return [line for line in self.lines if line.granted is None]


class YearlyStatements:
    """The statements of some collectivités for one civil year, in constant queries.

    :param odoo.api.Environment env: gives the language
    :param res.partner partners: the collectivités
    :param int year: a civil year
    """

    def __init__(self, env, partners, year):
        self.year = year
        self.first, self.last = date(year, 1, 1), date(year, 12, 31)
        self.day = min(self.last, max(self.first, today_in_paris()))
        self.sheet = QuotaSheet(env, partners, self.day)
        self.env = self.sheet.env
        self.prices = self.sheet.prices
        self.currency = self.prices.currency
        self.facts = self._facts()
        self.invoice_lines = self._invoice_lines()

    def of(self, partner):
        """Return the statement of one collectivité.

        :rtype: Statement
        """
        partner = self.sheet.partners.browse(partner.id)
        conventions = self.sheet.conventions_of(partner).filtered(
            lambda c: c.date_start <= self.last and c.date_end >= self.first
        )
        lines = self.sheet.lines_of(partner)
        return Statement(
            partner,
            self.year,
            self.day,
            conventions,
            self.currency,
            self.prices.tariff._cdg47_printed_name(),
            used=self._used(partner),
            held=self._held(lines),
            billed=self._billed(partner),
            lines=lines,
        )

    # === Time ===
    def _facts(self):
        facts = self.env["cdg47.consumption"].search(
            [
                ("partner_id", "in", self.sheet.partners.ids),
                ("date", ">=", self.first),
                ("date", "<=", self.day),
            ],
            order="date, id",
        )
        return facts.grouped("partner_id")

    def _used(self, partner):
        """Return what was used up, by service, software and price."""
        rows = {}
        for fact in self.facts.get(partner, ()):
            if not (fact.covered_amount or fact.billable_amount):
                continue
            overage = self.sheet.continuation(partner, fact.product_id, fact.date)
            price = self.prices.at(overage, fact.date) if overage else None
            uom = overage.uom_id or fact.uom_id
            key = fact.product_id, fact.scope_id, price
            if key not in rows:
                scope = f" ({fact.scope_id.name})" if fact.scope_id else ""
                name = f"{fact.product_id.name}{scope}"
                rows[key] = ValuedRow(name, uom, price, self.currency)
            rows[key].quantity += uom._cdg47_quantity(fact.covered_amount)
            rows[key].beyond += uom._cdg47_quantity(fact.billable_amount)
        return list(rows.values())

    # === What is held ===
    def _held(self, lines):
        """Return what is held within the quotas on the last day, at its price."""
        rows = []
        for line in lines:
            overage = line.place.overage if line.shape in ("level", "volume") else None
            if not overage or not line.used or line.rule.coverage != "limited":
                continue
            covered = min(line.used, line.granted)
            if not overage.cdg47_is_yearly:
                covered = min(covered, self._begun(line))
            price = line.place.price
            uom = line.rule.uom_id
            rows.append(
                ValuedRow(line.name, uom, price, self.currency, covered, line.over)
            )
        return rows

    def _begun(self, line):
        """Return the units of a line first held in the year: they are paid once."""
        held = self.sheet.held_at(line.partner, self.day)
        return sum(
            allocation.quantity
            for allocation in counted(held, line.rule.product_ids)
            if allocation.date_start >= self.first
        )

    # === What was billed ===
    def _invoice_lines(self):
        """Return the posted lines by beneficiary, who may not be the debtor."""
        partners = self.sheet.partners.ids
        found = self.env["account.move.line"].search(
            [
                ("parent_state", "=", "posted"),
                ("display_type", "=", "product"),
                ("move_id.move_type", "in", ("out_invoice", "out_refund")),
                ("move_id.invoice_date", ">=", self.first),
                ("move_id.invoice_date", "<=", self.last),
                "|",
                ("sale_line_ids.order_id.partner_id", "in", partners),
                ("move_id.cdg47_convention_id.partner_id", "in", partners),
            ],
            order="date, move_name, sequence, id",
        )
        by_partner = defaultdict(list)
        for line in found:
            by_partner[self._beneficiary(line)].append(line)
        return by_partner

    @staticmethod
    def _beneficiary(line):
        ordered_by = line.sale_line_ids.order_id.partner_id[:1]
        return ordered_by or line.move_id.cdg47_convention_id.partner_id

    def _billed(self, partner):
        return [
            BilledRow(
                line.move_id.name,
                line.move_id.invoice_date,
                (line.name or line.product_id.name or "").splitlines()[0],
                -line.balance,
                line.product_id.cdg47_is_forfait,
            )
            for line in self.invoice_lines.get(partner, ())
        ]


def statement_years(conventions):
    """Return the years a statement may be asked for, the latest first.

    :param cdg47.convention conventions: the signed conventions of a collectivité
    :rtype: list[int]
    """
    this_year = today_in_paris().year
    starts = [c.date_start.year for c in conventions]
    ends = [min(c.date_end.year, this_year) for c in conventions]
    if not starts:
        return []
    return list(range(max(ends), min(starts) - 1, -1))
