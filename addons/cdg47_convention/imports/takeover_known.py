# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo.fields import Domain


class TakeoverKnown:
    """What is already recorded, read once: the cost does not grow with the file.

    :param odoo.api.Environment env: the user who imports
    :param list[TakeoverFact] facts: lines whose collectivité is found
    """

    def __init__(self, env, facts):
        self.env = env
        codes = list({fact.code for fact in facts})
        self._load_catalogue(codes)
        self._load_software()
        self._load_flow_units()
        of_partners = [("partner_id", "in", list({fact.partner.id for fact in facts}))]
        numbers = [fact.number for fact in facts if fact.number]
        self.conventions = self.env["cdg47.convention"].search(
            Domain(of_partners) | Domain("name", "in", numbers)
        )
        self.activations = {
            (activation.convention_id, activation.product_id): activation
            for activation in self.env["cdg47.service.activation"].search(of_partners)
        }
        self.allocations = {
            self._allocation_key(allocation): allocation
            for allocation in self.env["cdg47.allocation"].search(of_partners)
        }
        self.consumptions = {
            self._consumption_key(consumption)
            for consumption in self.env["cdg47.consumption"].search(of_partners)
        }

    def _load_catalogue(self, codes):
        templates = self.env["product.template"].search(
            [("cdg47_is_forfait", "=", True), ("default_code", "in", codes)]
        )
        products = self.env["product.product"].search(
            [("cdg47_is_service", "=", True), ("default_code", "in", codes)]
        )
        self.forfaits = {template.default_code: template for template in templates}
        self.services = {product.default_code: product for product in products}
        self.strata = {s.code: s for s in self.env["cdg47.stratum"].search([])}

    def _load_software(self):
        self.software = defaultdict(list)
        for software in self.env["cdg47.software"].search([]):
            self.software[software.name.lower()].append(software)

    def _load_flow_units(self):
        """Keep the unit in which each service is used up, by service."""
        self.flow_units = {}
        for rule in self.env["cdg47.quota.rule"].search([("measure", "=", "flow")]):
            for product in rule.product_ids:
                self.flow_units.setdefault(product, rule.uom_id)

    @staticmethod
    def _allocation_key(allocation):
        return (
            allocation.partner_id.id,
            allocation.product_id.id,
            allocation.date_start,
            allocation.identifier or "",
            allocation.holder_name or "",
        )

    @staticmethod
    def _consumption_key(consumption):
        return (
            consumption.partner_id.id,
            consumption.product_id.id,
            consumption.date,
            consumption.scope_id.id,
            consumption.quantity,
            consumption.uom_id.id,
        )
