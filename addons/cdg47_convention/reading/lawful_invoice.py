# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What makes one invoice lawful by itself, whoever made it (R17). Writes nothing."""

from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ..lib.doors import is_pressed
from .annexe1 import in_catalogue
from .collectivite_shape import chorus_lacks, has_siret

SALES = ("out_invoice", "out_refund")
# What a posted invoice says of what it bills: greyed on its form.
KEPT = {
    "move_type",
    "reversed_entry_id",
    "cdg47_convention_id",
    "cdg47_term_id",
    "cdg47_campaign_id",
    "cdg47_campaign_line_id",
    "cdg47_rebill",
    "cdg47_floor_reason",
    "payment_state",
}
SUMS_OF_LINES = {"price_subtotal", "price_total"}


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

    :param account.move move: an invoice or a credit note, ours or to a public debtor
    :rtype: str or bool
    """
    checks = [_debtor, _reference, _siret]
    if move.move_type == "out_invoice":
        checks += [_conventions, _ended, _unordered, _free, _small, _regimes]
        checks.append(_engagements)
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
    term_sudo = move.sudo().cdg47_term_id
    convention_sudo = term_sudo.convention_id
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


def _conventions(move):
    """An invoice is that of the convention whose orders and year it bills."""
    # An accountant may read neither the convention nor what somebody else sold.
    move_sudo = move.sudo()
    orders_sudo = move_sudo.invoice_line_ids.sale_line_ids.order_id
    found = {order.convention_id for order in orders_sudo}
    found.update(move_sudo.cdg47_term_id.convention_id)
    if not found or found == {move_sudo.cdg47_convention_id}:
        return None
    return move.env._(
        "This invoice is that of %(name)s, and bills %(others)s: make one by "
        "convention, from its orders.",
        name=move_sudo.cdg47_convention_id.name or "-",
        others=", ".join(sorted(convention.name or "-" for convention in found)),
    )


# === Written by RPC, a list or an import, which know no button (R14) ===
def check_written(moves, vals):
    """Refuse to post without the button, and to change what was posted."""
    posting = vals.get("state") == "posted" and not is_pressed()
    changed = [name for name in vals if name in KEPT or _is_sum(moves, name)]
    if not posting and not changed:
        return
    becomes_ours = bool(vals.get("cdg47_convention_id"))
    for move in moves.filtered(lambda move: becomes_ours or is_public(move)):
        if posting and move.state != "posted":
            raise UserError(
                move.env._(
                    "%(move)s is posted by its button « Confirm », which checks it.",
                    move=move.display_name,
                )
            )
        for name in changed:
            _check_kept(move, vals, name)


def _check_kept(move, vals, name):
    if not move._field_will_change(move, vals, name):
        return
    is_free = move.state != "posted" or vals.get("state") in ("draft", "cancel")
    # « Blocked for payment » is the accountant's to say.
    is_block = name == "payment_state" and "blocked" in (vals[name], move[name])
    if _is_sum(move, name):
        _refuse_sum(move)
    if not is_free and not is_block:
        refuse_posted(move)


def check_sums(lines, vals):
    """Refuse to enter what the quantities and prices of these lines come to."""
    for name in SUMS_OF_LINES & set(vals):
        for line in lines.filtered(lambda line: is_ours(line.move_id)):
            if line.move_id._field_will_change(line, vals, name):
                _refuse_sum(line.move_id)


def _is_sum(moves, name):
    field = moves._fields.get(name)
    return bool(field and field.compute and name.startswith("amount_"))


def _refuse_sum(move):
    raise UserError(
        move.env._(
            "The sums of %(move)s are those of its lines: nobody enters them.",
            move=move.display_name,
        )
    )


def refuse_posted(move):
    """Say what corrects an invoice that left."""
    raise UserError(
        move.env._("%(move)s is posted: a credit note corrects it.", move=move.name)
    )
