# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is held goes on in another row: measured again, replaced, merged (R8, R15).

Its order and what was accepted of it go with it; what it held beyond stays due where it
was, and the new row is due for what it adds only.
"""


def carried(held, date_start, **values):
    """Return the values that hold the same thing on, from a day, in one new row.

    :param cdg47.allocation held: what goes on; several volumes become one
    :param datetime.date date_start: first day of the new row
    :param values: what changes on that day
    :rtype: dict
    """
    latest = held.sorted(lambda a: (bool(a.sale_line_id), a._rank()))[-1]
    return latest.copy_data(
        {
            "quantity": sum(held.mapped("quantity")),
            "date_start": date_start,
            "state": latest.state,
            "sale_line_id": latest.sale_line_id.id,
            **_answered(held),
            **values,
        }
    )[0]


def _answered(held):
    """Return what was accepted of these, and the units that they are due for."""
    return {
        "accepted_quantity": sum(held.mapped("accepted_quantity")),
        "carried_over": sum(max(a.over_quantity, a.carried_over) for a in held),
    }


def take_the_place(allocation):
    """Put a request in service in the place of what it replaces, if anything.

    A certificate is bought anew, whatever it replaces.
    """
    former = allocation.replaces_id
    if former.state != "active":
        return
    former._revoke(max(allocation.date_start, former.date_start))
    if allocation.kind != "certificate" and not allocation.sale_line_id:
        # What was accepted is written by what carries it only.
        allocation.sudo().write(
            {"sale_line_id": former.sale_line_id.id, **_answered(former)}
        )


def volumes_to_fold(allocations, partner, date):
    """Group what a collectivité takes over: the volumes of one service are one.

    :param cdg47.allocation allocations: what the former collectivités hold
    :param res.partner partner: the collectivité that takes them over
    :param datetime.date date: the day it does
    :rtype: list[cdg47.allocation]
    """
    volumes = allocations.filtered(
        lambda a: a.kind == "storage" and a.state == "active"
    )
    own = partner.allocation_ids.filtered(
        lambda a: (
            a.product_id in volumes.product_id
            and a.state == "active"
            and a.date_start < date
        )
    )
    folded = (volumes | own).grouped("product_id").values()
    return [*folded, *(allocations - volumes)]
