# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Plans what a yearly campaign would do of each convention, without writing."""

from datetime import timedelta
from functools import cached_property

from odoo.exceptions import UserError
from odoo.fields import Domain

from ...lib.states import SIGNED_STATES
from ..tariff import Prices, fee
from .campaign_alerts import CampaignAlerts
from .campaign_levels import CampaignLevels
from .campaign_plan import Plan, PlannedFee


class CampaignPlanner:
    """Plans many conventions in a constant number of queries.

    :param cdg47.campaign campaign: gives the year, the tariff and what to compare
    """

    def __init__(self, campaign):
        self.campaign = campaign.with_company(campaign.company_id)
        self.env = self.campaign.env
        self.start = campaign.date_start
        self.end = campaign.date_end
        self.eve = self.start - timedelta(days=1)
        self.currency = campaign.currency_id
        self._prices = {}
        self._days_read = set()
        # What many conventions share is worked out once.
        self._yearly_fees = {}
        self._held_forfaits = {}

    # === Which conventions ===
    def conventions(self):
        """Return the conventions in force on the eve or on 1 January.

        :rtype: cdg47.convention
        """
        return self.env["cdg47.convention"].search(
            Domain("company_id", "=", self.campaign.company_id.id)
            & Domain("state", "in", SIGNED_STATES)
            & Domain("date_start", "<", self.start)
            & Domain("date_end", ">=", self.eve),
            order="partner_id, id",
        )

    def plan(self, conventions, lines=None, with_alerts=True):
        """Plan some conventions.

        :param cdg47.convention conventions: any conventions
        :param dict lines: what is already decided by hand, by convention
            (``cdg47.campaign.line``)
        :param bool with_alerts: False where only the money is asked
        :rtype: dict[cdg47.convention, Plan]
        """
        lines = lines or {}
        plans = {c: self._plan_of(c, lines.get(c)) for c in conventions}
        living = conventions.filtered(lambda c: plans[c].mode != "none")
        self._decide_strata(living, plans, lines)
        levels = CampaignLevels(self, living, plans)
        for convention in living:
            plan = plans[convention]
            if not plan.stratum:
                continue
            if with_alerts:
                plan.quotas = levels.quotas(convention, plan)
            try:
                plan.fees = self._fees(convention, plan, levels)
            except UserError as error:
                plan.obstacle = plan.obstacle or str(error)
            self._keep_refusals(plan, lines.get(convention))
        if with_alerts:
            CampaignAlerts(self, living, plans).tell()
        return plans

    def _plan_of(self, convention, line):
        """Say how a convention goes on: renewed, proposed again, or not."""
        mode, reason = self._mode(convention, line)
        term = (
            convention._term_at(self.eve)
            or convention._living_terms().filtered(lambda t: t.date_start < self.start)[
                :1
            ]
        )
        return Plan(
            mode=mode,
            reason=reason,
            old_stratum=term.stratum_id,
            old_stratum_reason=term.stratum_reason or "",
        )

    def _mode(self, convention, line):
        day = convention._format_date
        if convention.date_end >= self.start:
            opened = convention._living_terms().filtered(
                lambda term: self.start <= term.date_start <= self.end
            )
            if opened - (line.term_id if line else opened.browse()):
                return "none", self.env._("Its term of the year is already open.")
            return "renewal", ""
        if convention.notice_date:
            return "none", self.env._(
                "Notice received on %(date)s.", date=day(convention.notice_date)
            )
        if convention.termination_date:
            return "none", self.env._(
                "Ended on %(date)s: %(reason)s",
                date=day(convention.termination_date),
                reason=convention.termination_reason or "",
            )
        if convention in self._replaced:
            return "none", self.env._("A later convention is already prepared.")
        return "proposal", ""

    @cached_property
    def _replaced(self):
        """Return the conventions whose collectivité already has a later one."""
        later = self.env["cdg47.convention"]._read_group(
            [("date_start", ">=", self.start)], ["partner_id"]
        )
        partners = self.env["res.partner"].union(*(partner for (partner,) in later))
        return self.env["cdg47.convention"].search(
            [("partner_id", "in", partners.ids), ("date_end", "=", self.eve)]
        )

    # === The stratum ===
    def _decide_strata(self, conventions, plans, lines):
        """Decide the strata on 1 January, in the language of each collectivité."""
        by_lang = conventions.partner_id.grouped(lambda p: p._cdg47_lang())
        decisions = {}
        for lang, partners in by_lang.items():
            partners = partners.with_context(lang=lang)
            for partner, decision in partners._cdg47_strata_at(self.start).items():
                decisions[partner.id] = decision
        for convention in conventions:
            plan = plans[convention]
            line = lines.get(convention)
            if line and line.forced_stratum_id:
                plan.stratum = line.forced_stratum_id
                plan.stratum_reason = line.forced_reason
                continue
            plan.stratum, plan.stratum_reason = decisions[convention.partner_id.id]
            if not plan.stratum:
                plan.obstacle = plan.stratum_reason

    # === Euros ===
    def prices(self, day, pricelist=None):
        """Return the prices of a tariff; those of every forfait are read together.

        :rtype: Prices
        """
        key = pricelist or self.campaign.pricelist_id
        prices = self._prices.setdefault(key, Prices(key))
        if (key, day) not in self._days_read:
            self._days_read.add((key, day))
            prices.read(self._forfaits, day)
        return prices

    @cached_property
    def _forfaits(self):
        """Return every variant of every forfait and option."""
        return self.env["product.product"].search(
            [("product_tmpl_id.cdg47_is_forfait", "=", True)]
        )

    def whatif(self, product, amount, quantity):
        """Return the amount with the prices that the campaign compares."""
        campaign = self.campaign
        if campaign.whatif_kind == "percent":
            price = self.prices(self.start).of(product, self.start)
            price = self.currency.round(price * (1 + campaign.whatif_percent / 100))
            return fee(self.currency, price * quantity)
        if campaign.whatif_kind == "pricelist" and campaign.whatif_pricelist_id:
            tariff = campaign.whatif_pricelist_id
            price = self.prices(self.start, tariff).of(product, self.start)
            return fee(self.currency, price * quantity)
        return amount

    def _fees(self, convention, plan, levels):
        """Return the amounts of a year: forfaits, options, accepted supplements."""
        forfaits = self.forfaits_of(convention)
        if not forfaits:
            raise UserError(
                self.env._(
                    "%(convention)s has no forfait on %(date)s.",
                    convention=convention.name,
                    date=convention._format_date(self.start),
                )
            )
        return [self._yearly_fee(plan, forfait) for forfait in forfaits] + [
            self._fee(
                plan, "supplement", line.product_id, quantity, line.product_id, line
            )
            for line, quantity in levels.supplements(convention, plan)
        ]

    def forfaits_of(self, convention):
        """Return the forfaits and options held on 1 January.

        :rtype: product.template
        """
        if convention not in self._held_forfaits:
            self._held_forfaits[convention] = convention._forfaits_at(self.start)
        return self._held_forfaits[convention]

    def _yearly_fee(self, plan, forfait):
        """Return the fee of a forfait, the same for all who change strata alike."""
        key = forfait, plan.stratum, plan.old_stratum
        if key not in self._yearly_fees:
            # What it was sold as the year before, if it was.
            old = forfait.product_variant_ids.browse()
            if plan.old_stratum:
                old = forfait._cdg47_variant_for(plan.old_stratum)
            sold = forfait._cdg47_sold_to(plan.stratum)
            self._yearly_fees[key] = self._fee(plan, "fee", sold, 1.0, old)
        return self._yearly_fees[key]

    def _fee(self, plan, kind, product, quantity, old_product, continues=None):
        self._check_tax(product)
        price = self.prices(self.start).of(product, self.start)
        amount = fee(self.currency, price * quantity)
        old_price = 0.0  # where the tariff had none
        if old_product:
            old_price = self.prices(self.eve).at(old_product, self.eve) or 0.0
        return PlannedFee(
            kind=kind,
            product=product,
            stratum=plan.stratum,
            quantity=quantity,
            price=price,
            amount=amount,
            old_amount=fee(self.currency, old_price * quantity),
            whatif_amount=self.whatif(product, amount, quantity),
            continues=continues,
        )

    def _check_tax(self, product):
        """Refuse a product left without a tax in force: Factur-X needs one (R12)."""
        taxes = product.taxes_id._filter_taxes_by_company(self.campaign.company_id)
        if not taxes.filtered("active"):
            raise UserError(
                self.env._(
                    "%(product)s has no tax in force: its tax is archived or missing.",
                    product=product.display_name,
                )
            )

    def _keep_refusals(self, plan, line):
        """Keep the supplements that the collectivité no longer wants."""
        refused = line.fee_ids.filtered("is_refused") if line else ()
        reasons = {fee.continues_id: fee.refusal_reason or "" for fee in refused}
        for planned in plan.fees:
            if planned.continues in reasons:
                planned.is_refused = True
                planned.refusal_reason = reasons[planned.continues]
