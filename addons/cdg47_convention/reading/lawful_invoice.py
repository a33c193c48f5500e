# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What makes one invoice lawful by itself, whoever made it (R17). Writes nothing."""

from odoo.tools.misc import formatLang

from .catalogue_sale import in_catalogue
from .collectivite_shape import chorus_lacks, has_siret

SALES = ("out_invoice", "out_refund")


def is_ours(move):
    """Tell whether an invoice is one of a convention, or bills the catalogue."""
    return bool(
        move.move_type in SALES
        and (
            move.cdg47_convention_id
            or any(
                in_catalogue(product) for product in move.invoice_line_ids.product_id
            )
        )
    )


def is_public(move):
    """Tell whether an invoice is ours, or is that of a public debtor."""
    return is_ours(move) or bool(
        move.move_type in SALES and move.commercial_partner_id.collectivite_type
    )


def obstacle(move):
    """Return why an invoice cannot leave as it is, or False.

    :param account.move move: an invoice or a credit note that is ours
    :rtype: str or bool
    """
    checks = [_debtor, _reference, _siret]
    if move.move_type == "out_invoice":
        checks += [_ended, _unordered, _free, _small, _regimes, _engagements]
    else:
        checks.append(_without_invoice)
    return next(filter(None, (check(move) for check in checks)), False)


def reminders(move):
    """Return what an accountant is asked for before posting, without being stopped.

    :rtype: dict[str, str]
    """
    found = {"cdg47_reference": _reference(move), "cdg47_accounts": _accounts(move)}
    return {name: sentence for name, sentence in found.items() if sentence}


def _billed(move):
    return move.invoice_line_ids.filtered(lambda line: line.display_type == "product")


def _debtor(move):
    """Nothing of one collectivité is sent to another (R13)."""
    # An accountant may read neither the convention nor what somebody else sold.
    move_sudo = move.sudo()
    known = (
        move_sudo.cdg47_convention_id.invoice_partner_id
        | move_sudo.invoice_line_ids.sale_line_ids.order_id.partner_invoice_id
        | move_sudo.reversed_entry_id.commercial_partner_id
    ).commercial_partner_id
    if not known or move_sudo.commercial_partner_id in known:
        return None
    return move.env._(
        "This is owed by %(known)s, not by %(name)s: enter its debtor again.",
        known=", ".join(known.mapped("name")),
        name=move.commercial_partner_id.name,
    )


def _reference(move):
    """Return which Chorus reference required by the debtor is missing, or None."""
    debtor = move.commercial_partner_id
    if not chorus_lacks(debtor, move.buyer_reference, move.purchase_order_reference):
        return None
    labels = dict(debtor._fields["chorus_requirement"]._description_selection(move.env))
    return move.env._(
        "%(debtor)s requires on its invoices: %(requirement)s. Enter it on the "
        "invoice before posting it: tab « Other Info », group « Chorus Pro ».",
        debtor=debtor.name,
        requirement=labels[debtor.chorus_requirement],
    )


def _siret(move):
    """The comptable public needs to know who owes."""
    debtor = move.commercial_partner_id
    if not debtor.collectivite_type or has_siret(debtor):
        return None
    return move.env._(
        "%(debtor)s has no SIRET of 14 digits: enter it on its form (field SIRET) "
        "before its invoices are posted.",
        debtor=debtor.name,
    )


def _typed_of_catalogue(move):
    """Return the lines of the catalogue that no order drew."""
    # An accountant may invoice, or credit, what somebody else sold.
    return move.sudo().invoice_line_ids.filtered(
        lambda line: in_catalogue(line.product_id) and not line.sale_line_ids
    )


def _unordered(move):
    """What the catalogue sells is accepted on a quotation, then invoiced once."""
    lines = _typed_of_catalogue(move)
    if not lines:
        return None
    return move.env._(
        "%(products)s: nobody accepted it. Draw a quotation of the convention, and "
        "invoice its order.",
        products=", ".join(lines.product_id.mapped("display_name")),
    )


def _without_invoice(move):
    """What the catalogue sold is credited from its invoice, within what it billed."""
    lines = _typed_of_catalogue(move)
    if move.reversed_entry_id or not lines:
        return None
    return move.env._(
        "%(products)s: this credit note corrects no invoice. Open the invoice and "
        "press « Credit Note ».",
        products=", ".join(lines.product_id.mapped("display_name")),
    )


def _accounts(move):
    """The finance software asks under which M57 account each sum is recorded."""
    products = _billed(move).product_id.filtered(
        lambda product: in_catalogue(product) and not product.cdg47_account_code
    )
    if not products:
        return None
    return move.env._(
        "No M57 account: %(products)s. Enter it on the form of the service, or its "
        "titre is issued without imputation.",
        products=", ".join(products.mapped("display_name")),
    )


def _ended(move):
    """An end undoes what was prepared beyond it; until then, nothing of it leaves."""
    # An accountant may read no convention.
    convention_sudo = move.sudo().cdg47_convention_id
    term_sudo = move.sudo().cdg47_term_id
    if not term_sudo or (
        term_sudo.state != "cancelled"
        and term_sudo.date_start <= convention_sudo.date_end
    ):
        return None
    return move.env._(
        "%(convention)s ends before the period of this invoice: cancel it.",
        convention=convention_sudo.display_name,
    )


def _free(move):
    """No service for nothing, nor an invoice whose services were all removed."""
    currency = move.currency_id
    for line in _billed(move):
        if currency.is_zero(move.amount_total) or (
            in_catalogue(line.product_id) and currency.is_zero(line.price_subtotal)
        ):
            return move.env._(
                "« %(line)s » is invoiced at %(amount)s: remove it, or enter its price "
                "on a quotation.",
                line=line.name,
                amount=formatLang(move.env, 0, currency_obj=currency),
            )
    return None


def is_small(move):
    """Tell whether an invoice is below the smallest debt, and nobody insists."""
    floor = move.company_id.cdg47_debt_floor
    return not move.cdg47_floor_reason and 0 < move.amount_total < floor


def _small(move):
    return small_sentence(move) if is_small(move) else None


def small_sentence(move):
    """Say that a debt is below the smallest one, and how an accountant insists."""
    amounts = (move.amount_total, move.company_id.cdg47_debt_floor)
    amount, floor = (
        formatLang(move.env, value, currency_obj=move.currency_id) for value in amounts
    )
    return move.env._(
        "An invoice of %(amount)s to %(debtor)s: below %(floor)s nothing is invoiced "
        "(art. D1611-1 of the CGCT). It joins the next invoice, unless an accountant "
        "says why it is made nonetheless.",
        debtor=move.commercial_partner_id.name,
        amount=amount,
        floor=floor,
    )


def _regimes(move):
    known = move.company_id._cdg47_taxes_by_regime().values()
    taxes = [line.tax_ids for line in _billed(move)]
    regimes = {next((tax for tax in known if tax in own), None) for own in taxes}
    if len(regimes) < 2:
        return None
    return move.env._(
        "This invoice mixes two VAT regimes (%(taxes)s): make one by regime.",
        taxes=", ".join(set(move.invoice_line_ids.tax_ids.mapped("name"))),
    )


def _engagements(move):
    orders = move.sudo().invoice_line_ids.sale_line_ids.order_id
    numbers = set(orders.mapped("chorus_engagement"))
    if len(numbers) < 2:
        return None
    return move.env._(
        "This invoice mixes several engagements (%(numbers)s): make one by engagement.",
        numbers=", ".join(sorted(number or "-" for number in numbers)),
    )
