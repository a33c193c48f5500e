# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import json

from odoo import api, fields, models
from odoo.tools import SQL

from ...reading.ledger_file import seal
from .cdg47_consumption import FACT_FIELDS, FROZEN_FIELDS


class Cdg47Consumption(models.Model):
    """How facts are kept as they are: chained by hash, and protected in SQL (R4)."""

    _inherit = "cdg47.consumption"

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


def _columns(row, names):
    """Return columns of a trigger's row; json has no equality, its text does."""
    return SQL(", ").join(
        SQL("%s.%s::text", SQL(row), SQL.identifier(name))  # pylint: disable=E8103
        if name == "shares"
        else SQL("%s.%s", SQL(row), SQL.identifier(name))  # pylint: disable=E8103
        for name in names
    )
