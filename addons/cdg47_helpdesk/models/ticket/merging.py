# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Requests that are one: what was said, joined and worked goes to the one that is kept.

The others are closed, as duplicates of it. Take-overs stay where they were recorded:
their trace is never rewritten.
"""

from markupsafe import Markup

from odoo.exceptions import UserError

from .leaving import promised_lines, withdraw_estimates


def merge_requests(kept, others):
    """Give the requests of a collectivité to the one of them that is kept.

    :param helpdesk.ticket kept: goes on
    :param helpdesk.ticket others: are closed
    :raise UserError: of several collectivités, or accepted elsewhere than on ``kept``
    """
    (kept | others)._check_technician()
    (kept | others).check_access("write")
    # Time and messages of others move too, and deadlines follow.
    kept_sudo, others_sudo = kept.sudo(), (others - kept).sudo()
    _check_may_merge(kept_sudo, others_sudo)
    for ticket_sudo in others_sudo:
        _merge(kept_sudo, ticket_sudo)


def _check_may_merge(kept_sudo, others_sudo):
    env = kept_sudo.env
    requests = kept_sudo | others_sudo
    if not others_sudo:
        raise UserError(env._("Choose at least two requests to merge."))
    if len(requests.collectivite_id) != 1 or not all(
        ticket.collectivite_id for ticket in requests
    ):
        raise UserError(
            env._(
                "Requests of several collectivités, or still to be sorted out, are "
                "never merged: each has its own messages."
            )
        )
    accepted = requests.filtered(_is_accepted)
    if len(accepted) > 1:
        raise UserError(
            env._(
                "%(numbers)s each have an accepted order or invoiced time: they are "
                "not merged.",
                numbers=", ".join(accepted.mapped("number")),
            )
        )
    if accepted - kept_sudo:
        raise UserError(
            env._(
                "Keep %(number)s: it has an accepted order or invoiced time.",
                number=accepted.number,
            )
        )
    if kept_sudo.closed and not all(others_sudo.mapped("closed")):
        raise UserError(
            env._(
                "%(number)s is finished: keep one that is still open.",
                number=kept_sudo.number,
            )
        )


def _is_accepted(ticket_sudo):
    return promised_lines(ticket_sudo) or any(
        not line._is_not_billed() for line in ticket_sudo.timesheet_ids
    )


def _merge(kept_sudo, ticket_sudo):
    withdraw_estimates(ticket_sudo)
    _give_time(kept_sudo, ticket_sudo)
    _give_discussion(kept_sudo, ticket_sudo)
    ticket_sudo.visit_ids.helpdesk_ticket_id = kept_sudo
    _close(kept_sudo, ticket_sudo)


def _give_time(kept_sudo, ticket_sudo):
    """Move the entries, and have the kept request count them anew."""
    env = ticket_sudo.env
    entries = ticket_sudo.timesheet_ids.filtered(lambda line: not line.split_of_id)
    for entry in entries.filtered("consumption_id"):
        ticket_sudo._reverse_fact(
            entry.consumption_id,
            env._("Merged with %(number)s", number=kept_sudo.number),
        )
        entry._entry()._write_settled_all({"consumption_id": False})
    entries.write({"helpdesk_ticket_id": kept_sudo.id})
    for user_sudo in env["res.users"].search(
        [("timed_ticket_id", "=", ticket_sudo.id)]
    ):
        user_sudo._set_ticket_timer(
            kept_sudo, user_sudo.timed_since, user_sudo.timed_until
        )


def _give_discussion(kept_sudo, ticket_sudo):
    """Move messages, files, followers and what is to do; nobody is told of it twice."""
    env = ticket_sudo.env
    ticket_sudo.message_ids.write({"res_id": kept_sudo.id})
    env["ir.attachment"].search(
        [("res_model", "=", ticket_sudo._name), ("res_id", "=", ticket_sudo.id)]
    ).write({"res_id": kept_sudo.id})
    ticket_sudo.activity_ids.write({"res_id": kept_sudo.id})
    followers = ticket_sudo.message_partner_ids
    kept_sudo.message_subscribe(followers.ids)
    ticket_sudo.message_unsubscribe(followers.ids)
    kept_sudo.message_post(
        body=Markup("<p>%s</p>%s")
        % (
            env._(
                "%(number)s, a duplicate: %(name)s",
                number=ticket_sudo.number,
                name=ticket_sudo.name,
            ),
            ticket_sudo.description or "",
        )
    )


def _close(kept_sudo, ticket_sudo):
    lang = ticket_sudo.collectivite_id._cdg47_lang()
    env = ticket_sudo.with_context(lang=lang).env
    said = env._(
        "Your request %(number)s is followed with %(kept)s, where all of it is.",
        number=ticket_sudo.number,
        kept=kept_sudo.number,
    )
    stage = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_cancelled")
    ticket_sudo.write({"duplicate_id": kept_sudo.id, "stage_id": stage.id})
    # Its followers have left: they read it on the one, and are told by the other.
    silent = {"mail_post_autofollow_author_skip": True}
    for request_sudo in (ticket_sudo.with_context(**silent), kept_sudo):
        request_sudo.message_post(
            body=said, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
