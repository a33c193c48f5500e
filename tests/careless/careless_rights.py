# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Forfaits once, uses once, « à régulariser » whole, and a ledger that replays."""

import csv
from collections import defaultdict
from itertools import combinations

from careless_books import PRECISION
from careless_play import Careless

from odoo.tools import file_open

# A convention that somebody signed, ended or not.
SIGNED = ("active", "terminated", "expired")
CENT = 0.01 + PRECISION
LISTED = ("partner_id", "kind", "over_amount", "state", "sale_line_id")
FEES_FILE = "cdg47_convention/data/annexes/annexe2_tarif_strates_demo.csv"


def read_fees():
    """Return the yearly price of each forfait, by its code and that of a stratum."""
    with file_open(FEES_FILE) as stream:
        return {
            (row["code"], row["strate"]): float(row["prix_eur_an"])
            for row in csv.DictReader(stream)
        }


class RightsInvariants(Careless):
    FEES = read_fees()

    def begin(self):
        super().begin()
        self.most_granted, self.quoted_uses = defaultdict(int), {}
        strata = self.env["cdg47.stratum"].with_context(active_test=False).search([])
        self.stratum_codes = {stratum.id: stratum.code for stratum in strata}
        forfaits = self.case.metiers | self.case.techno | self.case.parapheur
        self.forfait_codes = {
            forfait.id: variant.default_code.rpartition("-")[0]
            for forfait in forfaits
            for variant in forfait.product_variant_ids[:1]
        }

    def check(self):
        super().check()
        self.listed = self.overages()
        self.check_one_at_a_date()
        self.check_forfaits()
        self.check_uses()
        self.check_quoted_uses()
        self.check_beyond()

    def end(self):
        super().end()
        differences = self.env["cdg47.ledger"]._differences(self.partners)
        assert not differences, f"the ledger replays otherwise: {differences}"

    # === One convention at a date: each would owe its forfaits ===
    def check_one_at_a_date(self):
        signed = [c for c in self.books.conventions.values() if c.state in SIGNED]
        for one, other in combinations(signed, 2):
            assert one.partner_id != other.partner_id or (
                one.date_end < other.date_start or other.date_end < one.date_start
            ), f"{one.name} and {other.name}: two conventions at one date"

    # === Each forfait once by collectivité and year, by twelfths ===
    def check_forfaits(self):
        billed, first = defaultdict(float), {}
        for line in self.books.lines.values():
            if not line.is_forfait or line.order.state != "sale":
                continue
            assert line.kind == "fee", f"{line.name!r}: a forfait outside a convention"
            owner, start = line.order.owner_id, line.date_start
            key = owner, line.template_id, start.year
            sums = self.books.sums(line)
            billed[key] += sums["posted"][1] - sums["credited"][1]
            first[key] = min(first.get(key, 12), start.month)
        for key, euros in billed.items():
            most = self._yearly_fee(*key) * (13 - first[key]) / 12
            assert euros <= most + CENT, f"{key}: {euros} € of forfait for {most} €"

    def _yearly_fee(self, owner, template_id, year):
        strata = {
            self.stratum_codes[term.stratum_id]
            for term in self.books.terms.values()
            if term.partner_id == owner and term.date_start.year == year
        }
        code = self.forfait_codes[template_id]
        return max(self.FEES[code, stratum] for stratum in strata)

    # === Each use once in a right or once due ===
    def living_facts(self):
        return [
            fact
            for fact in self.books.facts.values()
            if not (fact.reversal_of_id or fact.is_reversed)
        ]

    def check_uses(self):
        covered = defaultdict(int)
        for fact in self.living_facts():
            assert fact.covered + fact.billable == fact.amount, f"use {fact.id}"
            assert fact.covered >= 0 and fact.billable >= 0, f"use {fact.id}"
            covered[fact.entitlement_id] += fact.covered
        for right, grants in self.books.grants.items():
            most = max(self.most_granted[right], grants.amount)
            self.most_granted[right] = most
            assert covered[right] <= most, f"right {right}: covers beyond its grants"

    def check_quoted_uses(self):
        """What one order quotes or sells is on no other while that one stands."""
        quoted = {}
        for fact in self.books.facts.values():
            line = self.books.lines.get(fact.sale_line_id)
            known = self.books.lines.get(self.quoted_uses.get(fact.id))
            if not line or line.order.state == "cancel" or line.refused:
                continue
            stands = known and known.order.state != "cancel" and not known.refused
            assert not stands or known.id == line.id or fact.is_reversed, (
                f"use {fact.id}: on {known.order.name}, then on {line.order.name}"
            )
            quoted[fact.id] = line.id
        self.quoted_uses = quoted

    # === « À régulariser » + accepted = all that is beyond (R7) ===
    def overages(self):
        rows = self.env["cdg47.overage"]
        rows.invalidate_model()  # as the next click does
        return rows.search_fetch([("partner_id", "in", self.partners.ids)], LISTED)

    def check_beyond(self):
        listed = defaultdict(int)
        for row in self.listed.filtered(lambda row: row.kind != "level"):
            listed[row.partner_id.id] += row.over_amount
        beyond, accepted = self._beyond(), self._accepted_beyond()
        for partner in self.partners:
            name, key = partner.name, partner.id
            assert beyond[key] == listed[key] + accepted[key], (
                f"{name}: {beyond[key]} beyond, {listed[key]} listed, "
                f"{accepted[key]} accepted"
            )

    def _beyond(self):
        first = {}
        for term in self.books.terms.values():
            first[term.partner_id] = min(
                first.get(term.partner_id, term.date_start), term.date_start
            )
        beyond = defaultdict(int)
        for fact in self.living_facts():
            if fact.partner_id in first and fact.date >= first[fact.partner_id]:
                beyond[fact.partner_id] += fact.billable
        return beyond

    def _accepted_beyond(self):
        """Return by collectivité what was used beyond and is on accepted lines."""
        used, accepted = defaultdict(int), defaultdict(float)
        for fact in self.living_facts():
            line = self.books.lines.get(fact.sale_line_id)
            if line and line.order.state == "sale" and not line.refused:
                used[line.id, fact.partner_id] += fact.billable
        for line in self.books.lines.values():
            if line.kind == "overage" and line.order.state == "sale":
                root = line.continues_id or line.id
                factor = float(line.factor) * 60 if line.is_time else 1
                accepted[root] += round(float(line.quantity) * factor)
        found = defaultdict(int)
        for (line_id, partner_id), amount in used.items():
            found[partner_id] += min(amount, round(accepted[line_id]))
        return found
