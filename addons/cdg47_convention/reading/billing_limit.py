# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What of an order line may be invoiced, whatever was cancelled or credited (R16).

A credit note is final: what it gives back is not invoiced again, unless « à
refacturer » is chosen on it. Reads, and writes nothing.
"""

from odoo.exceptions import UserError
from odoo.tools import float_compare
from odoo.tools.misc import formatLang

from .annexe1 import in_catalogue

DIGITS = 6


def is_limited(line):
    """Tell whether this order line is one of a convention, or of the catalogue."""
    return bool(
        not line.display_type
        and (line.order_id.convention_id or in_catalogue(line.product_id))
    )


def due(line):
    """Return what is accepted and delivered of an order line, in its unit."""
    if line.state != "sale":
        return 0.0
    if line.cdg47_paid_product_id and line.currency_id.is_zero(line.price_unit):
        return 0.0  # owed already: no paper for nothing (R17)
    if line.product_id.invoice_policy == "order":
        return line.product_uom_qty
    return min(line.product_uom_qty, line.qty_delivered)


def left_to_invoice(line):
    """Return what is left to invoice; below zero, what is to be credited."""
    left = due(line) - line.qty_invoiced
    if left > 0:
        left = max(left - _quantity(_final_credits(line)), 0.0)
    return left


def is_given_back(line):
    """Tell whether a final credit note gave back all that this line sold."""
    return _quantity(_final_credits(line)) >= line.product_uom_qty > 0


def check_unposted(lines):
    """Refuse to delete the order lines that a posted invoice or credit note bills."""
    # Who sells may read no invoice.
    for line_sudo in lines.sudo().filtered(is_limited):
        posted_sudo = line_sudo.invoice_lines.filtered(
            lambda il: il.parent_state == "posted"
        )
        if posted_sudo:
            raise UserError(
                lines.env._(
                    "« %(line)s » (%(order)s) is what %(moves)s bills: it is kept.",
                    line=line_sudo.name,
                    order=line_sudo.order_id.name,
                    moves=", ".join(posted_sudo.move_id.mapped("name")),
                )
            )


def _living(line, kind):
    """Return the invoice lines of an order line that are not cancelled."""
    return line.invoice_lines.filtered(
        lambda il: il.parent_state != "cancel" and il.move_id.move_type == kind
    )


def _final_credits(line):
    return _living(line, "out_refund").filtered(lambda il: not il.move_id.cdg47_rebill)


def _quantity(invoice_lines):
    """Sum quantities, in the unit of the order line they bill."""
    return sum(
        il.product_uom_id._compute_quantity(
            il.quantity, il.sale_line_ids[:1].product_uom_id, round=False
        )
        for il in invoice_lines
    )


def _unit_price(line):
    return line.price_unit * (1 - (line.discount or 0.0) / 100)


def over_billing(moves):
    """Say what these invoices and credit notes may not bill, or give back.

    :param account.move moves: about to be posted, as superuser
    :return: one sentence by order line, or invoice, that is beyond
    :rtype: list[str]
    """
    sentences = []
    for invoice in moves.reversed_entry_id:
        sentence = _beyond_total(invoice, moves)
        if sentence:
            sentences.append(sentence)
    for line in moves.invoice_line_ids.sale_line_ids.filtered(is_limited):
        own = line.invoice_lines & moves.invoice_line_ids
        sentence = (
            _another_product(line, own)
            or _beyond_due(line, moves, own)
            or _beyond_invoiced(line, moves, own)
        )
        if sentence:
            sentences.append(sentence)
    return sentences


def _another_product(line, own):
    if all(il.product_id == line.product_id for il in own):
        return None
    return line.env._(
        "« %(line)s » (%(order)s): something else than what was accepted is invoiced. "
        "Cancel this draft and invoice the order again.",
        line=line.name,
        order=line.order_id.name,
    )


def _beyond_due(line, moves, own):
    invoiced = own.filtered(lambda il: il.move_id.move_type == "out_invoice")
    if not invoiced:
        return None
    given_back = _living(line, "out_refund").filtered(
        lambda il: (
            il.move_id.cdg47_rebill
            and (il.parent_state == "posted" or il.move_id in moves)
        )
    )
    total = _quantity(_living(line, "out_invoice")) - _quantity(given_back)
    values = {"line": line.name, "order": line.order_id.name}
    if float_compare(total, due(line), DIGITS) > 0:
        return line.env._(
            "« %(line)s » (%(order)s): more is invoiced than what is due. Cancel this "
            "draft and invoice the order again.",
            **values,
        )
    currency = line.currency_id
    accepted = _unit_price(line)
    if any(currency.compare_amounts(_unit_price(il), accepted) > 0 for il in invoiced):
        return line.env._(
            "« %(line)s » (%(order)s) was accepted at %(price)s: no more is invoiced.",
            price=formatLang(line.env, accepted, currency_obj=currency),
            **values,
        )
    return None


def _beyond_invoiced(line, moves, own):
    if not own.filtered(lambda il: il.move_id.move_type == "out_refund"):
        return None
    invoiced = _living(line, "out_invoice").filtered(
        lambda il: il.parent_state == "posted" or il.move_id in moves
    )
    credited = _living(line, "out_refund")
    compare = line.currency_id.compare_amounts
    if (
        float_compare(_quantity(credited), _quantity(invoiced), DIGITS) > 0
        or compare(_amount(credited), _amount(invoiced)) > 0
    ):
        return line.env._(
            "« %(line)s » (%(order)s): more is credited than what was invoiced.",
            line=line.name,
            order=line.order_id.name,
        )
    return None


def _beyond_total(invoice, moves):
    """What no order drew, typed on an invoice, is given back once too."""
    notes = invoice.reversal_move_ids.filtered(
        lambda move: move.state == "posted" or move in moves
    )
    total = sum(notes.mapped("amount_total"))
    currency = invoice.currency_id
    if currency.compare_amounts(total, invoice.amount_total) <= 0:
        return None
    credited, invoiced = (
        formatLang(invoice.env, amount, currency_obj=currency)
        for amount in (total, invoice.amount_total)
    )
    return invoice.env._(
        "%(invoice)s is invoiced %(invoiced)s, and would be credited %(credited)s: "
        "remove from this credit note what another one gave back.",
        invoice=invoice.name,
        invoiced=invoiced,
        credited=credited,
    )


def credit_notes_of(moves):
    """Return the posted credit notes that would give back what is invoiced no more.

    :param account.move moves: posted, about to be set back to draft, as superuser
    :rtype: account.move
    """
    notes = moves.reversal_move_ids.filtered(lambda move: move.state == "posted")
    for line in moves.invoice_line_ids.sale_line_ids.filtered(is_limited):
        invoiced, credited = (
            _living(line, kind).filtered(
                lambda il: il.parent_state == "posted" and il.move_id not in moves
            )
            for kind in ("out_invoice", "out_refund")
        )
        if float_compare(_quantity(credited), _quantity(invoiced), DIGITS) > 0:
            notes |= credited.move_id
    return notes - moves


def _amount(invoice_lines):
    return sum(invoice_lines.mapped("price_subtotal"))


def credited_whole(moves):
    """Return the supplements of which nothing stays invoiced once these are credited.

    :param account.move moves: posted invoices to be credited, or posted credit notes
    :rtype: sale.order.line
    """
    lines = moves.invoice_line_ids.sale_line_ids.filtered(
        lambda line: line.cdg47_kind == "supplement" and not line.cdg47_continues_id
    )
    to_credit = moves.filtered(lambda move: move.move_type == "out_invoice")
    return lines.filtered(
        lambda line: (
            float_compare(
                _quantity(
                    _living(line, "out_invoice").filtered(
                        lambda il: il.move_id not in to_credit
                    )
                )
                - _quantity(
                    _final_credits(line).filtered(
                        lambda il: (
                            il.parent_state == "posted"
                            and il.move_id.reversed_entry_id not in to_credit
                        )
                    )
                ),
                0.0,
                DIGITS,
            )
            <= 0
        )
    )
