# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A request that turns out to be another collectivité's starts anew (R13, R14).

Its followers, its contact, its verdict and its estimates were those of the former one:
kept, they would send the next message to it, and show its affairs to the new one.
"""

from odoo.exceptions import UserError


def leave_collectivite(tickets, vals):
    """Have tickets leave behind what they have with the collectivité they leave.

    :param helpdesk.ticket tickets: about to be written
    :param dict vals: what is written; nothing happens without another collectivité
    :return: the tickets that leave a collectivité
    :rtype: helpdesk.ticket
    :raise UserError: what is accepted, invoiced or promised stays where it is
    """
    if "collectivite_id" not in vals:
        return tickets.browse()
    arrival = tickets.env["res.partner"].browse(vals["collectivite_id"])
    moved = tickets.filtered(
        lambda t: t.collectivite_id not in (arrival.browse(), arrival)
    )
    for ticket in moved:
        # Whoever may change the ticket, all that hangs on it counts.
        _check_may_leave(ticket.sudo())
        _leave(ticket.sudo(), arrival)
    return moved


def _check_may_leave(ticket_sudo):
    if promised_lines(ticket_sudo) or any(
        not line._is_not_billed() for line in ticket_sudo.timesheet_ids
    ):
        raise UserError(
            ticket_sudo.env._(
                "%(ticket)s is accepted or invoiced for %(name)s: it cannot be moved "
                "to another collectivité. Cancel its order or issue a credit note, or "
                "make a new request for the other one.",
                ticket=ticket_sudo.number,
                name=ticket_sudo.collectivite_id.name,
            )
        )


def promised_lines(ticket_sudo):
    """Return what is accepted of a request: its estimates, and uses beyond a right.

    :rtype: sale.order.line
    """
    facts = ticket_sudo.timesheet_ids.consumption_id
    return (ticket_sudo.sale_line_ids | facts.sale_line_id).filtered(
        lambda line: line.state == "sale"
    )


def withdraw_estimates(ticket_sudo):
    """Cancel the estimates of a request, which nobody has accepted."""
    orders = ticket_sudo.sale_line_ids.order_id
    ticket_sudo.sale_line_ids.helpdesk_ticket_id = False
    orders.filtered(lambda order: order.state != "cancel")._action_cancel()


def _leave(ticket_sudo, arrival):
    contact = ticket_sudo.partner_id
    acts_for = ticket_sudo.env["cdg47.mandate"]._of_contact(contact).collectivite_id
    if not contact or arrival not in acts_for:
        contact = contact.browse()
    withdraw_estimates(ticket_sudo)
    _leave_readers(ticket_sudo, contact)
    ticket_sudo.write(_blank(contact))
    ticket_sudo._settle_time()


def _leave_readers(ticket_sudo, contact):
    """Keep those of the CDG, and a contact who acts for both collectivités."""
    readers = ticket_sudo.message_partner_ids.filtered("partner_share") - contact
    ticket_sudo.message_unsubscribe(readers.ids)
    said = ticket_sudo.message_ids.filtered(lambda m: not m.author_id & contact)
    said.is_internal = True


def _blank(contact):
    blank = dict.fromkeys(
        (
            "cause", "cause_actor", "ttim_kind", "verdict", "verdict_on",
            "verdict_by_id", "decline_reason", "written_request_by",
            "written_request_on", "written_request_document_id", "estimated_hours",
        ),
        False,
    )  # fmt: skip
    if not contact:
        blank |= dict.fromkeys(
            ("partner_id", "partner_name", "partner_email", "email_cc"), False
        )
    return {**blank, "coverage": "undetermined", "estimated_hours": 0}
