# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...lib.dates import today_in_paris
from ...reading.held_levels import HeldLevels
from ...reading.held_verdict import verdict_sentence
from ...reading.traces import check_allocation
from .allocation_daily import expire_and_remind, refresh_verdicts
from .carrying import take_the_place

VERDICT_FIELDS = ("verdict", "is_over", "over_quantity", "unit_price")

# What the quotas depend on: a change is a new verdict for the whole collectivité.
DECIDING_FIELDS = {
    "partner_id", "product_id", "quantity", "state", "date_start", "date_end",
    "revoked_on", "obtained_elsewhere",
}  # fmt: skip


class Cdg47Allocation(models.Model):
    """One thing held: a licence, a certificate, a mailbox, Go of backup (R8)."""

    _name = "cdg47.allocation"
    _description = "Allocation"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _cdg47_portal_thread = False
    _order = "partner_id, product_id, date_start, id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("collectivite_type", "!=", False)],
    )
    product_id = fields.Many2one(
        "product.product",
        string="Service",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("cdg47_is_service", "=", True)],
    )
    kind = fields.Selection(
        related="product_id.cdg47_allocation_kind", string="Kind of allocation"
    )
    quantity = fields.Integer(default=1, required=True)
    holder_id = fields.Many2one(
        "res.partner", index="btree_not_null", ondelete="restrict"
    )
    holder_name = fields.Char(
        compute="_compute_holder_name",
        store=True,
        readonly=False,
        help="Name or office, when the holder is not among the contacts.",
    )
    identifier = fields.Char(help="Serial number, address, domain name…")
    device_kind = fields.Selection(
        [
            ("workstation", "Workstation"),
            ("server", "Server"),
            ("mobile", "Mobile"),
        ],
        string="Device",
        help="Where a security licence is installed.",
    )
    measured_on = fields.Date(help="Day on which the volume was measured.")
    date_start = fields.Date(
        string="From",
        required=True,
        tracking=True,
        default=lambda self: today_in_paris(),
    )
    date_end = fields.Date(
        string="Expires", help="Last day included.", tracking=True, index=True
    )
    revoked_on = fields.Date(
        copy=False, tracking=True, help="First day on which it is no longer held."
    )
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("active", "Active"),
            ("expired", "Expired"),
            ("revoked", "Revoked"),
        ],
        string="Status",
        required=True,
        default="requested",
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order line",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The order that accepted it beyond the quota.",
    )

    # === The quota ===
    verdict = fields.Char(
        compute="_compute_verdict",
        store=True,
        help="Rule, article, quota, what was held before, price beyond.",
    )
    is_over = fields.Boolean(
        string="Beyond the quota", compute="_compute_verdict", store=True, index=True
    )
    over_quantity = fields.Integer(
        string="Units beyond", compute="_compute_verdict", store=True
    )
    unit_price = fields.Float(
        digits="Product Price",
        compute="_compute_verdict",
        store=True,
        aggregator=None,
        help="Price of the tariff for one unit beyond the quota.",
    )
    accepted_quantity = fields.Integer(
        string="Units accepted",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Units beyond the quota that an order accepted.",
    )
    carried_over = fields.Integer(
        string="Units due before",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Units beyond the quota of what it carries on, due there already.",
    )

    # === Certificates ===
    obtained_elsewhere = fields.Boolean(
        tracking=True,
        help="Counts as held, outside the quota, and is not billed.",
    )
    authority = fields.Char(string="Certification authority")
    certificate_level = fields.Selection(
        [("1", "RGS *"), ("2", "RGS ** (level 3)"), ("3", "RGS ***")],
        string="Certificate level",
    )
    order_date = fields.Date(string="Ordered on")
    issue_date = fields.Date(string="Issued on")
    replaces_id = fields.Many2one(
        "cdg47.allocation",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('partner_id', '=', partner_id), ('product_id', '=', product_id)]",
    )
    replaced_by_ids = fields.One2many(
        "cdg47.allocation", "replaces_id", string="Replaced by"
    )
    reminded_days = fields.Integer(
        string="Reminded at",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Days before the expiry at which the last reminder left; 0: none yet.",
    )

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "An allocation holds at least one unit."
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "An allocation cannot end before it starts.",
    )
    _revoked_after_start = models.Constraint(
        "CHECK (revoked_on IS NULL OR revoked_on >= date_start)",
        "An allocation cannot be revoked before it starts.",
    )
    _revoked_has_a_day = models.Constraint(
        "CHECK (state <> 'revoked' OR revoked_on IS NOT NULL)",
        "A revoked allocation says since when.",
    )

    # === Computes ===
    @api.depends("product_id.name", "identifier", "holder_name")
    def _compute_display_name(self):
        for allocation in self:
            detail = allocation.identifier or allocation.holder_name
            name = allocation.product_id.name or ""
            allocation.display_name = f"{name} ({detail})" if detail else name

    @api.depends("holder_id")
    def _compute_holder_name(self):
        for allocation in self:
            allocation.holder_name = allocation.holder_id.name or allocation.holder_name

    @api.depends(
        "partner_id.lang", "product_id", "quantity", "state", "date_start", "date_end",
        "revoked_on", "obtained_elsewhere", "accepted_quantity",
        "partner_id.convention_ids.state", "partner_id.convention_ids.date_start",
        "partner_id.convention_ids.date_end",
        "partner_id.convention_ids.line_ids.forfait_id",
        "partner_id.convention_ids.line_ids.date_start",
        "partner_id.convention_ids.line_ids.date_end",
        "partner_id.convention_ids.term_ids.stratum_id",
        "partner_id.convention_ids.term_ids.state",
        "partner_id.convention_ids.term_ids.date_start",
        "partner_id.convention_ids.term_ids.date_end",
        "product_id.cdg47_rule_ids.coverage", "product_id.cdg47_rule_ids.quantity",
        "product_id.cdg47_rule_ids.line_ids.quantity",
        "product_id.cdg47_rule_ids.date_from", "product_id.cdg47_rule_ids.date_to",
    )  # fmt: skip
    def _compute_verdict(self):
        """Compare these allocations with their quotas (R8).

        It locks nothing: who writes an allocation guards its collectivité (R6). A form
        being filled in is only a preview.
        """
        ready = self.filtered(lambda a: a.partner_id and a.product_id and a.date_start)
        (self - ready).update(dict.fromkeys(VERDICT_FIELDS, False))
        levels = HeldLevels(self.env, ready.partner_id)
        levels.overlay(ready - ready.filtered("id"))
        for allocation in ready:
            place = levels.place(allocation)
            allocation.verdict = verdict_sentence(allocation, levels, place)
            allocation.is_over = bool(place.over)
            allocation.over_quantity = place.over
            allocation.unit_price = place.price or 0.0

    # === Constraints ===
    @api.constrains("device_kind", "product_id")
    def _check_device_kind(self):
        """A product says itself which devices it admits."""
        for allocation in self.filtered("device_kind"):
            admitted = allocation.product_id._cdg47_device_kinds()
            if allocation.device_kind in admitted:
                continue
            labels = dict(self._fields["device_kind"]._description_selection(self.env))
            raise ValidationError(
                self.env._(
                    "%(service)s is not for a device of this kind (%(device)s). It "
                    "admits: %(admitted)s.",
                    service=allocation.product_id.name,
                    device=labels[allocation.device_kind],
                    admitted=", ".join(labels[kind] for kind in admitted)
                    or self.env._("no device"),
                )
            )

    @api.constrains("replaces_id", "partner_id", "product_id")
    def _check_replaces(self):
        for allocation in self.filtered("replaces_id"):
            former = allocation.replaces_id
            if any(former[f] != allocation[f] for f in ("partner_id", "product_id")):
                raise ValidationError(
                    self.env._(
                        "%(name)s can only replace an allocation of the same service "
                        "and collectivité.",
                        name=allocation.display_name,
                    )
                )
        if self._has_cycle("replaces_id"):
            raise ValidationError(
                self.env._("An allocation cannot replace itself, even in a circle.")
            )

    @api.constrains("product_id", "partner_id", "state", "date_end")
    def _check_at_most(self):
        """« Une au plus »: some services are held only once."""
        limited = self.filtered(
            lambda a: a.product_id.cdg47_max_held and a.state in ("requested", "active")
        )
        if not limited:
            return
        counts = self._read_group(
            Domain("partner_id", "in", limited.partner_id.ids)
            & Domain("product_id", "in", limited.product_id.ids)
            & Domain("state", "in", ("requested", "active")),
            ["partner_id", "product_id"],
            ["quantity:sum"],
        )
        for partner, product, quantity in counts:
            if quantity > product.cdg47_max_held:
                raise ValidationError(
                    self.env._(
                        "%(name)s may hold « %(service)s » at most %(max)s time(s).",
                        name=partner.name,
                        service=product.name,
                        max=product.cdg47_max_held,
                    )
                )

    # === CRUD ===
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_allocation(self, vals)
        allocations = super().create([self._without_verdict(v) for v in vals_list])
        allocations.partner_id._cdg47_refresh_allocations()
        allocations._check_prerequisites()
        return allocations

    def write(self, vals):
        check_allocation(self, vals)
        vals = self._without_verdict(vals)
        if not DECIDING_FIELDS.intersection(vals):
            return super().write(vals)
        before = self.partner_id
        opened = self.filtered(lambda a: a.state in ("expired", "revoked"))
        postponed = self._expiring_another_day(vals)
        result = super().write(vals)
        if postponed:  # a new expiry date is reminded anew
            super(Cdg47Allocation, postponed).write({"reminded_days": 0})
        (before | self.partner_id)._cdg47_refresh_allocations()
        if {"partner_id", "product_id"}.intersection(vals):
            opened = self
        opened._check_prerequisites()
        return result

    def unlink(self):
        partners = self.partner_id
        result = super().unlink()
        partners._cdg47_refresh_allocations()
        return result

    @api.model
    def _without_verdict(self, vals):
        """Drop verdicts from values: an import of an export must not forge them."""
        return {name: vals[name] for name in vals if name not in VERDICT_FIELDS}

    def _expiring_another_day(self, vals):
        """Return those of which a reminder left for a day that these values change."""
        if "date_end" not in vals:
            return self.browse()
        day = fields.Date.to_date(vals["date_end"])
        return self.filtered(lambda a: a.date_end != day and a.reminded_days)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ordered(self):
        if self.sale_line_id:
            raise UserError(
                self.env._("An allocation that was ordered is kept: revoke it instead.")
            )

    def _check_prerequisites(self):
        """Refuse what cannot be held yet, with the way forward (R9)."""
        if self.env.context.get("cdg47_takeover"):
            return  # what is taken over is a fact, however it came to be
        living = self.filtered(lambda a: a.state in ("requested", "active"))
        living.partner_id._cdg47_check_prerequisites(
            [(a.partner_id, a.product_id, a._verdict_day()) for a in living]
        )

    def _creation_message(self):
        """Odoo's « %s created » takes no gender, which French needs."""
        return self.env._("Allocation created")

    # === Reading ===
    def _is_held_on(self, date):
        """Tell whether this allocation is held on a day; a request is not."""
        self.ensure_one()
        return bool(
            self.state != "requested"
            and self.date_start <= date
            and (not self.date_end or self.date_end >= date)
            and (not self.revoked_on or self.revoked_on > date)
        )

    def _rank(self):
        """Return what puts allocations in order: the latest are over (R8)."""
        self.ensure_one()
        return (
            self.state == "requested",
            self.date_start,
            self._origin.id or float("inf"),
        )

    def _verdict_day(self):
        """Return the day the verdict is about: today, or the nearest day held."""
        last = (self.date_end, self.revoked_on and self.revoked_on - timedelta(days=1))
        return max(self.date_start, min([today_in_paris(), *filter(None, last)]))

    def _is_outside_quota(self):
        """Tell whether it counts in no quota: what the CDG did not provide."""
        return self.obtained_elsewhere

    # === Buttons ===
    def action_activate(self):
        """Put requests in service; what they replace is revoked on that day."""
        for allocation in self.filtered(lambda a: a.state == "requested"):
            take_the_place(allocation)
            allocation.state = "active"
        return True

    def action_revoke(self):
        """Stop holding it as of today: its slot is free from today on.

        A request that is withdrawn was never held.
        """
        for allocation in self.filtered(lambda a: a.state in ("requested", "active")):
            day = allocation.date_start
            if allocation.state == "active":
                day = max(today_in_paris(), day)
            allocation._revoke(day)
        return True

    def _revoke(self, date):
        """Stop holding these as of a day: the first on which they are not held."""
        self.write({"state": "revoked", "revoked_on": date})

    def action_replace(self):
        """Open the request that will replace this allocation: a new one."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replace"),
            "res_model": self._name,
            "view_mode": "form",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_product_id": self.product_id.id,
                "default_holder_id": self.holder_id.id,
                "default_holder_name": self.holder_name,
                "default_device_kind": self.device_kind,
                "default_authority": self.authority,
                "default_certificate_level": self.certificate_level,
                "default_replaces_id": self.id,
            },
        }

    # === Beyond the quota ===
    def action_quote_overage(self):
        """Prepare the quotation of what these allocations hold beyond the quota."""
        rows = self.env["cdg47.overage"].search([("allocation_id", "in", self.ids)])
        return rows.action_quote()

    def _accept(self, sale_line):
        """Record that the units beyond the quota are accepted by an order line.

        The line may accept less than all that is over: the oldest come first.
        """
        left = round(sale_line.product_uom_qty)
        for allocation in self.sorted(lambda a: a._rank()):
            taken = min(max(allocation._to_settle(), 0), left)
            if taken:
                # On top of what is due for what it carries on.
                before = max(allocation.accepted_quantity, allocation.carried_over)
                allocation.accepted_quantity = before + taken
            left -= taken

    def _to_settle(self):
        """Return the units beyond the quota that nobody accepted yet."""
        self.ensure_one()
        return self.over_quantity - max(self.accepted_quantity, self.carried_over)

    def _check_quotable(self):
        """Refuse to have the same units quoted or accepted twice."""
        for allocation in self:
            line = allocation.sale_line_id
            if line.state != "sale" or allocation._to_settle() <= 0:
                line._cdg47_check_free(allocation)

    def _refuse(self, sale_line):
        """Forget that an order line, cancelled since, had accepted these units."""
        left = round(sale_line.product_uom_qty)
        for allocation in self.sorted(lambda a: a._rank(), reverse=True):
            taken = min(allocation.accepted_quantity, left)
            allocation.accepted_quantity -= taken
            left -= taken

    # === Daily jobs ===
    def _mark_verdicts(self):
        """Have these verdicts computed again at the next flush."""
        for name in VERDICT_FIELDS:
            self.env.add_to_compute(self._fields[name], self)

    @api.model
    def _cron_refresh_verdicts(self):
        """Renew the verdicts of what is held: dates pass, tariffs change."""
        refresh_verdicts(self.env)

    @api.model
    def _cron_expire(self):
        """Expire what is past its last day, then remind what will be (R11)."""
        expire_and_remind(self.env)
