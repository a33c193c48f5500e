# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import split_every
from odoo.tools.misc import formatLang

from ...lib.dates import today_in_paris
from ...reading.held_levels import HeldLevels

VERDICT_FIELDS = ("verdict", "is_over", "over_quantity", "unit_price")
# Collectivités whose verdicts the daily job renews at once.
BATCH = 100


class Cdg47Allocation(models.Model):
    """Where an allocation stands against the quota, and the sentence that says why."""

    _inherit = "cdg47.allocation"

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

    @api.depends(
        "partner_id.lang", "product_id", "quantity", "state", "date_start", "date_end",
        "revoked_on", "obtained_elsewhere",
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
        for allocation in self - ready:
            allocation.update(dict.fromkeys(VERDICT_FIELDS, False))
        stored = ready.filtered("id")
        levels = HeldLevels(self.env, ready.partner_id)
        levels.overlay(ready - stored)
        for allocation in ready:
            place = levels.place(allocation)
            allocation.update(
                {
                    "verdict": allocation._verdict_sentence(levels, place),
                    "is_over": bool(place.over),
                    "over_quantity": place.over,
                    "unit_price": place.price or 0.0,
                }
            )

    def _verdict_day(self):
        """Return the day the verdict is about: today, or the nearest day held."""
        self.ensure_one()
        last = [day for day in (self.date_end, self._day_before_revocation()) if day]
        return max(self.date_start, min([today_in_paris(), *last]))

    def _day_before_revocation(self):
        return self.revoked_on and self.revoked_on - timedelta(days=1)

    def _is_outside_quota(self):
        """Tell whether it counts in no quota: what the CDG did not provide."""
        self.ensure_one()
        return self.obtained_elsewhere

    @api.model
    def _without_verdict(self, vals):
        """Drop verdicts from values: an import of an export must not forge them."""
        return {name: vals[name] for name in vals if name not in VERDICT_FIELDS}

    # === The sentence ===
    def _verdict_sentence(self, levels, place):
        """Explain a place in the language of the collectivité (R10).

        :param HeldLevels levels: gives the tariff
        :param Place place: what was decided
        :rtype: str
        """
        self.ensure_one()
        lang = self.partner_id._cdg47_lang()
        env = levels.env(context={**self.env.context, "lang": lang})
        if self._is_outside_quota():
            return env._("Obtained elsewhere: outside the quota, not billed.")
        rule = place.rule.with_env(env)
        values = {
            "article": rule.article or "",
            "rule": rule.name or "",
            "before": rule.uom_id._cdg47_format(place.before) if rule.uom_id else "",
        }
        if place.quota is None:
            return self._uncounted_sentence(env, place, values)
        values["quota"] = rule.uom_id._cdg47_format(place.quota)
        if not place.over:
            return env._(
                "Covered by the quota of %(quota)s: %(rule)s (%(article)s). Held "
                "before it: %(before)s.",
                **values,
            )
        values["price"] = self._price_sentence(env, levels, place)
        return self._over_sentence(env, rule, place, values)

    @api.model
    def _uncounted_sentence(self, env, place, values):
        if place.is_held:
            return env._("Included: %(rule)s (%(article)s).", **values)
        return env._("Recorded, in no quota: nothing is billed.")

    def _over_sentence(self, env, rule, place, values):
        if not place.is_held:
            return env._("Not in the forfaits held: %(price)s.", **values)
        if place.covered:
            return env._(
                "Beyond the quota for %(over)s: %(price)s. Quota of %(quota)s: "
                "%(rule)s (%(article)s). Held before it: %(before)s.",
                over=rule.uom_id._cdg47_format(place.over),
                **values,
            )
        return env._(
            "Beyond the quota: %(price)s. Quota of %(quota)s: %(rule)s (%(article)s). "
            "Held before it: %(before)s.",
            **values,
        )

    @api.model
    def _price_sentence(self, env, levels, place):
        """Say the price of one unit: « 28,00 € par licence et par an »."""
        product = place.overage.with_env(env)
        if place.price is None:
            if product.cdg47_on_study:
                return env._("quotation after a study")
            return env._("price missing from the tariff")
        values = {
            "amount": formatLang(
                env, place.price, currency_obj=levels.tariff.currency_id
            ),
            "unit": product.uom_id.cdg47_noun or product.uom_id.name,
        }
        if product.cdg47_is_yearly:
            return env._("%(amount)s per %(unit)s per year", **values)
        return env._("%(amount)s per %(unit)s", **values)

    # === Renewing ===
    def _mark_verdicts(self):
        """Have these verdicts computed again at the next flush."""
        for name in VERDICT_FIELDS:
            self.env.add_to_compute(self._fields[name], self)

    @api.model
    def _cron_refresh_verdicts(self):
        """Renew the verdicts of what is held: dates pass, tariffs change."""
        held = self.search([("state", "in", ("requested", "active"))])
        by_partner = held.grouped("partner_id")
        slices = [
            held.union(*(by_partner[partner] for partner in partners))
            for partners in split_every(BATCH, by_partner)
        ]
        self.env["ir.cron"]._cdg47_each(slices, "_refresh_verdicts")

    def _refresh_verdicts(self):
        self.env["cdg47.ledger"]._guard(self.partner_id)
        self._mark_verdicts()
        self.env.flush_all()

    # === Portal ===
    def _portal_quantity(self):
        """Say how much is held: « 12 Go, measured on 3 January »."""
        self.ensure_one()
        unit = self.product_id.uom_id
        if self.quantity == 1 and not unit.cdg47_noun:
            return ""  # « one unit » says nothing
        amount = unit._cdg47_format(self.quantity)
        if not self.measured_on:
            return amount
        return self.env._(
            "%(amount)s, measured on %(date)s",
            amount=amount,
            date=self.env["cdg47.convention"]._portal_date(self.measured_on),
        )

    def _portal_status(self):
        """Say where an allocation stands, and in which tone.

        :rtype: tuple[str, str]
        """
        self.ensure_one()
        words = dict(self._fields["state"]._description_selection(self.env))
        if self.state == "active" and self.date_end:
            left = (self.date_end - today_in_paris()).days
            if left <= 90:
                return self.env._("Expires in %(days)s days", days=max(0, left)), "todo"
        tones = {"requested": "waiting", "active": "done"}
        return words[self.state], tones.get(self.state, "over")
