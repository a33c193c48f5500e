# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models, tools


class Cdg47QuotaRule(models.Model):
    """What the ledger asks of Annexe 1, kept in memory: it changes once a year."""

    _inherit = "cdg47.quota.rule"

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    def _naming(self, product):
        """Return the rules that name a service, at any date, as superuser."""
        return self.sudo().browse(self._ids_naming(product.id))

    @api.model
    @tools.ormcache("product_id")
    def _ids_naming(self, product_id):
        return tuple(self.sudo().search([("product_ids", "in", [product_id])]).ids)

    @api.model
    def _flow_rules(self, product):
        """Return the rules under which a service is used up, at any date."""
        return self._naming(product).filtered(
            lambda rule: rule.measure == "flow" and rule.coverage == "limited"
        )

    @api.model
    def _continuation_of(self, product, day):
        """Return the priced service that continues another one, empty if none does.

        A service that is sold continues itself.
        """
        rules = self._naming(product).filtered(lambda rule: rule._is_in_force(day))
        overage = rules[:1]._overage_product_for(product) if rules else product
        return (overage.filtered("sale_ok") or product.filtered("sale_ok")).sudo(False)

    def _right_key(self):
        """Name the right these rules give: the codes of the services that share it."""
        return "+".join(sorted(self.product_ids.mapped("default_code")))

    def _is_in_force(self, day):
        """Tell whether this rule holds on a day."""
        return (not self.date_from or self.date_from <= day) and (
            not self.date_to or day <= self.date_to
        )
