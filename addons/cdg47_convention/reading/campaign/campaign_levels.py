# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Quotas of a coming year beside what is held on its first day (R8)."""

from collections import defaultdict

from odoo.fields import Domain

from ..annexe1 import counted, units_held
from ..held_levels import HeldLevels


class CampaignLevels:
    """Quotas by stratum, units held, accepted supplements of some conventions.

    :param CampaignPlanner planner: gives the year
    :param cdg47.convention conventions: those to plan
    :param dict plans: their plans, whose strata are decided
    """

    def __init__(self, planner, conventions, plans):
        self.planner = planner
        self.start = planner.start
        rules = planner.env["cdg47.quota.rule"]
        levels = [("measure", "=", "level"), ("coverage", "=", "limited")]
        self.rules = rules.search(rules._domain_at(self.start) & Domain(levels))
        self.old_rules = {
            self._key(rule): rule
            for rule in rules.search(rules._domain_at(planner.eve) & Domain(levels))
        }
        # Volumes and licences are counted for all, whoever runs the campaign.
        self.levels = HeldLevels(planner.env, conventions.partner_id)

    @staticmethod
    def _key(rule):
        return rule.forfait_id.id, frozenset(rule.product_ids.ids)

    def quotas(self, convention, plan):
        """Return (rule id, label, before, after, held) by quota that has a stratum.

        :rtype: list[tuple]
        """
        forfaits = self.planner.forfaits_of(convention)
        held = self.levels.held_at(convention.partner_id, self.start)
        granted_to = self.levels.granted_to
        found = []
        for rule in self.rules:
            if rule.forfait_id not in forfaits or not rule.by_stratum:
                continue
            old_rule = self.old_rules.get(self._key(rule), rule)
            before = plan.old_stratum and granted_to(plan.old_stratum, old_rule)
            found.append(
                (
                    rule.id,
                    rule.product_ids[:1].default_code,
                    before or 0,
                    granted_to(plan.stratum, rule),
                    units_held(held, rule.product_ids),
                )
            )
        return found

    def supplements(self, convention, plan):
        """Return the accepted units still beyond the quota of the year.

        What was accepted and is held on goes on; a certificate is paid once (R8).

        :return: what was accepted, and how many units of it go on
        :rtype: list[tuple[sale.order.line, int]]
        """
        accepted = defaultdict(int)
        used = defaultdict(int)
        held = self.levels.held_at(convention.partner_id, self.start)
        for allocation in sorted(counted(held), key=lambda a: a._rank()):
            rule = self._rule_of(convention, allocation.product_id)
            key = rule.id or -allocation.product_id.id
            quota = self.levels.granted_to(plan.stratum, rule) if rule else 0
            within = max(0, min(allocation.quantity, quota - used[key]))
            used[key] += allocation.quantity
            line = allocation.sale_line_id
            if (
                line.cdg47_kind == "supplement"
                and line.state == "sale"
                and allocation.product_id.cdg47_allocation_kind != "certificate"
                and allocation.quantity > within
            ):
                over = allocation.quantity - within
                for part, units in self._shares(allocation, over, accepted):
                    accepted[part] += units
        return [
            (line, min(quantity, line.product_uom_qty))
            for line, quantity in accepted.items()
        ]

    def _shares(self, allocation, over, taken):
        """Share what goes on among the order lines that accepted it: its own first.

        A volume that grew, or several that became one, was accepted in several times.

        :param dict taken: what of each line other allocations have taken already
        :rtype: list[tuple[sale.order.line, int]]
        """
        own = allocation.sale_line_id
        shares = [(own, over)]
        missing = allocation.accepted_quantity - own.product_uom_qty
        if allocation.product_id.cdg47_allocation_kind != "storage" or missing <= 0:
            return shares
        left = min(over - own.product_uom_qty, missing)
        for line in self._bought_before(allocation) - own:
            units = min(left, line.product_uom_qty - taken[line])
            if units > 0:
                shares.append((line, units))
                left -= units
        return shares

    def _bought_before(self, allocation):
        """Return the accepted lines of a volume, those of the predecessors included."""
        family = allocation.partner_id | allocation.partner_id._cdg47_predecessors()
        return self.levels.env["sale.order.line"].search(
            Domain("order_id.partner_id", "in", family.ids)
            & Domain("product_id", "=", allocation.sale_line_id.product_id.id)
            & Domain("cdg47_kind", "=", "supplement")
            & Domain("cdg47_continues_id", "=", False)
            & Domain("state", "=", "sale"),
            order="id",
        )

    def _rule_of(self, convention, product):
        forfaits = self.planner.forfaits_of(convention)
        return self.rules.filtered(
            lambda rule: product in rule.product_ids and rule.forfait_id in forfaits
        )[:1]
