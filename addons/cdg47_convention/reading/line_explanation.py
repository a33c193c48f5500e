# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""« Pourquoi est-ce facturé ? »: what an order line answers (R10). Writes nothing."""

from odoo.tools.misc import formatLang

from ..lib.dates import day_in_paris


def explain(line):
    """Return why a line is billed, in the language of the collectivité.

    Empty keeps what was written.

    :param sale.order.line line: a line of a convention
    :rtype: str
    """
    if line.cdg47_kind == "fee":
        return _explain_fee(line.order_id)
    if line.cdg47_kind == "supplement" and line.cdg47_continues_id:
        return _explain_renewal(line)
    # Verdicts are the collectivité's own; only the ledger is out of its sight.
    facts_sudo = line.sudo().cdg47_consumption_ids
    living = facts_sudo.filtered(lambda f: f.verdict and not f.reversal_of_id)
    if not living:
        return ""
    env = line.env(
        context={**line.env.context, "lang": living.partner_id[:1]._cdg47_lang()}
    )
    return "\n".join(
        env._(
            "%(date)s: %(verdict)s",
            date=fact.partner_id._cdg47_format_date(fact.date),
            verdict=fact.verdict,
        )
        for fact in living.sorted(lambda fact: (fact.date, fact.id))
    )


def _explain_fee(order):
    term = order.term_id
    if not term.stratum_reason:
        return ""
    return order.convention_id._in_partner_lang().env._(
        "Yearly fee of the stratum « %(stratum)s »: %(reason)s.",
        stratum=term.stratum_id.name,
        reason=term.stratum_reason.rstrip("."),
    )


def _explain_renewal(line):
    """Say which order accepted the supplement that goes on for a year (R8)."""
    order = line.order_id
    convention = order.convention_id._in_partner_lang()
    accepted = line.cdg47_continues_id.order_id
    unit = line.product_uom_id.with_env(convention.env)
    return convention.env._(
        "%(article)s: supplement accepted on %(date)s (%(order)s), renewed for "
        "the year at the tariff of %(start)s: %(price)s per %(unit)s.",
        article=line.product_id.cdg47_tariff_article or "Annexe 3 IV",
        date=convention._format_date(
            day_in_paris(accepted.signed_on or accepted.date_order)
        ),
        order=accepted.name,
        start=convention._format_date(order.term_id.date_start),
        price=formatLang(
            convention.env, line.price_unit, currency_obj=order.currency_id
        ),
        unit=unit.cdg47_noun or unit.name,
    )
