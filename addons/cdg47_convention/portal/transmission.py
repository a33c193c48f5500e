# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a page shows of « Transmettre au maire »."""

from ..models.money.sending import addressee, transmission_refusal
from ..reading.answer import has_mayor


def act_word(partner):
    """Name the act for what it is, as the collectivité calls who signs."""
    if has_mayor(partner):
        return partner.env._("Send it to the mayor")
    return partner.env._("Send it to the president")


def offer(order, user):
    """Return what the page of a quotation offers to who does not sign it, or None.

    :param sale.order order: as superuser, one that the user may read
    :return: ``to`` (who gets it, maybe nobody), ``act`` (its name), ``refusal``
        (why not now) and ``on`` (the last day it was passed on)
    :rtype: dict or None
    """
    if not order._cdg47_may_complete(user) or not order._cdg47_signatory_refusal(user):
        return None
    return {
        "to": addressee(order),
        "act": act_word(order.convention_id.partner_id),
        "refusal": transmission_refusal(order, user),
        "on": order.cdg47_transmitted_on,
    }
