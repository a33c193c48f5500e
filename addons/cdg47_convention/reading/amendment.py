# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether a forfait of a signed convention may be added, end alone, or go on again.

Writes nothing.
"""

from odoo.exceptions import UserError

from ..lib.dates import end_of_year, today_in_paris
from .billing_limit import is_given_back


def check(line, day):
    """Refuse an end that the convention cannot have, with the way on.

    :param cdg47.convention.line line: the forfait
    :param datetime.date day: its last day included
    """
    env, convention = line.env, line.convention_id
    if convention.state != "active":
        raise UserError(env._("Only a forfait of an active convention can be ended."))
    if line.date_end:
        raise UserError(
            env._(
                "%(forfait)s ends on %(date)s already: take back its end first.",
                forfait=line.forfait_id.name,
                date=convention._format_date(line.date_end),
            )
        )
    # The notice of a year just over may be entered in the next one; not older.
    closed = end_of_year(today_in_paris().replace(year=today_in_paris().year - 1))
    first = max(line.date_start, min(closed, convention.date_end))
    if not first <= day <= convention.date_end:
        raise UserError(
            env._(
                "The end must fall between %(start)s and %(end)s.",
                start=convention._format_date(first),
                end=convention._format_date(convention.date_end),
            )
        )
    _check_what_stays(line, day)


def _check_what_stays(line, day):
    """Refuse to leave a convention without a forfait, or an option without its own."""
    env, convention = line.env, line.convention_id
    stays = (convention.line_ids - line).filtered(
        lambda other: not other.date_end or other.date_end > day
    )
    needing = stays.forfait_id.filtered(
        lambda option: option.cdg47_required_forfait_id == line.forfait_id
    )
    if needing:
        raise UserError(
            env._(
                "%(option)s is only sold with %(forfait)s: end it first.",
                option=needing[0].name,
                forfait=line.forfait_id.name,
            )
        )
    if not stays:
        raise UserError(
            env._(
                "%(forfait)s is the last forfait of %(convention)s: « End the "
                "convention » ends it.",
                forfait=line.forfait_id.name,
                convention=convention.display_name,
            )
        )


def check_taken_back(line):
    """Refuse to go on with a forfait once a year is open without it."""
    convention = line.convention_id
    for term in convention._living_terms().sorted("date_start"):
        if term.date_start > line.date_end and line.forfait_id not in _owed(term):
            raise UserError(
                line.env._(
                    "%(year)s is open without %(forfait)s: add it by an amendment.",
                    year=str(term.date_start.year),
                    forfait=line.forfait_id.name,
                )
            )


def _owed(term):
    """Return the forfaits whose fee a term owes."""
    fees = term.order_ids.filtered(lambda order: order.state == "sale").order_line
    return fees.filtered(
        lambda fee: fee.cdg47_kind == "fee" and not is_given_back(fee)
    ).product_template_id


def held_from(convention, day):
    """Return the forfaits of a convention that have not ended before a day.

    :rtype: product.template
    """
    return convention.line_ids.filtered(
        lambda line: not line.date_end or line.date_end >= day
    ).forfait_id


def owed_from(convention, day):
    """Return the forfaits that an amendment cannot add on a day: owed already.

    Who leaves a forfait owes its whole year: joining again in it owes it once (R16).

    :rtype: product.template
    """
    return held_from(convention, day.replace(month=1, day=1)) | _owed(
        convention._term_at(day)
    )


def amended_term(convention, added, start, order=None):
    """Return the term in which forfaits are added to a convention.

    :param product.template added: forfaits and options
    :param datetime.date start: first day of what is added
    :param sale.order order: the quotation that adds them, when it is drawn already
    :rtype: cdg47.convention.term
    :raise UserError: when they cannot be added, with the reason
    """
    env = convention.env
    if convention.state != "active" or not (
        convention.date_start <= start <= convention.date_end
    ):
        raise UserError(env._("An amendment starts while the convention is active."))
    held = added & owed_from(convention, start)
    if held:
        raise UserError(
            env._(
                "%(convention)s holds %(forfaits)s already: %(year)s is invoiced by "
                "its yearly order, once.",
                convention=convention.display_name,
                forfaits=", ".join(held.mapped("name")),
                year=str(start.year),
            )
        )
    pending = convention._pending_fees()
    if order:
        pending -= order
        added |= order.order_line.product_template_id.filtered("cdg47_is_forfait")
    if pending:
        raise UserError(
            env._(
                "Quotation %(order)s already awaits a signature: have it signed or "
                "cancel it first.",
                order=pending[0].name,
            )
        )
    added._cdg47_check_sold_with(held_from(convention, start) | added)
    term = convention._term_at(start)
    if not term:
        raise UserError(
            env._(
                "No term is open yet on %(date)s: start the amendment in the current "
                "year.",
                date=convention._format_date(start),
            )
        )
    return term
