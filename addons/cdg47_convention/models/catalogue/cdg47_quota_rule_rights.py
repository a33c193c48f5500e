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
        """Return the rules that name a service, at any date, as superuser.

        They are read with all the others, at once.
        """
        ids_by_product = self._ids_by_product()
        rules_sudo = self.sudo().browse(ids_by_product.get(product.id, ()))
        return rules_sudo.with_prefetch(ids_by_product[False])

    @api.model
    def _all_rules(self):
        """Return every line of Annexe 1, at any date, as superuser."""
        ids = self._ids_by_product()[False]
        return self.sudo().browse(ids)

    @api.model
    @tools.ormcache()
    def _ids_by_product(self):
        """Return the rules by service, and all of them under False."""
        rules_sudo = self.sudo().search([("active", "=", True)])
        ids = {False: tuple(rules_sudo.ids)}
        for rule in rules_sudo:
            for product_id in rule.product_ids.ids:
                ids[product_id] = (*ids.get(product_id, ()), rule.id)
        return ids

    @api.model
    def _flow_rules(self, product):
        """Return the rules under which a service is used up, at any date."""
        return self._naming(product).filtered(
            lambda rule: rule.measure == "flow" and rule.coverage == "limited"
        )

    def _right_key(self):
        """Name the right these rules give: the codes of the services that share it."""
        return "+".join(sorted(self.product_ids.mapped("default_code")))

    def _depends_on_holdings(self):
        """Tell whether one of these rules asks what is already held (R9)."""
        return any(
            rule.prerequisite_ids or rule.condition or rule.coverage == "study"
            for rule in self
        )

    def _is_in_force(self, day):
        """Tell whether this rule holds on a day."""
        return (not self.date_from or self.date_from <= day) and (
            not self.date_to or day <= self.date_to
        )

    def _explanation(self, limit=None):
        """Name the article and the line: what every verdict begins with (R10).

        :param str limit: what it gives, as printed in Annexe 1 by default
        """
        values = {"rule": self.name, "limit": limit or self.limit_text}
        if self.article:
            return self.env._(
                "%(article)s, « %(rule)s »: %(limit)s.", article=self.article, **values
            )
        return self.env._("« %(rule)s »: %(limit)s.", **values)

    @api.model
    def _duties_rendered(self, partners, day):
        """Return what the CDG has rendered of its duties in the year of a day.

        :rtype: dict[tuple[int, int], int]
        :return: partner id and rule id → times
        """
        return self.env["cdg47.duty"]._count_by_rule(partners, day)
