# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...reading.in_force import LIFE
from ...reading.right_derivation import RULE, RightDerivation


class Cdg47Entitlement(models.Model):
    """A right: services × scope × window, for one collectivité (R3).

    All that it counts is derived by the replay of its ledger, and never entered.
    """

    _name = "cdg47.entitlement"
    _description = "Right"
    _order = "date_start desc, partner_id, key, id desc"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        index=True,
        ondelete="restrict",
    )
    key = fields.Char(
        string="Codes",
        required=True,
        index=True,
        help="Codes of the services that share the right.",
    )
    product_ids = fields.Many2many("product.product", string="Services", required=True)
    scope = fields.Many2one(
        "cdg47.software",
        string="Software",
        index="btree_not_null",
        ondelete="restrict",
        help="For a right that opens once per software.",
    )
    period = fields.Selection(
        [
            ("once", "Once"),
            ("year", "Every year"),
            ("three_years", "Every three years"),
        ],
        required=True,
    )
    date_start = fields.Date(required=True)
    date_end = fields.Date(help="Last day included; empty: for life.")
    uom_id = fields.Many2one(
        "uom.uom", string="Unit", required=True, ondelete="restrict"
    )
    grant_ids = fields.One2many("cdg47.grant", "entitlement_id", string="Grants")
    consumption_ids = fields.One2many(
        "cdg47.consumption", "entitlement_id", string="Consumptions"
    )

    # === Exact amounts: minutes, or whole units ===
    granted_amount = fields.Integer(default=0, aggregator=None)
    added_amount = fields.Integer(
        compute="_compute_added_amount",
        store=True,
        aggregator=None,
        help="Granted beyond the rule: gestures and purchases.",
    )
    consumed_amount = fields.Integer(default=0, aggregator=None)
    inherited_amount = fields.Integer(
        default=0, aggregator=None, help="Used by the former collectivités it replaces."
    )
    over_amount = fields.Integer(default=0, aggregator=None, index=True)
    left_amount = fields.Integer(default=0, aggregator=None)

    # === The same in the unit of the right ===
    granted = fields.Float(
        compute="_compute_quantities", digits="Product Unit", min_display_digits=2
    )
    consumed = fields.Float(
        string="Used",
        compute="_compute_quantities",
        digits="Product Unit",
        min_display_digits=2,
        help="Covered or not.",
    )
    left = fields.Float(
        compute="_compute_quantities", digits="Product Unit", min_display_digits=2
    )
    over = fields.Float(
        compute="_compute_quantities", digits="Product Unit", min_display_digits=2
    )
    used_rate = fields.Float(
        string="Used (%)", compute="_compute_quantities", aggregator=None
    )

    # A right for life opens once, whatever the day of its first use.
    _window_unique = models.UniqueIndex(
        "(partner_id, key, COALESCE(scope, 0), "
        "(CASE WHEN period = 'once' THEN DATE '1900-01-01' ELSE date_start END))",
        "This right already has this window.",
    )

    @api.depends("key", "product_ids.name", "scope.name", "partner_id.name")
    def _compute_display_name(self):
        for right in self:
            name = right.product_ids[:1].name or right.key or ""
            scope = f" ({right.scope.name})" if right.scope else ""
            right.display_name = f"{name}{scope} - {right.partner_id.name}"

    @api.depends("grant_ids.amount", "grant_ids.kind")
    def _compute_added_amount(self):
        for right in self:
            added = right.grant_ids.filtered(lambda grant: grant.kind != RULE)
            right.added_amount = sum(added.mapped("amount"))

    @api.depends(
        "granted_amount", "consumed_amount", "over_amount", "left_amount", "uom_id"
    )
    def _compute_quantities(self):
        for right in self:
            unit = right.uom_id
            right.granted = unit._cdg47_quantity(right.granted_amount)
            right.consumed = unit._cdg47_quantity(right.consumed_amount)
            right.over = unit._cdg47_quantity(right.over_amount)
            right.left = unit._cdg47_quantity(right.left_amount)
            used = right.granted_amount - right.left_amount
            right.used_rate = 100 * used / (right.granted_amount or 1)

    # === Gestures ===
    def _added_grants(self):
        """Return what was added to the rule, without a query when nothing was."""
        added = self.filtered("added_amount")
        return added.grant_ids.filtered(lambda grant: grant.kind != RULE)

    def _grant_goodwill(self, quantity, reason):
        """Add a goodwill gesture to this right; a manager gives it, with a reason.

        :param float quantity: in ``uom_id``
        :param str reason: kept with the gesture
        """
        self.env["cdg47.convention"]._check_manager()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the gesture is made."))
        return self._grant("goodwill", quantity, reason=reason)

    def _grant(self, kind, quantity, **values):
        """Feed this right, and replay it under the guard of its collectivité.

        :param str kind: ``goodwill`` or ``bought``
        :rtype: cdg47.grant
        """
        self.ensure_one()
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(self.partner_id))
        # Grants are written by the ledger only; the caller has been checked.
        right_sudo = self.sudo()
        amount = right_sudo.uom_id._cdg47_amount(quantity)
        if amount <= 0:
            raise UserError(self.env._("Enter a quantity above zero."))
        grant_sudo = right_sudo.grant_ids.create(
            {
                "entitlement_id": self.id,
                "kind": kind,
                "amount": amount,
                "date_start": self.date_start,
                "date_end": self.date_end,
                **values,
            }
        )
        ledgers._replay(self.partner_id, right_sudo.product_ids[:1], right_sudo.scope)
        return grant_sudo.sudo(False)

    @api.model
    def _open(self, partner, product, date, scope=None):
        """Return the right of a service on a date, opened when nothing was used yet.

        To be fed at once: an unused right that only its rule feeds is not kept.

        :param res.partner partner: the collectivité
        :raise UserError: when no rule gives the right on that date
        """
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(partner))
        derivation = RightDerivation(
            partner.sudo(), product, scope or self.env["cdg47.software"]
        )
        rule = derivation.rule_at(date)
        if not rule:
            raise UserError(
                self.env._(
                    "%(service)s is not part of the forfaits held by %(name)s on "
                    "%(date)s.",
                    service=product.name,
                    name=partner.name,
                    date=partner._cdg47_format_date(date),
                )
            )
        window = derivation.window_of(date)
        for right in derivation.rights:
            known = derivation.window_of_right(right)
            if known.overlaps(window) and known.holds(date):
                return right.sudo(False)
        right_sudo = self.sudo().create(
            self._prepare_right(
                derivation, rule, window, date if window is LIFE else window.start
            )
        )
        return right_sudo.sudo(False)

    @api.model
    def _prepare_right(self, derivation, rule, window, date_start):
        return {
            "partner_id": derivation.partner.id,
            "key": derivation.key,
            "product_ids": [Command.set(derivation.rules.product_ids.ids)],
            "scope": derivation.scope.id,
            "period": rule.period,
            "date_start": date_start,
            "date_end": window.end or False,
            "uom_id": rule.uom_id.id,
        }

    @api.model
    def _domain_of_right(self, partners, key, scope):
        return Domain(
            [
                ("partner_id", "in", partners.ids),
                ("key", "=", key),
                ("scope", "=", scope.id),
            ]
        )

    # === Buttons ===
    def action_goodwill(self):
        """Open the assistant of a goodwill gesture."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_grant_goodwill_action"
        )
        action["context"] = {"default_entitlement_id": self.id}
        return action
