# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...lib.replay import Fact, Split
from ...reading.ledger_file import seal

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

    billed_elsewhere = fields.Boolean(
        string="Invoiced already",
        readonly=True,
        help="What is beyond was invoiced before it was taken over.",
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

    @api.depends("covered_amount", "billable_amount", "quantity", "uom_id")
    def _compute_split(self):
        for fact in self:
            fact.covered, fact.billable = fact.uom_id._cdg47_split(
                fact.quantity, fact.covered_amount, fact.billable_amount
            )

    # === CRUD ===
    @api.model_create_multi
    def create(self, vals_list):
        """Write facts at the end of their ledgers, then replay the rights they use."""
        self.check_access("create")
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
        amount = uom._cdg47_exact_amount(vals["quantity"])
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
                # What was accepted: its order line delivers less.
                "sale_line_id": self.sale_line_id.id,
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

    # === The database protects facts too ===
    def init(self):
        """Refuse in SQL to change a fact, to delete one, to change a frozen split."""
        self.env.cr.execute(
            SQL(
                """
            CREATE OR REPLACE FUNCTION cdg47_consumption_protect() RETURNS trigger AS
            $protect$
            BEGIN
                IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
                    RAISE EXCEPTION 'cdg47: a consumption is never deleted'
                        USING ERRCODE = 'restrict_violation';
                END IF;
                IF (%(new_fact)s) IS DISTINCT FROM (%(old_fact)s) THEN
                    RAISE EXCEPTION 'cdg47: a fact is never changed'
                        USING ERRCODE = 'restrict_violation';
                END IF;
                IF OLD.frozen AND (%(new_split)s) IS DISTINCT FROM (%(old_split)s) THEN
                    RAISE EXCEPTION 'cdg47: a frozen split is never changed'
                        USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN NEW;
            END
            $protect$ LANGUAGE plpgsql;
            CREATE OR REPLACE TRIGGER cdg47_consumption_protect
                BEFORE UPDATE OR DELETE ON cdg47_consumption
                FOR EACH ROW EXECUTE FUNCTION cdg47_consumption_protect();
            CREATE OR REPLACE TRIGGER cdg47_consumption_protect_all
                BEFORE TRUNCATE ON cdg47_consumption
                FOR EACH STATEMENT EXECUTE FUNCTION cdg47_consumption_protect();
                """,
                new_fact=_columns("NEW", FACT_FIELDS),
                old_fact=_columns("OLD", FACT_FIELDS),
                new_split=_columns("NEW", FROZEN_FIELDS),
                old_split=_columns("OLD", FROZEN_FIELDS),
            )
        )

    # === The seal ===
    @api.model
    def _seal(self, previous, vals):
        """Return the hash of a fact, chained to the one before it.

        :param str previous: hash of the fact before it in the same ledger
        :param dict vals: the fact, as given to ``create``
        """
        return seal(previous, self._sealed_content(vals))

    @api.model
    def _sealed_content(self, vals):
        """Return what the seal of a fact seals: a text that never changes."""
        return json.dumps(
            [
                vals["rank"],
                vals["partner_id"],
                vals["product_id"],
                vals.get("scope_id") or None,
                fields.Date.to_string(fields.Date.to_date(vals["date"])),
                f"{vals['quantity']:.4f}",
                vals["uom_id"],
                vals["amount"],
                vals.get("origin") or None,
                vals.get("note") or None,
                vals.get("reversal_of_id") or None,
            ],
            separators=(",", ":"),
        )

    def _own_seal(self, previous):
        """Return the hash this stored fact must have."""
        return seal(previous, self._own_content())

    def _own_content(self):
        """Return what the seal of this stored fact seals."""
        self.ensure_one()
        return self._sealed_content(
            {
                name: self[name].id
                for name in (
                    "partner_id", "product_id", "scope_id", "uom_id", "reversal_of_id",
                )
            }
            | {name: self[name] for name in ("rank", "date", "quantity", "amount")}
            | {"origin": self._origin_key(), "note": self.note},
        )  # fmt: skip

    # === Accepted, then invoiced, beyond a quota (R4, R7) ===
    def _promise(self, sale_line):
        """Link these facts to the order line that accepts them, and freeze them.

        :param sale.order.line sale_line: what was accepted, and at which price
        :raise UserError: for the facts of another collectivité, reversed, or accepted
            already by another order
        """
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(self.partner_id))
        self._check_quotable(sale_line)
        # Facts are written by the ledger only; the caller has been checked.
        facts_sudo = self.sudo()
        facts_sudo.sale_line_id = sale_line
        facts_sudo._freeze()

    def _check_quotable(self, sale_line):
        """Refuse to have one fact accepted twice, or by somebody else."""
        owner = sale_line.order_id.convention_id.partner_id.sudo()
        family = owner | owner._cdg47_predecessors()
        for fact in self.sudo():
            if fact.partner_id not in family:
                raise UserError(
                    self.env._(
                        "%(fact)s is a use of %(name)s: %(order)s is for another "
                        "collectivité.",
                        fact=fact.display_name,
                        name=fact.partner_id.name,
                        order=sale_line.order_id.name,
                    )
                )
            if fact.reversal_of_id or fact.reversal_ids:
                raise UserError(
                    self.env._("%(fact)s is reversed.", fact=fact.display_name)
                )
            (fact.sale_line_id - sale_line)._cdg47_check_free(fact)

    def _bill(self, invoice_line):
        """Record on which invoice line these facts are, and freeze them."""
        facts_sudo = self.sudo().filtered(lambda fact: not fact.invoice_line_id)
        if facts_sudo:
            facts_sudo.invoice_line_id = invoice_line
            facts_sudo._freeze()


def _columns(row, names):
    """Return columns of a trigger's row; json has no equality, its text does."""
    return SQL(", ").join(
        SQL("%s.%s::text", SQL(row), SQL.identifier(name))  # pylint: disable=E8103
        if name == "shares"
        else SQL("%s.%s", SQL(row), SQL.identifier(name))  # pylint: disable=E8103
        for name in names
    )
