# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Quotations of a convention: forfaits, supplements, what is beyond, time (R7)."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import formatLang

from ...lib.dates import today_in_paris
from ...reading.included import share
from ...reading.tariff import price_at


def prepare_quotation(convention, term):
    """Return what every quotation of a convention says: who, to whom, which tariff.

    :param cdg47.convention.term term: the term it is for; empty beyond the last one
    :rtype: dict
    """
    return {
        "partner_id": convention.partner_id.id,
        "partner_invoice_id": convention.invoice_partner_id.id,
        "company_id": convention.company_id.id,
        "pricelist_id": convention.company_id._cdg47_tariff().id,
        "convention_id": convention.id,
        "term_id": term.id,
        "user_id": convention.user_id.id,
        "require_signature": True,
        "require_payment": False,
        # A council meets when it meets: the offer does not lapse by itself.
        "validity_date": False,
        "chorus_service_code": convention.invoice_partner_id.chorus_service_code,
    }


def prepare_typed(convention):
    """Return what makes of a quotation that somebody typed one of its convention.

    Who types it follows it.

    :rtype: dict
    """
    values = prepare_quotation(convention, convention._term_at(today_in_paris()))
    values.pop("user_id")
    return values


def typing_action(convention):
    """Open a new quotation of a convention, for somebody to type.

    :rtype: dict
    """
    convention.ensure_one()
    actions = convention.env["ir.actions.act_window"]
    return {
        **actions._for_xml_id("sale.action_quotations"),
        "view_mode": "form",
        "views": [(False, "form")],
        "domain": [],
        "context": {
            "default_partner_id": convention.partner_id.id,
            "default_company_id": convention.company_id.id,
        },
    }


def quote_fees(convention, term, forfaits, date_start=None):
    """Create the quotation of forfaits for a term.

    :param cdg47.convention.term term: the term they are sold for
    :param product.template forfaits: forfaits and options
    :param datetime.date date_start: first day, that of the term by default
    :rtype: sale.order
    """
    lang = convention.partner_id._cdg47_lang()
    term = term.with_context(lang=lang)
    return draw(
        convention.with_context(lang=lang).env,
        {
            **prepare_quotation(convention, term),
            "order_line": [
                Command.create(
                    term._prepare_fee_line(forfait, date_start or term.date_start)
                )
                for forfait in forfaits
            ],
        },
    )


def draw(env, *values):
    """Create quotations with lines whose kind is decided, which nobody enters.

    :param odoo.api.Environment env: of who draws them, and may create quotations
    :rtype: sale.order
    """
    orders = env["sale.order"]
    orders.check_access("create")
    return orders.sudo().create(list(values)).with_env(env)


def quote_services(origin, lines, allow_missing_price=False):
    """Draw the quotation of services, at the tariff of today.

    :param list lines: dicts with ``product_id`` (product.product), ``quantity`` (in
        the product's unit), ``kind`` (``supplement``, ``overage``, ``time`` or
        False) and optionally ``name``, ``explanation`` (why it is billed, found by
        itself by default), ``consumptions`` and ``allocations`` (what it is billed
        for), ``continues`` (accepted order line whose excess it accepts)
    :param bool allow_missing_price: let the CDG enter the price later, for what is
        quoted after a study: it is not signed without one
    :return: a draft, in the language of the collectivité
    :rtype: sale.order
    :raise UserError: convention not in force, price missing from the tariff, or
        something that is quoted already
    :raise RedirectWarning: something must be held first; its button leads on
    """
    convention = origin._in_partner_lang()
    if not convention._is_signed():
        raise UserError(
            origin.env._(
                "%(convention)s is not in force: nothing can be quoted yet.",
                convention=origin.display_name,
            )
        )
    _guard_quotation(convention, lines)
    term = convention._term_at(today_in_paris())
    order = draw(
        convention.env,
        {
            **prepare_quotation(convention, term),
            "order_line": [
                Command.create(_prepare_service_line(convention, values))
                for values in lines
            ],
        },
    )
    for line, values in zip(order.order_line, lines, strict=True):
        if not allow_missing_price:
            line._cdg47_check_price()
        line._cdg47_quote_facts(values.get("consumptions"), values.get("allocations"))
        if line._cdg47_allocates():
            today = today_in_paris()
            convention.partner_id._cdg47_check_prerequisites(
                [(convention.partner_id, line.product_id, today)]
            )
    return order


def _guard_quotation(convention, lines):
    """Become the only writer about what is quoted: nothing is quoted twice (R6)."""
    concerned = convention.partner_id
    for values in lines:
        for name in ("consumptions", "allocations"):
            if values.get(name):
                concerned |= values[name].sudo().partner_id
    ledgers = convention.env["cdg47.ledger"]
    ledgers._guard(ledgers._concerned(concerned).sudo(False))


def _prepare_service_line(convention, values):
    """Return an order line; a line that is billed says why (R10)."""
    product = values["product_id"].with_env(convention.env)
    continued = values.get("continues")
    prepared = {
        "product_id": product.id,
        "product_uom_id": product.uom_id.id,
        "product_uom_qty": values["quantity"],
        "cdg47_kind": values.get("kind"),
        "cdg47_continues_id": continued.id if continued else False,
        "name": values.get("name") or product.description_sale or product.name,
    }
    explanation = values.get("explanation") or _explain_service(convention, values)
    if explanation:
        prepared["cdg47_explanation"] = explanation
    return prepared


def _explain_service(convention, values):
    """Say why a service is billed when neither a use nor a thing held says it."""
    if values.get("consumptions"):
        return False  # the line says it itself, and follows their verdicts
    if values.get("allocations"):
        return "\n".join(values["allocations"].sudo().mapped("verdict"))
    product = values["product_id"]
    if values.get("kind") != "supplement":
        return False
    return _explain_supplement(
        convention, product.with_env(convention.env), values["quantity"]
    )


def _explain_supplement(convention, product, quantity):
    """Say what the forfaits cover, then what is asked for on top of it."""
    found = share(convention, product, quantity, product.uom_id, today_in_paris())
    if found.billable >= quantity:
        return found.reason
    tariff = convention.company_id._cdg47_tariff().sudo()
    price = price_at(tariff, product, today_in_paris())
    if price is None:
        return found.reason
    asked = convention.env._(
        "Asked for as a supplement: %(quantity)s, at %(price)s per %(unit)s.",
        quantity=product.uom_id._cdg47_format(quantity),
        price=formatLang(convention.env, price, currency_obj=tariff.currency_id),
        unit=product.uom_id.cdg47_noun or product.uom_id.name,
    )
    return f"{found.reason} {asked}"
