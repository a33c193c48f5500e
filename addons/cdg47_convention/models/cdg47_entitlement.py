# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain


class Cdg47Entitlement(models.Model):
    """A right: services × scope × window, for one collectivité (R3).

    Everything it counts is derived by the replay of its ledger.
    """

    _name = "cdg47.entitlement"
    _description = "Right"
    _order = "partner_id, key, date_start desc, id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        index=True,
        ondelete="restrict",
    )
    key = fields.Char(
        required=True, index=True, help="Codes of the services that share the right."
    )
    product_ids = fields.Many2many("product.product", string="Services", required=True)
    scope_id = fields.Many2one(
        "cdg47.software", index="btree_not_null", ondelete="restrict"
    )
    period = fields.Selection(
        [("once", "Once"), ("year", "Year"), ("three_years", "Three years")],
        required=True,
    )
    date_start = fields.Date(required=True)
    date_end = fields.Date(help="Last day included; empty: for life.")
    uom_id = fields.Many2one("uom.uom", required=True, ondelete="restrict")
    grant_ids = fields.One2many("cdg47.grant", "entitlement_id", string="Grants")
    consumption_ids = fields.One2many("cdg47.consumption", "entitlement_id")
    granted_amount = fields.Integer(readonly=True, aggregator=None)
    consumed_amount = fields.Integer(readonly=True, aggregator=None)
    over_amount = fields.Integer(readonly=True, aggregator=None)
    granted = fields.Float(compute="_compute_quantities", digits="Product Unit")
    consumed = fields.Float(
        compute="_compute_quantities",
        digits="Product Unit",
        help="Used, covered or not.",
    )
    left = fields.Float(compute="_compute_quantities", digits="Product Unit")
    over = fields.Float(compute="_compute_quantities", digits="Product Unit")

    # A life-long right opens once whatever its first day, a window once per day.
    _window_unique = models.UniqueIndex(
        "(partner_id, key, COALESCE(scope_id, 0), "
        "(CASE WHEN period = 'once' THEN DATE '1900-01-01' ELSE date_start END))",
        "This right already has this window.",
    )

    @api.depends("key", "date_start", "partner_id.name")
    def _compute_display_name(self):
        for right in self:
            name = right.product_ids[:1].name or right.key
            right.display_name = f"{name} - {right.partner_id.name}"

    @api.depends("granted_amount", "consumed_amount", "over_amount", "uom_id")
    def _compute_quantities(self):
        for right in self:
            unit = right.uom_id
            covered = right.consumed_amount - right.over_amount
            right.granted = unit._cdg47_quantity(right.granted_amount)
            right.consumed = unit._cdg47_quantity(right.consumed_amount)
            right.over = unit._cdg47_quantity(right.over_amount)
            right.left = unit._cdg47_quantity(right.granted_amount - covered)

    def _grant_goodwill(self, quantity, reason):
        """Add a goodwill gesture to this right; a manager gives it, with a reason.

        :param float quantity: in ``uom_id``
        :param str reason: printed in the verdicts
        """
        self.ensure_one()
        if not reason:
            raise UserError(self.env._("Say why the gesture is made."))
        self.env["cdg47.ledger"]._guard(self.partner_id)
        self.grant_ids = [
            Command.create(
                {
                    "kind": "goodwill",
                    "amount": self.uom_id._cdg47_amount(quantity),
                    "date_start": self.date_start,
                    "date_end": self.date_end,
                    "reason": reason,
                }
            )
        ]
        self.env["cdg47.ledger"]._replay(self.partner_id, self.key, self.scope_id)

    @api.model
    def _domain_of_right(self, partners, key, scope):
        return Domain(
            [
                ("partner_id", "in", partners.ids),
                ("key", "=", key),
                ("scope_id", "=", scope.id if scope else False),
            ]
        )
