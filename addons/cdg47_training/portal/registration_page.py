# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the pages of the collectivités say of a registration."""

from odoo.tools.misc import format_date, formatLang

from odoo.addons.cdg47_convention.lib.dates import day_in_paris
from odoo.addons.cdg47_convention.portal.home_page import Running, Task


def status_of(registration):
    """Say where a registration stands: a word, and its tone.

    « Invoiced » is only said of what a posted invoice holds.

    :rtype: tuple[str, str]
    """
    registration.ensure_one()
    word, tone = _standing(registration)
    if _is_invoiced(registration):
        word = registration.env._("%(state)s, invoiced", state=word)
    return word, tone


def price_of(registration):
    """Return what a seat costs as it stands: nothing, accepted, or still to be.

    What was read before the click asks for an acceptance: once given, it is said.

    :rtype: str
    """
    if registration.state == "cancel" and not registration.is_late_cancel:
        return ""
    env = registration.env
    if not registration.billed_days or registration.is_waiting:
        return registration.offer_sentence or ""
    # A contact reads neither order lines nor invoices by themselves.
    line_sudo = registration.sudo().sale_line_id
    if line_sudo.state == "sale":
        return env._(
            "Accepted on %(date)s: %(sum)s.",
            date=format_date(
                env,
                day_in_paris(registration.accepted_on or line_sudo.order_id.date_order),
            ),
            sum=formatLang(
                env, line_sudo.price_subtotal, currency_obj=line_sudo.currency_id
            ),
        )
    days = env.ref("cdg47_convention.uom_day")._cdg47_format(registration.billed_days)
    return env._("Not included (%(days)s): the CDG sends a quotation.", days=days)


def _standing(registration):
    if registration.state == "cancel":
        return _cancelled(registration), "over"
    if registration.is_waiting:
        if registration.offer_until:
            return registration.env._("A seat is offered: answer"), "todo"
        return registration.env._("On the waiting list"), "waiting"
    if registration.state == "done":
        return registration.env._("Training attended"), "done"
    if registration.event_id.training_state == "held":
        if set(registration.attendance_ids.mapped("status")) == {"excused"}:
            return registration.env._("Excused"), "over"
        return registration.env._("Absent"), "over"
    if registration.convoked_version:
        return registration.env._("Convocation received"), "done"
    return registration.env._("Seat reserved, convocation to come"), "waiting"


def _cancelled(registration):
    if registration.is_late_cancel:
        return registration.env._("Cancelled late: the half-day stays counted")
    if _is_invoiced(registration):
        return registration.env._("Registration cancelled")
    currency = registration.event_id.company_id.currency_id
    zero = formatLang(registration.env, 0, digits=0, currency_obj=currency)
    word = registration.env._("Registration cancelled")
    return f"{word} ({zero})"


def _is_invoiced(registration):
    # A contact reads neither order lines nor invoices by themselves.
    lines_sudo = registration.sudo().sale_line_id.invoice_lines
    return any(
        line.parent_state == "posted" and line.move_id.move_type == "out_invoice"
        for line in lines_sudo
    )


def seat_task(registration):
    """Say on the home that a seat is held, until when.

    :rtype: Task
    """
    return Task(
        registration.env._(
            "A seat is offered to %(agent)s: %(session)s",
            agent=registration.name,
            session=registration.event_id.name,
        ),
        registration.env._("Answer"),
        f"/my/inscriptions/{registration.id}",
        who=registration.name,
        until=day_in_paris(registration.offer_until),
    )


def running_row(registration):
    """Say on the home that an agent is registered.

    :rtype: Running
    """
    session = registration.event_id
    return Running(
        f"{session.name}, {registration.name}",
        f"/my/inscriptions/{registration.id}",
        *status_of(registration),
        when=day_in_paris(session.date_begin),
    )
