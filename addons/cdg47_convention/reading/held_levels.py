# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Held levels (R8): quotas compared with allocations at a date, never consumed."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from .annexe1 import counted, lines_at
from .in_force import InForce
from .tariff import Prices

CDG_DOMAIN = "DOMAINE-CDG"
OWN_DOMAINS = ("DOMAINE", "DOMAINE-PROPRE")


@dataclass
class Place:
    """Where one allocation stands against the quota of its product on a day.

    :param cdg47.quota.rule rule: the line of Annexe 1 that decides, may be empty
    :param bool is_held: does a forfait held on that day contain the service?
    :param quota: units included, None without limit
    :param int before: units held before this allocation
    :param int covered: units of this allocation within the quota
    :param int over: units of this allocation beyond it
    :param product.product overage: the priced service that continues it
    """

    day: object
    rule: object
    is_held: bool
    quota: object
    before: int
    covered: int
    over: int
    overage: object
    price: object = None


class HeldLevels(InForce):
    """Quotas and levels of some collectivités, on any date, in a constant number of
    queries whatever the number of allocations.

    Reads as superuser: what it answers is a number, never a record of somebody else.

    :param odoo.api.Environment env: any environment
    :param res.partner partners: the collectivités
    """

    def __init__(self, env, partners):
        super().__init__(env, partners)
        self.allocations = defaultdict(list)
        for allocation in self.env["cdg47.allocation"].search(
            [("partner_id", "in", self.partners.ids)]
        ):
            self.allocations[allocation.partner_id.id].append(allocation)

    def overlay(self, records):
        """Take records being edited in place of what the database says of them."""
        for record in records:
            partner_id = record.partner_id._origin.id
            kept = [a for a in self.allocations[partner_id] if a != record._origin]
            self.allocations[partner_id] = [*kept, record]

    # === What applies ===
    @cached_property
    def _open_accesses(self):
        activations = self.env["cdg47.service.activation"].search(
            [("partner_id", "in", self.partners.ids), ("state", "!=", "closed")]
        )
        return {(a.partner_id.id, a.product_id.id) for a in activations}

    def meets(self, partner, condition, date):
        """Tell whether a collectivité is in the situation of a line (R9)."""
        if not condition:
            return True
        codes = {a.product_id.default_code for a in self.held_at(partner, date)}
        owns = bool(codes.intersection(OWN_DOMAINS))
        return {
            "cdg_domain": CDG_DOMAIN in codes,
            "own_domain": owns,
            "no_domain": not owns,
        }[condition]

    def rules_at(self, partner, product, date):
        """Return the lines of the forfaits held that apply to this collectivité."""
        product = product._origin.with_env(self.env)
        rules = lines_at(product, date, self.forfaits_at(partner, date))
        return rules.filtered(lambda rule: self.meets(partner, rule.condition, date))

    # === What is held ===
    def held_at(self, partner, date):
        """Return the allocations of a collectivité that are held on a date."""
        return [a for a in self.allocations[partner._origin.id] if a._is_held_on(date)]

    def has(self, partner, product, date):
        """Tell whether a service is held: allocated, opened, or simply included."""
        if (partner.id, product.id) in self._open_accesses:
            return True
        if any(a.product_id == product for a in self.held_at(partner, date)):
            return True
        return any(
            rule.measure == "access" and rule.coverage == "included" and rule.condition
            for rule in self.rules_at(partner, product, date)
        )

    def quota_at(self, partner, rules, date):
        """Return the units included by some lines, None without limit."""
        quota = 0
        for rule in rules:
            if rule.coverage == "included":
                return None
            if rule.coverage == "limited":
                quota += self.granted_by(partner, rule, date)
        return quota

    def place(self, allocation):
        """Say where an allocation stands on its day.

        :rtype: Place
        """
        day = allocation._verdict_day()
        partner = self.partners.browse(allocation.partner_id._origin.id)
        product = allocation.product_id._origin.with_env(self.env)
        rules = self.rules_at(partner, product, day)
        is_counted = not allocation._is_outside_quota() and (
            not rules or "level" in rules.mapped("measure")
        )
        quota = self.quota_at(partner, rules, day) if is_counted else None
        rule = (rules or lines_at(product, day))[:1]
        overage = self.continuation(partner, product, day, rule)
        if not rules and not overage:
            quota = None
        before = self._before(allocation, partner, rules, day)
        quantity = allocation.quantity
        covered = quantity if quota is None else min(quantity, max(0, quota - before))
        place = Place(
            day, rule, bool(rules), quota, before, covered, quantity - covered, overage
        )
        if place.over:
            place.price = self.price(overage, day)
        return place

    def _before(self, allocation, partner, rules, day):
        """Count the units held before an allocation: the latest is over (R8).

        Services of one line share its quota. What is only requested comes after what
        is held.
        """
        products = allocation.product_id._origin | rules.product_ids
        mine = allocation._rank()
        return sum(
            other.quantity
            for other in counted(self.allocations[partner.id], products)
            if (other.state == "requested" or other._is_held_on(day))
            and other._rank() < mine
        )

    # === Beyond ===
    def price(self, product, date):
        """Return the unit price of the tariff, None where the tariff has none."""
        return self.prices.at(product, date) if product else None

    @cached_property
    def prices(self):
        return Prices(self.tariff)

    @cached_property
    def tariff(self):
        return self.env.company._cdg47_tariff()
