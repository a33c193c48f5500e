# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from ...lib.guard import taking_guard
from ...reading.authority import check_manager
from ...reading.ledger_file import check_ledger, write_ledger
from ...reading.right_derivation import RULE, RightDerivation, uncovered
from ...reading.verdict import VerdictWriter


class Cdg47Ledger(models.Model):
    """The guard row of a collectivité, created with it.

    Odoo works in REPEATABLE READ: counting then inserting is unsafe there, even behind
    ``SELECT … FOR UPDATE``. Every writer whose decision depends on other rows of the
    same collectivité first updates this one (R6): the second of two simultaneous
    transactions then fails to serialize and ``retrying`` runs it again.
    """

    _name = "cdg47.ledger"
    _description = "Ledger of a collectivité"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        index=True,
        ondelete="cascade",
    )
    seq = fields.Integer(string="Writes", default=0, readonly=True)
    rank = fields.Integer(
        string="Facts", default=0, readonly=True, help="Rank of its last fact."
    )
    head = fields.Char(string="Last seal", readonly=True, help="Seal of its last fact.")

    _partner_unique = models.Constraint(
        "UNIQUE (partner_id)", "A collectivité has one ledger."
    )

    @api.model
    def _open_for(self, partners):
        """Create the missing ledgers of these collectivités.

        Runs as superuser: nobody may write ledgers by hand.
        """
        ledgers_sudo = self.sudo()
        known = ledgers_sudo.search([("partner_id", "in", partners.ids)]).partner_id
        ledgers_sudo.create([{"partner_id": p.id} for p in partners - known])

    @api.model
    def _guard(self, partners):
        """Make this transaction the only writer about these collectivités.

        To be called before reading what the decision depends on. Partners are taken in
        the order of their ids, so two callers never wait for each other.
        """
        self._open_for(partners)
        if not partners:
            return
        self.flush_model(["partner_id", "seq"])
        with taking_guard():
            self._count_write(partners)
        self.invalidate_model(["seq"])

    def _count_write(self, partners):
        self.env.cr.execute(
            SQL(
                """
                UPDATE cdg47_ledger
                   SET seq = seq + 1
                  FROM (
                      SELECT id
                        FROM cdg47_ledger
                       WHERE partner_id IN %s
                       ORDER BY partner_id
                         FOR UPDATE
                  ) ordered
                 WHERE cdg47_ledger.id = ordered.id
                """,
                tuple(partners.ids),
            )
        )

    # Rights and splits are derived from the facts, under the guard (R4, R6).
    @api.model
    def _concerned(self, partners):
        """Return the collectivités to guard when these ones use a right.

        Those that replaced them count their uses too.
        """
        partners_sudo = partners.sudo()
        return partners_sudo | partners_sudo._cdg47_successors()

    # === The chain ===
    @api.model
    def _chain(self, vals_list):
        """Give each fact its rank in its ledger and its seal, and move the heads.

        To be called under the guard of the collectivités.

        :rtype: list[dict]
        """
        chained = []
        heads = {}
        for vals in vals_list:
            partner_id = vals["partner_id"]
            rank, head = heads.get(partner_id) or self._head(partner_id)
            fact = {**vals, "rank": rank + 1}
            fact["hash"] = self.env["cdg47.consumption"]._seal(head, fact)
            heads[partner_id] = fact["rank"], fact["hash"]
            chained.append(fact)
        for partner_id, (rank, head) in heads.items():
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE cdg47_ledger SET rank = %s, head = %s WHERE partner_id = %s
                    """,
                    rank,
                    head,
                    partner_id,
                )
            )
        self.invalidate_model(["rank", "head"])
        return chained

    def _head(self, partner_id):
        self.env.cr.execute(
            SQL(
                """
                SELECT COALESCE(rank, 0), head FROM cdg47_ledger WHERE partner_id = %s
                """,
                partner_id,
            )
        )
        return self.env.cr.fetchone()

    # === The replay ===
    @api.model
    def _replay_partners(self, partners):
        """Replay every right of these collectivités, and of those that replace them.

        To be called under the guard of :meth:`_concerned`.
        """
        for partner in self._concerned(partners):
            for product, scope in self._rights_of(partner):
                self._replay_one(partner, product, scope)

    @api.model
    def _rights_of(self, partner):
        """Return a service and a software for each right a collectivité may have used.

        :rtype: list[tuple[product.product, cdg47.software]]
        """
        family = partner.sudo()
        family |= family._cdg47_predecessors()
        used = (
            self.env["cdg47.consumption"]
            .sudo()
            ._read_group([("partner_id", "in", family.ids)], ["product_id", "scope_id"])
        )
        fed = self.env["cdg47.entitlement"].sudo().search(
            [("partner_id", "=", partner.id)]
        )  # fmt: skip
        used += [(right.product_ids[:1], right.scope) for right in fed]
        rules = self.env["cdg47.quota.rule"]
        rights = {}
        for product, scope in used:
            key = rules._flow_rules(product)._right_key()
            rights[key, product._cdg47_right_scope(scope)] = product
        return [(product, scope) for (_key, scope), product in rights.items()]

    @api.model
    def _replay_facts(self, facts):
        """Replay the rights that these facts touch, here and at the successors'."""
        rules = self.env["cdg47.quota.rule"]
        rights = {}
        for fact in facts.sudo():
            key = rules._flow_rules(fact.product_id)._right_key()
            scope = fact.product_id._cdg47_right_scope(fact.scope_id)
            rights[fact.partner_id, key, scope] = fact.product_id
        for (partner, _key, scope), product in rights.items():
            self._replay(partner, product, scope)

    @api.model
    def _replay(self, partner, product, scope):
        """Derive again one right of a collectivité and of those that replace it."""
        for concerned in self._concerned(partner):
            self._replay_one(concerned, product, scope)

    @api.model
    def _replay_one(self, partner, product, scope):
        derivation = RightDerivation(
            partner.with_context(lang=partner._cdg47_lang()).sudo(),
            product.sudo(),
            scope.sudo(),
        )
        outcomes, outside = derivation.run()
        self._forget(derivation.facts - derivation.living)
        writer = VerdictWriter(derivation)
        for outcome in outcomes:
            self._write_outcome(derivation, writer, outcome)
        for fact in outside:
            self._write_split(derivation, fact, uncovered(fact), None, writer)
        used = self.env["cdg47.entitlement"].union(
            *(outcome.right for outcome in outcomes)
        )
        (derivation.rights - used).unlink()

    @api.model
    def _forget(self, cancelled):
        """Take a reversed pair out of its right."""
        stale = cancelled.filtered(lambda f: f.entitlement_id or f.covered_amount or
                                   f.billable_amount or not f.verdict)  # fmt: skip
        for fact in stale:
            reversal = fact if fact.reversal_of_id else fact.reversal_ids
            fact.write(
                {
                    "entitlement_id": False,
                    "covered_amount": 0,
                    "billable_amount": 0,
                    "shares": False,
                    "verdict": fact._reversal_verdict(reversal[:1].note or ""),
                }
            )

    @api.model
    def _write_outcome(self, derivation, writer, outcome):
        """Store a window: its right, what its rule grants, the splits of its facts."""
        if not outcome.right:
            outcome.right = self.env["cdg47.entitlement"].sudo().create(
                self.env["cdg47.entitlement"]._prepare_right(
                    derivation, outcome.rule, outcome.window, outcome.date_start
                )
            )  # fmt: skip
        _write_changes(outcome.right, self._right_values(outcome))
        self._write_rule_grant(outcome)
        for fact in outcome.facts:
            if not fact.frozen:
                split = outcome.splits[fact.key]
                self._write_split(derivation, fact, split, outcome, writer)

    @api.model
    def _right_values(self, outcome):
        return {
            "date_start": outcome.date_start,
            "granted_amount": outcome.granted,
            "consumed_amount": outcome.consumed,
            "inherited_amount": outcome.inherited,
            "over_amount": outcome.over,
            "left_amount": outcome.left,
        }

    @api.model
    def _write_rule_grant(self, outcome):
        right = outcome.right
        values = {
            "amount": outcome.rule_amount,
            "rule_id": outcome.rule,
            "date_start": right.date_start,
            "date_end": right.date_end,
        }
        grant = right.grant_ids.filtered(lambda g: g.kind == RULE)
        if grant:
            _write_changes(grant, values)
        else:
            values["rule_id"] = outcome.rule.id
            right.grant_ids = [Command.create({"kind": RULE, **values})]

    @api.model
    def _write_split(self, derivation, fact, split, outcome, writer):
        record = derivation.facts.browse(fact.key)
        right = outcome.right if outcome else record.entitlement_id.browse()
        verdict = writer.verdict(record.product_id, record.uom_id, fact, split, outcome)
        values = {
            "entitlement_id": right,
            "covered_amount": split.covered,
            "billable_amount": split.billable,
            "shares": dict(split.shares) or False,
            "verdict": verdict,
        }
        _write_changes(record, values)

    # === The check ===
    @api.model
    def _differences(self, partners=None):
        """Recompute every ledger from its facts and return what differs.

        :param res.partner partners: the collectivités to check, all by default
        :return: one sentence by difference, an empty list when all is right
        :rtype: list[str]
        """
        # What is checked is what the database holds.
        self.env.flush_all()
        self.env.invalidate_all()
        facts_sudo = self.env["cdg47.consumption"].sudo()
        domain = [("partner_id", "in", partners.ids)] if partners is not None else []
        differences = []
        used = facts_sudo.search(domain)
        for partner, facts in used.grouped("partner_id").items():
            differences += self._chain_differences(partner, facts.sorted("rank"))
        rights = self.env["cdg47.entitlement"].sudo().search(domain)
        for partner in used.partner_id | rights.partner_id:
            for product, scope in self._rights_of(partner):
                differences += self._right_differences(partner, product, scope)
        return differences

    @api.model
    def _chain_differences(self, partner, facts):
        """Return the facts whose rank or seal is not what the chain makes it."""
        found, head = [], None
        for rank, fact in enumerate(facts, 1):
            if fact.rank != rank or fact.hash != fact._own_seal(head):
                found.append(
                    self.env._(
                        "%(name)s, fact %(rank)s (%(fact)s): the seal is broken.",
                        name=partner.name,
                        rank=rank,
                        fact=fact.display_name,
                    )
                )
            head = fact.hash
        if self._head(partner.id) != (len(facts), head):
            found.append(
                self.env._(
                    "%(name)s: the last fact is not the one the ledger knows.",
                    name=partner.name,
                )
            )
        return found

    @api.model
    def _right_differences(self, partner, product, scope):
        derivation = RightDerivation(partner.sudo(), product, scope)
        outcomes, outside = derivation.run()
        expected = {fact.key: (None, uncovered(fact)) for fact in outside}
        found = []
        for outcome in outcomes:
            stored = self._right_values(outcome)
            if not outcome.right or _changes(outcome.right, stored):
                found.append(
                    self.env._(
                        "%(name)s, %(service)s: the counts of the right differ from "
                        "its facts.",
                        name=partner.name,
                        service=product.name,
                    )
                )
            for fact in outcome.facts:
                expected[fact.key] = (outcome.right.id, outcome.splits[fact.key])
        return found + [
            self.env._(
                "%(name)s, %(fact)s: the split differs from its replay.",
                name=partner.name,
                fact=fact.display_name,
            )
            for fact in derivation.living
            if fact.id in expected and not _is_stored(fact, *expected[fact.id])
        ]

    # === The export, which proves itself, and its check ===
    def _export(self):
        """Return the ledger of one collectivité as a CSV file.

        :rtype: bytes
        """
        self.ensure_one()
        check_manager(self.env)
        facts = self.env["cdg47.consumption"].search(
            [("partner_id", "=", self.partner_id.id)], order="rank"
        )
        return write_ledger(facts)

    @api.model
    def _check_export(self, content):
        """Check an exported file, from itself and against the ledgers of today.

        Callable from ``make shell``; an older export is right as long as its last fact
        still has the same seal.

        :param bytes content: the file
        :return: one sentence by fault, an empty list when all is right
        :rtype: list[str]
        """
        try:
            count, head, broken = check_ledger(content)
        except (ValueError, LookupError, TypeError):
            return [self.env._("This file is not an export of a ledger.")]
        faults = [
            self.env._("Row %(rank)s: the seal is broken.", rank=rank)
            for rank in broken
        ]
        known_sudo = self.env["cdg47.consumption"].sudo()
        if count and not known_sudo.search_count(
            [("rank", "=", count), ("hash", "=", head)], limit=1
        ):
            faults.append(self.env._("The last fact is not one of the ledgers."))
        return faults


def _is_stored(fact, right_id, split):
    """Tell whether a fact holds its split, which is that of the whole fact."""
    return (
        (fact.entitlement_id.id or None) == right_id
        and fact.covered_amount == split.covered
        and fact.billable_amount == split.billable
        and (fact.shares or {}) == dict(split.shares)
        and split.covered + split.billable == fact.amount
    )


def _changes(record, values):
    """Return the values that differ from those of a record, ready to write."""
    return {
        name: value.id if isinstance(value, models.BaseModel) else value
        for name, value in values.items()
        if (record[name] or False) != (value or False)
    }


def _write_changes(record, values):
    changes = _changes(record, values)
    if changes:
        record.write(changes)
