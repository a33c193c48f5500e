# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Command

from ..tools.dates import today_in_paris
from ..tools.periods import Window, civil_year, window_from
from ..tools.replay import open_windows, replay


class Cdg47Ledger(models.Model):
    """The replay: rights and splits derived from the facts, under the guard (R4, R6)."""

    _inherit = "cdg47.ledger"

    # === The chain ===
    @api.model
    def _chain(self, vals):
        """Take the next rank of a ledger and chain a fact to its head.

        :param dict vals: the fact, its amount known
        :return: ``seq`` and ``hash``
        :rtype: dict
        """
        self.env.cr.execute(
            "UPDATE cdg47_ledger SET rank = COALESCE(rank, 0) + 1 "
            "WHERE partner_id = %s RETURNING rank, head",
            [vals["partner_id"]],
        )
        rank, head = self.env.cr.fetchone()
        chained = {**vals, "seq": rank}
        fact_hash = self.env["cdg47.consumption"]._fact_hash(head, chained)
        self.env.cr.execute(
            "UPDATE cdg47_ledger SET head = %s WHERE partner_id = %s",
            [fact_hash, vals["partner_id"]],
        )
        return {"seq": rank, "hash": fact_hash}

    # === The replay ===
    @api.model
    def _replay_facts(self, facts):
        """Replay every right these facts may touch."""
        rights = {
            (fact.partner_id, rule.right_key, fact._right_scope(rule))
            for fact in facts
            for rule in fact._flow_rules()
        }
        for partner, key, scope in sorted(
            rights, key=lambda right: (right[0].id, right[1], right[2].id or 0)
        ):
            self._replay(partner, key, scope)

    @api.model
    def _replay(self, partner, key, scope):
        """Derive again the windows, the grants and the splits of one right.

        To be called under the guard of the collectivité.

        :param res.partner partner: the collectivité
        :param str key: codes of the services that share the right
        :param cdg47.software scope: the software, empty when the right has none
        """
        facts = self.env["cdg47.consumption"].search(
            [
                ("partner_id", "=", partner.id),
                ("product_id.default_code", "in", key.split("+")),
                ("scope_id", "=", scope.id),
            ]
        )
        living = facts._living()
        (facts - living)._forget()
        placed = self._place(partner, key, scope, living)
        rights = self._open_rights(partner, key, scope, placed)
        for window, members in placed.items():
            rights[window]._apply(members)
        self._drop_empty(partner, key, scope, rights.values())

    @api.model
    def _place(self, partner, key, scope, facts):
        """Return the facts of each window; frozen ones keep theirs."""
        placed = {}
        for right, frozen in facts.filtered("frozen").grouped("entitlement_id").items():
            placed[Window(right.date_start, right.date_end or None)] = frozen
        free = facts.filtered(lambda fact: not fact.frozen)
        by_id = {fact.id: fact for fact in free}
        rule = self.env["cdg47.quota.rule"]._flow_rule_of(key)
        opened = open_windows(
            free._as_replay_facts(),
            lambda day: self._window(partner, rule.period, day),
            list(placed),
        )
        none = facts.browse()
        for window, members in opened.items():
            records = none.union(*(by_id[member.key] for member in members))
            placed[window] = placed.get(window, none) | records
        return placed

    @api.model
    def _window(self, partner, period, day):
        """Return the window a use on a day opens (R3)."""
        if period == "three_years":
            return window_from(day, 3)
        if period == "once":
            # For life: it survives renewal, re-subscription and merger.
            return Window(Window.BEGINNING, None)
        return civil_year(day)

    @api.model
    def _open_rights(self, partner, key, scope, placed):
        """Return the right of each window, created where it is missing."""
        Right = self.env["cdg47.entitlement"].sudo()
        known = {
            Window(right.date_start, right.date_end or None): right
            for right in Right.search(Right._domain_of_right(partner, key, scope))
        }
        missing = [window for window in placed if window not in known]
        created = Right.create(
            [self._prepare_right(partner, key, scope, window) for window in missing]
        )
        known.update(zip(missing, created, strict=True))
        return known

    @api.model
    def _prepare_right(self, partner, key, scope, window):
        """Return a right with what its rule grants (the rule on its first day)."""
        day = max(window.start, partner._cdg47_first_member_day(window))
        rule = self.env["cdg47.quota.rule"]._flow_rule_of(key, day)
        stratum, _reason = partner._cdg47_stratum_of_right(day)
        return {
            "partner_id": partner.id,
            "key": key,
            "product_ids": [Command.set(rule.product_ids.ids)],
            "scope_id": scope.id,
            "period": rule.period,
            "date_start": window.start,
            "date_end": window.end or False,
            "uom_id": rule.uom_id.id,
            "grant_ids": [
                Command.create(
                    {
                        "kind": "rule",
                        "rule_id": rule.id,
                        "amount": rule.uom_id._cdg47_amount(
                            rule._quantity_for(stratum)
                        ),
                        "date_start": window.start,
                        "date_end": window.end or False,
                    }
                )
            ],
        }

    @api.model
    def _drop_empty(self, partner, key, scope, rights):
        """Remove the windows nobody uses any more, gestures and purchases excepted."""
        for right in rights:
            used = right.consumption_ids._living()
            if not used and right.grant_ids.filtered(lambda g: g.kind != "rule") == (
                right.grant_ids.browse()
            ):
                right.sudo().unlink()

    # === The check ===
    @api.model
    def _differences(self, partners=None):
        """Replay everything in memory and return what differs from what is stored.

        :param res.partner partners: all the collectivités by default
        :return: one sentence by difference, an empty list when all is right
        :rtype: list[str]
        """
        domain = [("partner_id", "in", partners.ids)] if partners else []
        differences = []
        for ledger in self.search(domain or [("id", "!=", False)]):
            differences += ledger._chain_differences()
            differences += ledger._split_differences()
        return differences

    def _today(self):
        return today_in_paris()
