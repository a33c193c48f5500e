# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Price or quota of a session for a collectivité: a dry run. Never writes."""

from collections import defaultdict
from dataclasses import dataclass

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_convention.reading import answer
from odoo.addons.cdg47_convention.reading.tariff import Prices

from .eligibility import refusals
from .group_quota import GroupQuota

HALF_DAY = "cdg47_convention.uom_half_day"
DAY = "cdg47_convention.uom_day"


@dataclass
class Offer:
    """What registering would draw and cost, shown before the click (R7, R10).

    :param str coverage: included, partial, billed, or refused
    :param float included: half-days drawn from the forfait
    :param float billed: days to be billed
    :param float unit_price: of one day, excluding taxes; None: missing from the tariff
    :param product.product product: what is billed
    """

    coverage: str
    sentence: str
    verdict: str = ""
    code: str = ""
    included: float = 0.0
    billed: float = 0.0
    unit_price: float | None = 0.0
    product: object = None
    is_counted: bool = False

    @property
    def amount(self):
        return self.billed * (self.unit_price or 0.0)

    @property
    def key(self):
        """What the contact accepts: posted back with the click, and compared."""
        return f"{self.billed:.6f}x{self.unit_price or 0:.4f}"


def offers_of(sessions, collectivite, agents=1, checked=False):
    """Tell for each session what registering agents would draw and cost.

    The number of queries does not depend on that of sessions.

    :param event.event sessions: any
    :param res.partner collectivite: the one that would draw or pay
    :param int agents: how many agents, when each one counts
    :param bool checked: the right to register is checked already
    :rtype: dict[event.event, Offer]
    """
    # Rights and prices are decided by data that a portal user does not read.
    partner_sudo = collectivite.with_context(
        lang=collectivite.sudo()._cdg47_lang()
    ).sudo()
    sessions_sudo = sessions.with_env(partner_sudo.env)
    context = _OfferContext(sessions_sudo, partner_sudo, agents)
    refused = {} if checked else refusals(sessions_sudo, partner_sudo)
    return {
        session: context.offer(session_sudo, refused.get(session_sudo))
        for session, session_sudo in zip(sessions, sessions_sudo, strict=True)
    }


def offer_of(session, collectivite, agents=1, checked=False):
    """Tell it for one session.

    :rtype: Offer
    """
    session.ensure_one()
    return offers_of(session, collectivite, agents, checked)[session]


def counted_half_days(sessions, partner):
    """Return the half-days that a collectivité already counts, drawn or billed.

    :rtype: cdg47.training.half.day
    """
    participations = sessions.env["cdg47.training.participation"].search(
        [
            ("collectivite_id", "=", partner.id),
            ("half_day_id.event_id", "in", sessions.ids),
            ("registration_id", "=", False),
        ]
    )
    return participations.half_day_id


class _OfferContext:
    """What the offers to one collectivité share: loaded once."""

    def __init__(self, sessions, partner, agents):
        self.env = sessions.env
        self.partner = partner
        self.half_day = self.env.ref(HALF_DAY)
        self.day = self.env.ref(DAY)
        once = self.env.company.cdg47_half_day_once
        self.times = 1 if once else agents
        self.counted = (
            counted_half_days(sessions, partner)
            if once
            else self.env["cdg47.training.half.day"]
        )
        self.prices = Prices(self.env.company._cdg47_tariff())
        self.quotas = {}

    def offer(self, session, refusal):
        if refusal:
            return Offer("refused", refusal[1], verdict=refusal[1], code=refusal[0])
        half_days = session.half_day_ids - self.counted
        if not half_days:
            already = self.env._(
                "Already counted: another of your agents attends these half-days."
            )
            sentence = f"{answer.included(self.env)} {already}"
            return Offer("included", sentence, verdict=sentence, is_counted=True)
        if session.training_kind == "group":
            return self._group_offer(session, half_days)
        days = len(half_days) * self.times / 2
        sold = session.training_request_ids._line_of(self.partner)
        if sold:
            days = max(days - sold._training_left(), 0)
            if not days:
                return self._sold_offer(sold)
        return self._billed_offer(session, session.training_product_id, days)

    def _sold_offer(self, line):
        """A training asked for is priced by its quotation, and by nothing else."""
        sentence = self.env._(
            "Registering adds nothing to pay: this training is that of %(order)s.",
            order=line.order_id.name,
        )
        return Offer("included", sentence, verdict=sentence)

    def _group_offer(self, session, half_days):
        quota = self._quota(session.training_product_id)
        by_year = defaultdict(list)
        for day in half_days.mapped("date"):
            by_year[day.year].append(day)
        answers = {
            year: quota.ask(min(days), len(days) * self.times)
            for year, days in sorted(by_year.items())
        }
        if not all(answers.values()):
            product = quota.overage(min(half_days.mapped("date")))
            days = len(half_days) * self.times / 2
            return self._billed_offer(session, product, days)
        return self._answered(session, quota, answers, half_days)

    def _answered(self, session, quota, answers, half_days):
        included = sum(asked.covered for asked in answers.values())
        billed = sum(asked.billable for asked in answers.values()) / 2
        verdict = " ".join(asked.verdict for asked in answers.values())
        left = [
            self.env._(
                "%(left)s left out of %(granted)s in %(year)s.",
                left=self.half_day._cdg47_format(asked.left),
                granted=f"{asked.granted:g}",
                year=str(year),
            )
            for year, asked in answers.items()
            if asked.covered
        ]
        if not billed:
            sentence = " ".join([answer.included(self.env), *left])
            return Offer("included", sentence, verdict, included=included)
        product = quota.overage(min(half_days.mapped("date")))
        offer = self._billed_offer(session, product, billed, is_part=included > 0)
        offer.sentence = " ".join([offer.sentence, *left])
        offer.verdict = verdict
        offer.included = included
        if included and offer.coverage == "billed":
            offer.coverage = "partial"
        return offer

    def _billed_offer(self, session, product, days, is_part=False):
        price = self.prices.at(product, today_in_paris()) if product else None
        if price is None:
            sentence = self.env._(
                "The price of this training is missing from the tariff: ask us for it."
            )
            return Offer("refused", sentence, verdict=sentence, code="price")
        sums = answer.product_of(self.env, self.day, days, price, self.prices.currency)
        # Registering at the price shown is accepting it.
        who = self.env._("you, by registering")
        sentence = answer.priced(self.env, sums, who, is_part)
        article = product.cdg47_tariff_article or product.cdg47_article or ""
        verdict = f"{sentence} {product.name} ({article})." if article else sentence
        return Offer(
            "billed", sentence, verdict, billed=days, unit_price=price, product=product
        )

    def _quota(self, product):
        if product not in self.quotas:
            self.quotas[product] = GroupQuota(self.partner, product, self.half_day)
        return self.quotas[product]
