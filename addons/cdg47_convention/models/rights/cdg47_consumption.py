# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...lib.replay import Fact, Split

# What a user states; rank and hash follow.
ENTRY_FIELDS = (
    "partner_id", "product_id", "scope_id", "date", "quantity", "uom_id", "origin",
    "note",
)  # fmt: skip
FACT_FIELDS = (*ENTRY_FIELDS, "amount", "reversal_of_id", "rank", "hash")
# What a promise or an invoice keeps for good.
FROZEN_FIELDS = (
    "frozen", "entitlement_id", "covered_amount", "billable_amount", "shares",
    "verdict",
)  # fmt: skip


class Cdg47Consumption(models.Model):
    """A fact: this collectivité used so much of this service on that day (R4).

    Facts are immutable and chained by hash, here and in the database itself. Right,
    split and verdict are derived, and rewritten by every replay until frozen.
    """

    _name = "cdg47.consumption"
    _description = "Consumption"
    _order = "date desc, id desc"

    # === The fact ===
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
    scope_id = fields.Many2one(
        "cdg47.software",
        index="btree_not_null",
        ondelete="restrict",
        help="The software, for a right that opens once per software.",
    )
    date = fields.Date(string="Service date", required=True, index=True)
    quantity = fields.Float(
        digits="Product Unit", min_display_digits=2, required=True, aggregator=None
    )
    uom_id = fields.Many2one(
        "uom.uom", string="Unit", required=True, ondelete="restrict"
    )
    amount = fields.Integer(
        string="Exact amount",
        readonly=True,
        aggregator=None,
        help="Minutes, or whole units: fixed at entry.",
    )
    origin = fields.Reference(
        selection="_selection_origin", help="What it comes from: ticket, registration…"
    )
    note = fields.Char(help="Where the fact comes from.")
    reversal_of_id = fields.Many2one(
        "cdg47.consumption",
        string="Reversal of",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    reversal_ids = fields.One2many(
        "cdg47.consumption", "reversal_of_id", string="Reversed by"
    )
    rank = fields.Integer(
        string="Rank in the ledger", readonly=True, aggregator=None, copy=False
    )
    hash = fields.Char(
        string="Seal",
        readonly=True,
        copy=False,
        help="Seals this fact and all those before it.",
    )

    # === What is derived ===
    entitlement_id = fields.Many2one(
        "cdg47.entitlement",
        string="Right",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    covered_amount = fields.Integer(default=0, readonly=True, aggregator=None)
    billable_amount = fields.Integer(
        default=0, readonly=True, aggregator=None, index=True
    )
    covered = fields.Float(
        compute="_compute_split", digits="Product Unit", min_display_digits=2
    )
    billable = fields.Float(
        string="To bill",
        compute="_compute_split",
        digits="Product Unit",
        min_display_digits=2,
    )
    shares = fields.Json(readonly=True, help="What each grant covers.")
    verdict = fields.Text(readonly=True)
    frozen = fields.Boolean(
        default=False,
        readonly=True,
        index=True,
        help="Promised or invoiced: its split stays.",
    )
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order line",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    invoice_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice line",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _quantity_not_zero = models.Constraint(
        "CHECK (quantity <> 0)", "A consumption has a quantity."
    )
    _reversed_once = models.UniqueIndex(
        "(reversal_of_id) WHERE reversal_of_id IS NOT NULL",
        "A consumption is reversed once.",
    )

    @api.model
    def _selection_origin(self):
        # The names of models are no secret; reading them needs a settings manager.
        models_sudo = self.env["ir.model"].sudo().search([("transient", "=", False)])
        return [(model.model, model.name) for model in models_sudo]

    @api.depends("product_id.name", "date")
    def _compute_display_name(self):
        for fact in self:
            day = fact.date and self.env["res.partner"]._cdg47_format_date(fact.date)
            fact.display_name = f"{fact.product_id.name or ''} - {day or ''}"

    @api.depends("covered_amount", "billable_amount", "uom_id")
    def _compute_split(self):
        for fact in self:
            fact.covered = fact.uom_id._cdg47_quantity(fact.covered_amount)
            fact.billable = fact.uom_id._cdg47_quantity(fact.billable_amount)

    # === CRUD ===
    @api.model_create_multi
    def create(self, vals_list):
        """Write facts at the end of their ledgers, then replay the rights they use."""
        ledgers = self.env["cdg47.ledger"]
        partners = self.env["res.partner"].browse(
            {vals["partner_id"] for vals in vals_list}
        )
        ledgers._guard(ledgers._concerned(partners))
        prepared = ledgers._chain([self._prepare_fact(vals) for vals in vals_list])
        facts = super().create(prepared)
        ledgers._replay_facts(facts)
        return facts

    def _prepare_fact(self, vals):
        """Return a fact with its exact amount, or say why it is none."""
        if not self.env.su and set(vals) - set(ENTRY_FIELDS):
            raise AccessError(
                self.env._("What a consumption covers is derived, never entered.")
            )
        product = self.env["product.product"].browse(vals["product_id"])
        uom = self.env["uom.uom"].browse(vals["uom_id"])
        self._check_countable(product, uom)
        amount = uom._cdg47_amount(vals["quantity"])
        if not amount or (amount < 0) != bool(vals.get("reversal_of_id")):
            raise UserError(self.env._("Enter a quantity above zero."))
        return {**vals, "amount": amount}

    @api.model
    def _check_countable(self, product, uom):
        """Refuse a service that no right counts, or another kind of unit."""
        counted_in = self.env["cdg47.quota.rule"]._flow_rules(product)[:1].uom_id
        if not counted_in:
            raise UserError(
                self.env._(
                    "%(service)s: no right of Annexe 1 counts the use of this service.",
                    service=product.display_name,
                )
            )
        if not uom._has_common_reference(counted_in):
            raise UserError(
                self.env._(
                    "This service is counted in « %(unit)s ».", unit=counted_in.name
                )
            )

    def write(self, vals):
        if self and set(vals) & set(FACT_FIELDS):
            raise UserError(
                self.env._("A consumption is never changed: reverse it, then enter it.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("A consumption is never deleted: reverse it."))

    # === Replay ===
    def _living(self):
        """Leave out the pairs of an unfrozen fact and its reversal."""
        cancelled = self.filtered(lambda f: f.reversal_of_id and not f.frozen)
        return self - cancelled - cancelled.reversal_of_id

    def _origin_key(self):
        return f"{self.origin._name},{self.origin.id}" if self.origin else ""

    def _as_replay_fact(self):
        self.ensure_one()
        return Fact(
            key=self.id,
            day=self.date,
            code=self.product_id.default_code or "",
            quantity=self.amount,
            origin=self._origin_key(),
            split=self._split() if self.frozen else None,
        )

    def _split(self):
        """Return the stored split."""
        return Split(tuple((self.shares or {}).items()), self.billable_amount)

    # === Promises and corrections ===
    def _freeze(self):
        """Keep the present split for good: promised, or invoiced."""
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(self.partner_id))
        # Derived columns are written by the ledger only.
        self.sudo().filtered(
            lambda fact: not (fact.frozen or fact.reversal_of_id or fact.reversal_ids)
        ).frozen = True

    def _reverse(self, reason):
        """Correct a fact by its reversal, on the same day and in the same right.

        An unfrozen pair leaves the replay; the reversal of a frozen fact gives back
        exactly what was covered and billed.

        :param str reason: why, kept with the reversal
        :rtype: cdg47.consumption
        :raise UserError: when it is reversed already, or is itself a reversal
        """
        self.ensure_one()
        self.check_access("create")
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(self.partner_id))
        self.invalidate_recordset(["reversal_ids"])
        if self.reversal_of_id or self.reversal_ids:
            raise UserError(self.env._("This consumption is already reversed."))
        if not (reason or "").strip():
            raise UserError(self.env._("Say why this consumption is reversed."))
        # The reversal carries a split, which no user enters.
        return self.sudo().create([self._prepare_reversal(reason)]).sudo(False)

    def _prepare_reversal(self, reason):
        values = {
            "partner_id": self.partner_id.id,
            "product_id": self.product_id.id,
            "scope_id": self.scope_id.id,
            "date": self.date,
            "quantity": -self.quantity,
            "uom_id": self.uom_id.id,
            "origin": self._origin_key() or False,
            "note": reason,
            "reversal_of_id": self.id,
        }
        if self.frozen:
            values |= {
                "frozen": True,
                "entitlement_id": self.entitlement_id.id,
                "covered_amount": -self.covered_amount,
                "billable_amount": -self.billable_amount,
                "shares": dict(self._split().opposite().shares),
                "verdict": self._reversal_verdict(reason),
            }
        return values

    def _reversal_verdict(self, reason):
        lang = self.partner_id._cdg47_lang()
        return self.with_context(lang=lang).env._(
            "Reversal: %(reason)s.", reason=reason.strip().rstrip(".")
        )

    # === Buttons ===
    def action_reverse(self):
        """Open the assistant that asks why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_consumption_reverse_action"
        )
        action["context"] = {"default_consumption_id": self.id}
        return action
