# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A change of stratum in the course of a convention (R3, Money lines).

By default the renewal of 1 January decides it; a manager may choose a date.
"""

from odoo.exceptions import UserError
from odoo.fields import Command

from ...lib.dates import today_in_paris
from ...reading.authority import check_manager
from ...reading.stratum_change import ONE_DAY, StratumChange
from ..money.quoting import quote_fees

ACTIVITY = "cdg47_convention.mail_activity_type_stratum"


def change_stratum(convention, date, stratum, reason):
    """Put a stratum in force from a date, and invoice a rise by month.

    What was used in the period stays used; a fall credits nothing. A closed year
    keeps its rights and its invoices: a rise is only proposed, in a quotation.

    :param datetime.date date: first day in the new stratum
    :param cdg47.stratum stratum: the new stratum
    :param str reason: printed with the term
    :return: the order of the difference, empty when nothing is owed
    :rtype: sale.order
    """
    check_manager(convention.env)
    if not (reason or "").strip():
        raise UserError(
            convention.env._("Say why the stratum is chosen by hand: it is printed.")
        )
    ledgers = convention.env["cdg47.ledger"]
    ledgers._guard(ledgers._concerned(convention.partner_id))
    change = StratumChange(convention, date, stratum)
    change.check()
    if not change.term:
        return _announce(convention, change, reason)
    if change.is_in_closed_year:
        return _propose_correction(convention, change, reason)
    _switch_terms(change, reason)
    order = _order_difference(
        convention, StratumChange(convention, date, stratum, change.before)
    )
    if order:
        order.action_confirm()
    _after(convention, change, reason, order)
    return order


def _announce(convention, change, reason):
    """Leave the decision to the renewal, which draws it from the facts."""
    decided, _why = convention.partner_id._cdg47_stratum_at(change.day)
    if decided != change.stratum:
        raise UserError(
            convention.env._(
                "No term is open yet on %(date)s: its renewal will decide the "
                "stratum from the facts. Enter the fact, or come back once the "
                "term is open.",
                date=convention._format_date(change.day),
            )
        )
    _tell(
        convention,
        change,
        convention.env._(
            "The renewal of %(year)s will apply it.", year=change.day.year
        ),
        reason,
    )
    return convention.env["sale.order"]


def _propose_correction(convention, change, reason):
    """Quote the rise of a closed year; its rights and its invoices stay."""
    order = _order_difference(convention, change)
    if not order:
        raise UserError(
            convention.env._(
                "%(year)s is closed and a fall credits nothing: there is nothing "
                "to correct. Choose a date of this year to change the quotas.",
                year=change.day.year,
            )
        )
    _tell(
        convention,
        change,
        convention.env._(
            "%(year)s is closed: its rights and its invoices stay. The difference "
            "is proposed in %(order)s.",
            year=change.day.year,
            order=order.name,
        ),
        reason,
    )
    return order


def _switch_terms(change, reason):
    """Close the term on the eve and open the next; the same day replaces it."""
    term_sudo = change.term
    values = {"stratum_id": change.stratum.id, "stratum_reason": reason}
    if term_sudo.date_start == change.day:
        term_sudo.write(values)
        _reprice(term_sudo)
        return
    date_end = term_sudo.date_end
    term_sudo.date_end = change.day - ONE_DAY
    term_sudo.copy(
        {
            **values,
            "date_start": change.day,
            "date_end": date_end,
            "state": "open",
            "order_id": False,
        }
    )


def _reprice(term_sudo):
    """Bring to a new stratum the orders of a term that nobody has paid or signed.

    The renewal of a year is decided again; a difference just ordered is cancelled.
    """
    orders_sudo = term_sudo.order_ids.filtered(
        lambda order: (
            order.state != "cancel"
            and not order.signed_by
            and not order.locked
            and not order.order_line.invoice_lines
        )
    )
    differences = orders_sudo.order_line.filtered("cdg47_paid_product_id").order_id
    differences._action_cancel()
    for order_sudo in orders_sudo - differences:
        is_confirmed = order_sudo.state == "sale"
        if is_confirmed:  # Odoo changes the product of a quotation only
            order_sudo._action_cancel()
            order_sudo.action_draft()
        fees = order_sudo.order_line.filtered(lambda li: li.cdg47_kind == "fee")
        for line in fees.with_context(cdg47_deciding=True):
            forfait = line.product_template_id
            line.product_id = forfait._cdg47_sold_to(term_sudo.stratum_id)
            line.name = term_sudo._fee_description(forfait, line.cdg47_date_start)
        if is_confirmed:
            order_sudo.action_confirm()


def _order_difference(convention, change):
    """Create the order of a rise, by month; empty when nothing is owed."""
    fees = [fee for fee in change.fees if fee.amount > 0]
    if not fees:
        return convention.env["sale.order"]
    term = change.term.sudo(False)
    order = quote_fees(convention, term, convention.env["product.template"])
    # What is owed is decided above: nobody enters it.
    order.sudo().order_line = [
        Command.create(term._prepare_difference_line(fee, change)) for fee in fees
    ]
    return order


def _after(convention, change, reason, order):
    convention._replay_rights()
    convention.partner_id._cdg47_refresh_allocations()
    if order:
        outcome = convention.env._("The difference is in %(order)s.", order=order.name)
    else:
        outcome = convention.env._("Nothing more is owed, nothing is credited.")
    _tell(convention, change, outcome, reason)


def _tell(convention, change, outcome, reason):
    convention.message_post(
        body=convention.env._(
            "Stratum from %(date)s: %(after)s instead of %(before)s (%(reason)s). "
            "%(outcome)s",
            date=convention._format_date(change.day),
            before=change.before.code or "-",
            after=change.stratum.code,
            reason=reason.strip().rstrip("."),
            outcome=outcome,
        )
    )
    convention.activity_feedback([ACTIVITY])


# === A new fact ===
def review_strata(conventions):
    """Propose a change of stratum where the facts say so, and only propose it.

    An activity appears by convention concerned, and goes when they agree again.
    """
    today = today_in_paris()
    latest = {convention: convention._living_terms()[:1] for convention in conventions}
    days = {
        convention: max([today, *convention.partner_id.census_ids.mapped("date_from")])
        for convention in conventions
    }
    for day in set(days.values()):
        concerned = conventions.filtered(lambda c, d=day: days[c] == d)
        decisions = concerned.partner_id._cdg47_strata_at(day)
        for convention in concerned:
            term = latest[convention]
            stratum, _reason = decisions[convention.partner_id]
            _review(convention, term, stratum, day)


def _review(origin, term, stratum, day):
    kind_id = origin.env["ir.model.data"]._xmlid_to_res_id(ACTIVITY)
    pending = origin.activity_ids.filtered(
        lambda activity: activity.activity_type_id.id == kind_id
    )
    if not term or term.stratum_id == stratum:
        pending.unlink()
        return
    convention = origin._in_manager_lang()
    _stratum, reason = convention.partner_id._cdg47_stratum_at(day)
    note = convention.env._(
        "%(before)s until now; from the facts of %(date)s: %(after)s. %(reason)s",
        before=term.stratum_id.code,
        after=stratum.code or convention.env._("no stratum"),
        date=convention._format_date(day),
        reason=reason,
    )
    if pending:
        pending.write({"note": note, "date_deadline": day})
        return
    convention.activity_schedule(
        ACTIVITY,
        date_deadline=day,
        summary=convention.env._("Change of stratum to decide"),
        note=note,
        user_id=origin.user_id.id or origin.env.uid,
    )
