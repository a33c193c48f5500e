# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A quotation goes to who signs it: sent by the CDG, then passed on by a secretary."""

from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ...lib.dates import today_in_paris
from ...lib.plain_text import as_html, one_line, plain

MAX_WORD = 1000
MAX_NAME = 100


# === By the CDG ===
def send_to_sign(order):
    """Send a quotation of services to its signatory, who signs in the portal.

    :raise UserError: nobody to send it to, or what is sold cannot be had yet
    """
    signatory = order._cdg47_signatory()
    obstacle = order._cdg47_obstacle()
    if not signatory.email:
        obstacle = order.env._(
            "%(name)s has no signatory with an e-mail address: record its "
            "mayor or president first.",
            name=order.partner_id.name,
        )
    if obstacle:
        raise UserError(obstacle)
    if order.state == "draft":
        order.action_quotation_sent()
    order.message_subscribe(signatory.ids)
    order.env.ref("cdg47_convention.mail_template_services_to_sign").send_mail(order.id)


# === By the secretary ===
def addressee(order):
    """Return who may sign this quotation today and has an address, or nobody.

    Who the convention names comes first, as long as they still act for it.
    """
    signatories = order.convention_id.partner_id._cdg47_signatories().filtered("email")
    return (order.convention_id.signatory_id & signatories) or signatories[:1]


def transmission_refusal(order, user):
    """Return why this login does not pass the quotation on now, or False.

    To be called as superuser, on an order the login may read.
    """
    if not order._cdg47_may_complete(user):
        return order.env._(
            "This quotation can no longer be completed, or not with this login."
        )
    if not order._cdg47_signatory_refusal(user):
        return order.env._("You sign this quotation yourself.")
    if not addressee(order):
        return order.env._(
            "Nobody with an e-mail address is known as signatory of %(name)s.",
            name=order.convention_id.partner_id.name,
        )
    if order.cdg47_transmitted_on == today_in_paris():
        return order.env._(
            "It was already transmitted today: once a day is enough for one document."
        )
    return False


def transmit(order, user, word):
    """Pass a quotation on to its signatory: a mail with its link, kept under it.

    To be called as superuser, on an order the login may read.

    :param res.users user: the secretary, whose word it is
    :param str word: free text, may be empty
    :raise UserError: when it is not passed on, with the reason
    """
    refusal = transmission_refusal(order, user)
    word = plain(word or "").strip()
    if not refusal and len(word) > MAX_WORD:
        refusal = order.env._(
            "Your message is too long: %(max)s characters at most.", max=MAX_WORD
        )
    if refusal:
        raise UserError(refusal)
    # Written first: of two clicks at once, the second waits here and reads the day.
    order.cdg47_transmitted_on = today_in_paris()
    order.flush_recordset(["cdg47_transmitted_on"])
    signatory = addressee(order)
    spoken = order.with_context(
        lang=signatory.lang or order.convention_id.partner_id._cdg47_lang()
    )
    document = spoken.convention_id if order._cdg47_commits() else spoken
    spoken.message_post_with_source(
        "cdg47_convention.mail_transmitted",
        render_values={
            "order": spoken,
            "document": document,
            "author": user.partner_id,
            "word": word and as_html(word),
        },
        author_id=user.partner_id.id,
        email_from=order.company_id.email_formatted or user.email_formatted,
        partner_ids=signatory.ids,
        subject=spoken.env._(
            "To sign: %(number)s, %(name)s",
            number=document.name,
            name=order.convention_id.partner_id.name,
        ),
        # A notification would not be shown in the portal.
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
        # Its button is in it: Odoo's would be a second one.
        email_layout_xmlid="mail.mail_notification_light",
    )


def declare_signatory(order, user, name, email):
    """Tell the CDG who signs for a collectivité: the CDG records it, nobody else (R15).

    :param str name: name of the mayor or president, as typed
    :param str email: their address, as typed
    :raise UserError: what is missing to record them
    """
    name, email = one_line(name), one_line(email)
    if not order._cdg47_may_complete(user) or addressee(order):
        raise UserError(transmission_refusal(order, user) or order.env._(
            "The signatory is already known."
        ))  # fmt: skip
    if not 0 < len(name) <= MAX_NAME:
        raise UserError(order.env._("Enter the name of who signs."))
    if len(email) > MAX_NAME or not email_normalize(email):
        raise UserError(
            order.env._("Enter an e-mail address, such as mairie@example.fr.")
        )
    convention = order.convention_id._in_manager_lang()
    summary = convention.env._("Record the signatory: %(name)s", name=name)[:200]
    if summary in order.convention_id.activity_ids.mapped("summary"):
        return
    managers = order.env.ref("cdg47_convention.group_convention_manager").user_ids
    order.convention_id.activity_schedule(
        "mail.mail_activity_data_todo",
        summary=summary,
        note=as_html(f"{name}, {email}\n{user.name}: {order.name}"),
        user_id=(order.convention_id.user_id or managers[:1]).id,
    )
