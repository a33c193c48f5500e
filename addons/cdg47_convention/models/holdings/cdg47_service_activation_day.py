# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError


class Cdg47ServiceActivation(models.Model):
    """The once-only day of an access, which only the *accompagnement* draws on.

    Setting up a nomenclature or ticking a step uses nothing (Annexe 3 II 2).
    """

    _inherit = "cdg47.service.activation"

    accompaniment_id = fields.Many2one(
        "product.product",
        compute="_compute_accompaniment_id",
        help="Service whose once-only day accompanies the commissioning.",
    )
    used_days = fields.Float(
        string="Accompaniment used (days)",
        compute="_compute_used_days",
        digits="Product Unit",
        groups="base.group_user",
    )

    def _compute_accompaniment_id(self):
        services = self.product_id._cdg47_accompaniments()
        for activation in self:
            activation.accompaniment_id = services.get(activation.product_id)

    def _compute_used_days(self):
        day = self.env.ref("cdg47_convention.uom_day")
        amounts = dict(
            self.env["cdg47.consumption"]._read_group(
                [("origin", "in", [activation._origin_key() for activation in self])],
                ["origin"],
                ["amount:sum"],
            )
        )
        for activation in self:
            amount = amounts.get(activation._origin_key(), 0)
            activation.used_days = day._cdg47_quantity(amount)

    def _origin_key(self):
        """Return how the facts that come from this access name it."""
        return f"{self._name},{self.id}"

    def action_accompany(self):
        """Open the assistant that uses the once-only day."""
        self.ensure_one()
        if not self.accompaniment_id:
            raise UserError(
                self.env._(
                    "%(service)s has no accompaniment to use up.",
                    service=self.product_id.name,
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_accompaniment_use_action"
        )
        action["context"] = {
            "default_convention_id": self.convention_id.id,
            "default_activation_id": self.id,
            "default_product_id": self.accompaniment_id.id,
        }
        return action

    def action_view_uses(self):
        """Open what was used of the once-only day."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_consumption_action"
        )
        action["domain"] = [("origin", "=", self._origin_key())]
        action["context"] = {"create": False}
        return action
