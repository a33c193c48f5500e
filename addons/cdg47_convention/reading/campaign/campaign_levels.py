# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Quotas of a coming year beside what is held on its first day (R8)."""

from collections import defaultdict

from odoo.fields import Domain


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
        self._quantities = {}
        self.held = defaultdict(list)
        # Volumes and licences are counted for all, whoever runs the campaign.
        for allocation in (
            planner.env["cdg47.allocation"]
            .sudo()
            .search([("partner_id", "in", conventions.partner_id.ids)])
        ):
            if allocation._is_held_on(self.start):
                self.held[allocation.partner_id.id].append(allocation)

    @staticmethod
    def _key(rule):
        return rule.forfait_id.id, frozenset(rule.product_ids.ids)

    def quotas(self, convention, plan):
        """Return (rule id, label, before, after, held) by quota that has a stratum.

        :rtype: list[tuple]
        """
        forfaits = self.planner.forfaits_of(convention)
        found = []
        for rule in self.rules:
            if rule.forfait_id not in forfaits or not rule.by_stratum:
                continue
            old_rule = self.old_rules.get(self._key(rule), rule)
            before = plan.old_stratum and self._quantity(old_rule, plan.old_stratum)
            found.append(
                (
                    rule.id,
                    rule.product_ids[:1].default_code,
                    before or 0,
                    self._quantity(rule, plan.stratum),
                    self._count(convention.partner_id, rule.product_ids),
                )
            )
        return found

    def _quantity(self, rule, stratum):
        """Return the quota of a stratum, each read once."""
        key = rule, stratum
        if key not in self._quantities:
            self._quantities[key] = rule._quantity_for(stratum)
        return self._quantities[key]

    def _count(self, partner, products):
        return sum(
            allocation.quantity
            for allocation in self.held[partner.id]
            if allocation.product_id in products and not allocation._is_outside_quota()
        )

    def supplements(self, convention, plan):
        """Return the accepted units still beyond the quota of the year.

        What was accepted and is held on goes on; a certificate is paid once (R8).

        :return: what was accepted, and how many units of it go on
        :rtype: list[tuple[sale.order.line, int]]
        """
        accepted = defaultdict(int)
        used = defaultdict(int)
        held = sorted(self.held[convention.partner_id.id], key=lambda a: a._rank())
        for allocation in held:
            if allocation._is_outside_quota():
                continue
            rule = self._rule_of(convention, allocation.product_id)
            key = rule.id or -allocation.product_id.id
            quota = int(self._quantity(rule, plan.stratum)) if rule else 0
            within = max(0, min(allocation.quantity, quota - used[key]))
            used[key] += allocation.quantity
            line = allocation.sale_line_id
            if (
                line.cdg47_kind == "supplement"
                and line.state == "sale"
                and allocation.product_id.cdg47_allocation_kind != "certificate"
                and allocation.quantity > within
            ):
                accepted[line] += allocation.quantity - within
        return [
            (line, min(quantity, line.product_uom_qty))
            for line, quantity in accepted.items()
        ]

    def _rule_of(self, convention, product):
        forfaits = self.planner.forfaits_of(convention)
        return self.rules.filtered(
            lambda rule: product in rule.product_ids and rule.forfait_id in forfaits
        )[:1]
