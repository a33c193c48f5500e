# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The sentence that says where a thing held stands against its quota (R8, R10)."""

from odoo.tools.misc import formatLang

from . import answer
from .tariff import price_words


def verdict_sentence(allocation, levels, place):
    """Explain a place in the language of the collectivité.

    :param HeldLevels levels: gives the tariff
    :param Place place: what was decided
    :rtype: str
    """
    lang = allocation.partner_id._cdg47_lang()
    env = levels.env(context={**allocation.env.context, "lang": lang})
    if allocation._is_outside_quota():
        return _with_nothing_to_pay(
            env, env._("Obtained elsewhere: outside the quota, not billed.")
        )
    rule = place.rule.with_env(env)
    values = {
        "article": rule.article or "",
        "rule": rule.name or "",
        "before": rule.uom_id._cdg47_format(place.before) if rule.uom_id else "",
    }
    if place.quota is None:
        return _uncounted_sentence(env, place, values)
    values["quota"] = rule.uom_id._cdg47_format(place.quota)
    if not place.over:
        return _with_nothing_to_pay(
            env,
            env._(
                "Covered by the quota of %(quota)s: %(rule)s (%(article)s). Held "
                "before it: %(before)s.",
                **values,
            ),
        )
    to_pay = _to_pay(env, levels, place, allocation)
    return f"{to_pay} {_over_sentence(env, rule, place, values)}"


def _with_nothing_to_pay(env, sentence):
    return f"{answer.included(env)} {sentence}"


def _to_pay(env, levels, place, allocation):
    """Say what is beyond in euros, and how the sum is made."""
    partner = allocation.partner_id.with_env(env)
    if place.price is None:
        missing = price_sentence(env, levels, place)
        return f"{answer.quoted(env, partner)} ({missing})"
    currency = levels.tariff.currency_id
    total = formatLang(
        env, currency.round(place.over * place.price), currency_obj=currency
    )
    quantity = place.overage.uom_id.with_env(env)._cdg47_format(place.over)
    sums = f"{total} ({quantity} × {price_sentence(env, levels, place)})"
    if allocation.accepted_quantity >= place.over:
        return env._("It is not included: %(sums)s, accepted.", sums=sums)
    who = answer.signatory_word(partner)
    return answer.priced(env, sums, who, is_part=place.covered > 0)


def _uncounted_sentence(env, place, values):
    if place.is_held:
        return _with_nothing_to_pay(env, f"{values['rule']} ({values['article']}).")
    return _with_nothing_to_pay(env, env._("Recorded, in no quota."))


def _over_sentence(env, rule, place, values):
    if not place.is_held:
        return env._("Not in the forfaits held.")
    if place.covered:
        return env._(
            "Beyond the quota for %(over)s. Quota of %(quota)s: %(rule)s "
            "(%(article)s). Held before it: %(before)s.",
            over=rule.uom_id._cdg47_format(place.over),
            **values,
        )
    return env._(
        "Beyond the quota of %(quota)s: %(rule)s (%(article)s). Held before it: "
        "%(before)s.",
        **values,
    )


def price_sentence(env, levels, place):
    """Say the price of one unit: « 28,00 € par licence et par an ».

    :rtype: str
    """
    product = place.overage.with_env(env)
    if place.price is None:
        if product.cdg47_on_study:
            return env._("quotation after a study")
        return env._("price missing from the tariff")
    return price_words(env, product, place.price, levels.tariff.currency_id)
