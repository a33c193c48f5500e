# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the page « Mes collectivités » shows of each, and what awaits it."""

from odoo.fields import Domain

from ..lib.dates import today_in_paris


def entries(partners, user):
    """Return what « Mes collectivités » shows, in a constant number of queries.

    To be called as superuser, on the collectivités this user acts for.

    :param res.users user: the contact's user, whose mandates are told
    :return: ``partner``, ``roles`` (sentences), ``mother`` (whose mandates they
        are, for an annexed budget), ``convention`` and ``todo``
    :rtype: list[dict]
    """
    today = today_in_paris()
    conventions = partners._cdg47_conventions_at(today)
    mandates = partners.env["cdg47.mandate"]._of_contact(user.partner_id)
    mandates = mandates.grouped("collectivite_id")
    # What is to be signed is money: not an agent's.
    in_full = partners.env["res.partner"].with_user(user)._cdg47_mine_in_full()
    todo = _todo(partners & in_full)
    rows = []
    for partner in partners:
        own = mandates.get(partner)
        mother = partner.parent_id if not own else partners.browse()
        rows.append(
            {
                "partner": partner,
                "roles": [
                    mandate._portal_role()
                    for mandate in own or mandates.get(mother, ())
                ],
                "mother": mother,
                "convention": conventions.get(partner) if partner in in_full else None,
                "todo": todo.get(partner, []),
            }
        )
    return rows


def _todo(partners):
    """Return what awaits these collectivités: a sentence and its page.

    :rtype: dict[res.partner, list[tuple[str, str]]]
    """
    todo = {}
    orders = partners.env["sale.order"].search(
        Domain("partner_id", "in", partners.ids)
        & Domain("convention_id", "!=", False)
        & Domain("state", "=", "sent")
    )
    for order in orders.filtered(lambda o: o._has_to_be_signed()):
        sentence = partners.env._(
            "Quotation %(number)s to be signed", number=order.name
        )
        todo.setdefault(order.partner_id, []).append(
            (sentence, f"/my/orders/{order.id}")
        )
    conventions = orders.convention_id.filtered(lambda c: c._signature_obstacle())
    for convention in conventions:
        todo.setdefault(convention.partner_id, []).append(
            (
                partners.env._("Have the convention approved by a deliberation"),
                convention.access_url,
            )
        )
    return todo
