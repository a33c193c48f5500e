# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...lib.dates import today_in_paris
from ...reading.authority import check_manager
from ...reading.in_force import LIFE
from ...reading.right_derivation import RULE, RightDerivation

# Shares of a right, in percent, at which the collectivité is told.
THRESHOLDS = (80, 100)
MODULE = "cdg47_convention"


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
    threshold = fields.Integer(
        string="Threshold reached (%)",
        compute="_compute_threshold",
        store=True,
        index=True,
        aggregator=None,
    )
    alerted_threshold = fields.Integer(
        string="Alerted at (%)",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Last threshold told to the collectivité; 0: none yet.",
    )
    next_date = fields.Date(
        string="Opens again",
        compute="_compute_next_date",
        store=True,
        index=True,
        help="First day of the next window; empty for a right for life.",
    )
    is_current = fields.Boolean(
        string="Window of today",
        compute="_compute_is_current",
        search="_search_current",
    )
    opens_this_quarter = fields.Boolean(
        compute="_compute_opens_this_quarter",
        search="_search_opens_this_quarter",
        help="A right every three years whose next window opens in this civil quarter.",
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
        check_manager(self.env)
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
        amount = right_sudo.uom_id._cdg47_exact_amount(quantity)
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

    # === Alerts at 80 and 100 %: once by window and threshold (R11) ===
    @api.depends("granted_amount", "left_amount")
    def _compute_threshold(self):
        for right in self:
            used = right.granted_amount - right.left_amount
            right.threshold = max(
                (t for t in THRESHOLDS if 100 * used >= t * right.granted_amount > 0),
                default=0,
            )

    def _mark_alerted(self):
        """Count the thresholds reached as told: what is taken over is no news."""
        for right in self:
            right.alerted_threshold = right.threshold

    # === Daily job ===
    @api.model
    def _cron_alert(self):
        """Tell what reached a threshold; a failure is tried again the next day."""
        waiting = self.search(self._domain_to_alert())
        self.env["ir.cron"]._cdg47_each(waiting, "_alert")

    @api.model
    def _domain_to_alert(self):
        """Return the domain of the rights not ended whose threshold is not told yet."""
        return (
            Domain("date_end", "=", False) | Domain("date_end", ">=", today_in_paris())
        ) & Domain.OR(
            Domain("threshold", "=", threshold)
            & Domain("alerted_threshold", "<", threshold)
            for threshold in THRESHOLDS
        )

    def _alert(self):
        """Stamp the threshold, plan an activity, write to the collectivité."""
        self.ensure_one()
        self._mark_alerted()
        self._plan_follow_up()
        contacts = self.partner_id._cdg47_written_contacts()
        if contacts and self.env.company.cdg47_alert_by_mail:
            self.env.ref(f"{MODULE}.mail_template_right_threshold").send_mail(
                self.id, email_values={"recipient_ids": [Command.set(contacts.ids)]}
            )

    def _plan_follow_up(self):
        """Plan an activity for who follows the convention in force, if there is one."""
        convention = self.partner_id._cdg47_conventions_at(today_in_paris()).get(
            self.partner_id
        )
        if not convention:
            return
        user = convention.user_id or self.env.user
        lang_self = self.with_context(lang=user.lang)
        convention.activity_schedule(
            f"{MODULE}.mail_activity_type_threshold",
            summary=lang_self.env._(
                "%(threshold)s %% of a right used: %(right)s",
                threshold=self.threshold,
                right=lang_self._alert_name(),
            ),
            user_id=user.id,
        )

    # === Words ===
    def _alert_name(self):
        """Name the services of the right, and its software."""
        name = ", ".join(self.product_ids.mapped("name"))
        return f"{name} ({self.scope.name})" if self.scope else name

    def _alert_left(self):
        """Say what is left, in the language of the environment."""
        return self.uom_id._cdg47_written(self.left_amount)

    # === Its window: is it today's, and when does the next one open? ===
    @api.depends("date_end")
    def _compute_next_date(self):
        for right in self:
            end = right.date_end
            right.next_date = end + timedelta(days=1) if end else False

    def _compute_is_current(self):
        current = self.filtered_domain(self._domain_current())
        for right in self:
            right.is_current = right in current

    def _search_current(self, operator, value):
        return self._search_flag(operator, value, self._domain_current())

    def _compute_opens_this_quarter(self):
        opening = self.filtered_domain(self._domain_opening())
        for right in self:
            right.opens_this_quarter = right in opening

    def _search_opens_this_quarter(self, operator, value):
        return self._search_flag(operator, value, self._domain_opening())

    @api.model
    def _search_flag(self, operator, value, domain):
        if operator != "in":
            return NotImplemented
        return domain if True in value else ~domain

    @api.model
    def _domain_current(self):
        today = today_in_paris()
        return Domain("date_start", "<=", today) & (
            Domain("date_end", "=", False) | Domain("date_end", ">=", today)
        )

    @api.model
    def _domain_opening(self):
        """Return the domain of the rights on request that open in this quarter."""
        today = today_in_paris()
        first = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
        return (
            Domain("period", "=", "three_years")
            & Domain("next_date", ">=", first)
            & Domain("next_date", "<", fields.Date.add(first, months=3))
        )
