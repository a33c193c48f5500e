# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.replay import Fact, Split

# What a fact states, once for all; the rest is derived by the replay.
FACT_FIELDS = (
    "partner_id", "product_id", "scope_id", "date", "quantity", "uom_id", "amount",
    "origin", "reversal_of_id", "note", "seq", "hash",
)  # fmt: skip


class Cdg47Consumption(models.Model):
    """A fact: this collectivité used so much of this service on that day (R4).

    Facts are immutable and chained by hash, in Python and in the database itself. Right,
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
    quantity = fields.Float(digits="Product Unit", required=True, aggregator=None)
    uom_id = fields.Many2one(
        "uom.uom", string="Unit", required=True, ondelete="restrict"
    )
    amount = fields.Integer(
        readonly=True, aggregator=None, help="Minutes, or whole units: exact."
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
    reversal_ids = fields.One2many("cdg47.consumption", "reversal_of_id")
    seq = fields.Integer(string="Rank in the ledger", readonly=True)
    hash = fields.Char(readonly=True)

    # === What is derived ===
    entitlement_id = fields.Many2one(
        "cdg47.entitlement",
        string="Right",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    covered_amount = fields.Integer(readonly=True, aggregator=None)
    billable_amount = fields.Integer(readonly=True, aggregator=None)
    covered = fields.Float(compute="_compute_split", digits="Product Unit")
    billable = fields.Float(compute="_compute_split", digits="Product Unit")
    shares = fields.Json(readonly=True, help="What each grant covers.")
    verdict = fields.Text(readonly=True)
    frozen = fields.Boolean(readonly=True, index=True)
    sale_line_id = fields.Many2one(
        "sale.order.line", index="btree_not_null", ondelete="restrict"
    )
    invoice_line_id = fields.Many2one(
        "account.move.line", index="btree_not_null", ondelete="set null"
    )

    _quantity_not_zero = models.Constraint(
        "CHECK (quantity <> 0)", "A consumption has a quantity."
    )

    @api.model
    def _selection_origin(self):
        models_sudo = self.env["ir.model"].sudo().search([("transient", "=", False)])
        return [(model.model, model.name) for model in models_sudo]

    @api.depends("covered_amount", "billable_amount", "uom_id")
    def _compute_split(self):
        for fact in self:
            unit = fact.uom_id
            fact.covered = unit._cdg47_quantity(fact.covered_amount)
            fact.billable = unit._cdg47_quantity(fact.billable_amount)

    # === The database protects facts too ===
    def init(self):
        """Refuse, in SQL itself, to change a fact, to delete one, to move a frozen one."""
        facts = " OR ".join(
            f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in FACT_FIELDS
        )
        self.env.cr.execute(
            f"""
            CREATE OR REPLACE FUNCTION cdg47_consumption_protect() RETURNS trigger AS $$
            BEGIN
                IF TG_OP = 'DELETE' THEN
                    RAISE EXCEPTION 'cdg47: a consumption is never deleted'
                        USING ERRCODE = 'restrict_violation';
                END IF;
                IF {facts} THEN
                    RAISE EXCEPTION 'cdg47: a fact is never changed'
                        USING ERRCODE = 'restrict_violation';
                END IF;
                IF OLD.frozen AND NEW.frozen AND (
                    NEW.covered_amount IS DISTINCT FROM OLD.covered_amount
                    OR NEW.billable_amount IS DISTINCT FROM OLD.billable_amount
                ) THEN
                    RAISE EXCEPTION 'cdg47: a frozen split is never changed'
                        USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN NEW;
            END
            $$ LANGUAGE plpgsql;
            CREATE OR REPLACE TRIGGER cdg47_consumption_protect
                BEFORE UPDATE OR DELETE ON cdg47_consumption
                FOR EACH ROW EXECUTE FUNCTION cdg47_consumption_protect();
            """  # noqa: S608 names of our own columns
        )

    # === CRUD ===
    @api.model_create_multi
    def create(self, vals_list):
        """Write facts at the end of their ledgers, then replay the rights they use."""
        partners = self.env["res.partner"].browse(v["partner_id"] for v in vals_list)
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(partners)
        for vals in vals_list:
            uom = self.env["uom.uom"].browse(vals["uom_id"])
            vals["amount"] = uom._cdg47_amount(vals["quantity"])
            vals.update(ledgers._chain(vals))
        facts = super().create(vals_list)
        ledgers._replay_facts(facts)
        return facts

    def write(self, vals):
        if set(vals) & set(FACT_FIELDS):
            raise UserError(
                self.env._("A consumption is never changed: reverse it, then enter it.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("A consumption is never deleted: reverse it."))

    @api.model
    def _fact_hash(self, previous, vals):
        """Return the hash of a fact chained to the one before it.

        :param str previous: hash of the previous fact of the same ledger
        :param dict vals: the fact
        :rtype: str
        """
        content = json.dumps(
            [
                vals["partner_id"],
                vals["product_id"],
                vals.get("scope_id") or None,
                fields.Date.to_string(fields.Date.to_date(vals["date"])),
                vals["amount"],
                vals["uom_id"],
                vals.get("origin") or None,
                vals.get("reversal_of_id") or None,
                vals["seq"],
            ],
            separators=(",", ":"),
        )
        return hashlib.sha256(f"{previous or ''}{content}".encode()).hexdigest()

    # === Replay ===
    def _living(self):
        """Leave out the pairs of an unfrozen fact and its reversal."""
        cancelled = self.filtered(lambda f: f.reversal_of_id and not f.frozen)
        return self - cancelled - cancelled.reversal_of_id

    def _as_replay_facts(self):
        return [
            Fact(
                key=fact.id,
                day=fact.date,
                code=fact.product_id.default_code or "",
                quantity=fact.amount,
                origin=f"{fact.origin._name},{fact.origin.id}" if fact.origin else "",
                split=fact._split() if fact.frozen else None,
            )
            for fact in self
        ]

    def _split(self):
        """Return the stored split of a frozen fact."""
        shares = tuple((int(key), value) for key, value in (self.shares or {}).items())
        return Split(shares, self.billable_amount)

    def _freeze(self):
        """Keep the present split for good: promised, or invoiced."""
        self.filtered(lambda fact: not fact.frozen).frozen = True

    def _reverse(self, reason):
        """Correct a fact by its reversal: an unfrozen pair leaves the replay.

        :param str reason: why, kept with the reversal
        :return: the reversal
        :rtype: cdg47.consumption
        :raise UserError: when it is reversed already, or is itself a reversal
        """
        self.ensure_one()
        self.env["cdg47.ledger"]._guard(self.partner_id)
        if self.reversal_of_id or self.reversal_ids:
            raise UserError(self.env._("This consumption is already reversed."))
        values = {
            "partner_id": self.partner_id.id,
            "product_id": self.product_id.id,
            "scope_id": self.scope_id.id,
            "date": self.date,
            "quantity": -self.quantity,
            "uom_id": self.uom_id.id,
            "origin": self.origin and f"{self.origin._name},{self.origin.id}",
            "note": reason,
            "reversal_of_id": self.id,
        }
        if self.frozen:
            opposite = self._split().opposite()
            values.update(
                frozen=True,
                entitlement_id=self.entitlement_id.id,
                covered_amount=-self.covered_amount,
                billable_amount=-self.billable_amount,
                shares={str(key): value for key, value in opposite.shares},
            )
        return self.create([values])
