# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The first sentence of every verdict: what it costs, and who accepts it (R10)."""

from odoo.tools.misc import formatLang


def included(env):
    """Say that nothing is to be paid."""
    return env._("It is included: you have nothing to pay.")


def priced(env, sums, who, is_part=False):
    """Say what is to be paid.

    :param str sums: « 180,00 € (3 heures × 60,00 €) », as made by :func:`product_of`
    :param str who: who accepts it, as :func:`signatory_word` says it
    :param bool is_part: the forfait covers the rest
    """
    values = {"sums": sums, "signatory": who}
    if not env.company.cdg47_acceptance_required:
        if is_part:
            return env._("It is included in part; for the rest: %(sums)s.", **values)
        return env._("It is not included: %(sums)s.", **values)
    if is_part:
        return env._(
            "It is included in part; for the rest: %(sums)s, to be accepted by "
            "%(signatory)s.",
            **values,
        )
    return env._(
        "It is not included: %(sums)s, to be accepted by %(signatory)s.", **values
    )


def quoted(env, partner):
    """Say that a quotation will tell the price."""
    return env._(
        "It is not included: a quotation will give the price, to be accepted by "
        "%(signatory)s.",
        signatory=signatory_word(partner),
    )


def product_of(env, uom, quantity, price, currency):
    """Write a sum and how it is made: « 180,00 € (3 heures × 60,00 €) ».

    :param uom.uom uom: the unit that the price is for
    :rtype: str
    """
    total = formatLang(env, currency.round(quantity * price), currency_obj=currency)
    written = uom.with_env(env)._cdg47_format(quantity)
    unit_price = formatLang(env, price, currency_obj=currency)
    return f"{total} ({written} × {unit_price})"


def signatory_word(partner):
    """Name who commits a collectivité: its mayor, or its president.

    :param res.partner partner: a collectivité; an annexed budget has its mother's
    """
    if has_mayor(partner):
        return partner.env._("the mayor")
    return partner.env._("the president")


def has_mayor(partner):
    """Tell whether a mayor commits a collectivité, and not a president."""
    owner = partner
    if partner.collectivite_type == "budget_annexe" and partner.parent_id:
        owner = partner.parent_id
    return owner.collectivite_type == "commune"
