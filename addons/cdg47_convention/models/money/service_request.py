# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""« Demander une prestation »: from the portal to a draft quotation (R7, R9)."""

import math

from odoo.exceptions import UserError
from odoo.fields import Domain

from ...lib.dates import today_in_paris
from ...lib.plain_text import as_html
from ...reading.included import share

# Longest free text of a request, and most units asked for at once.
MAX_NOTE = 2000
MAX_QUANTITY = 1000


def request_service(origin, product, quantity, note, author):
    """Record what a contact asks for: a draft quotation and an activity.

    To be called as superuser, on a convention of the contact's collectivités. The
    same request made twice while the CDG has not answered yet is one request.

    :param float quantity: in the product's unit
    :param str note: free text, may be empty
    :param res.partner author: the contact
    :return: the quotation; empty when the forfaits cover all of it
    :rtype: sale.order
    :raise UserError: when it cannot be had yet, with the reason
    """
    convention = origin._in_partner_lang()
    product = product.with_env(convention.env)
    _check_request(product, quantity, note)
    obstacle = obstacle_to(convention, product)
    if obstacle:
        raise UserError(obstacle)
    ledgers = origin.env["cdg47.ledger"]
    ledgers._guard(ledgers._concerned(origin.partner_id))
    known = _known_request(origin, product, quantity, author)
    if known:
        return known
    found = share_of_request(convention, product, quantity)
    if not found.billable:
        origin._schedule_request(origin, product, quantity, note, author)
        return known
    order = convention._quote_services(
        [
            {
                "product_id": product,
                "quantity": found.billable,
                "kind": "supplement",
                "explanation": found.covered and found.reason,
            }
        ],
        allow_missing_price=True,
    )
    order.write({"cdg47_requested_by_id": author.id, "cdg47_request": note or False})
    origin._schedule_request(order, product, quantity, note, author)
    origin.env.ref("cdg47_convention.mail_template_service_requested").send_mail(
        order.id
    )
    return order


def _check_request(product, quantity, note):
    """Refuse what cannot be a quantity of this service."""
    unit = product.uom_id
    if not math.isfinite(quantity) or not 0 < quantity <= MAX_QUANTITY:
        raise UserError(
            product.env._(
                "Enter a quantity above zero, at most %(max)s.", max=MAX_QUANTITY
            )
        )
    if not unit._cdg47_is_time() and quantity % 1:
        raise UserError(
            product.env._(
                "%(service)s is counted in whole units: enter a whole number.",
                service=product.name,
            )
        )
    if len(note) > MAX_NOTE:
        raise UserError(
            product.env._(
                "The details are too long: %(max)s characters at most.",
                max=MAX_NOTE,
            )
        )


def obstacle_to(convention, product):
    """Return why this service cannot be asked for yet, or False.

    What needs a study may be asked for: the quotation is the study's outcome.
    """
    found = convention.partner_id._cdg47_obstacle(product)
    if not found or product.cdg47_on_study:
        return False
    return found[0]


def _known_request(convention, product, quantity, author):
    """Return the same request, not answered yet by the CDG."""
    orders = convention.env["sale.order"].search(
        Domain("convention_id", "=", convention.id)
        & Domain("state", "=", "draft")
        & Domain("cdg47_requested_by_id", "=", author.id)
        & Domain("order_line.product_id", "=", product.id)
    )
    return orders.filtered(
        lambda o: (
            o.order_line[:1].product_uom_qty
            == share_of_request(convention, product, quantity).billable
        )
    )[:1]


def share_of_request(convention, product, quantity):
    """Share a request between the forfaits and the tariff (R18).

    :rtype: Share
    """
    return share(convention, product, quantity, product.uom_id, today_in_paris())


def ask_help(origin, product, obstacle, author):
    """Ask the CDG to lift what prevents a service: the way on, in one click."""
    convention = origin._in_manager_lang()
    summary = convention.env._("Help asked for: %(service)s", service=product.name)
    if summary in origin.activity_ids.mapped("summary"):
        return
    managers = origin.env.ref("cdg47_convention.group_convention_manager").user_ids
    origin.activity_schedule(
        "mail.mail_activity_data_todo",
        summary=summary,
        note=as_html(f"{author.name} - {obstacle}"),
        user_id=(origin.user_id or managers[:1]).id,
    )
