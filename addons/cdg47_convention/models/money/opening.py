# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the acceptance of a supplement opens (R4, R8, R9)."""

from ...lib.dates import today_in_paris
from ...reading.supplement import allocations_of, right_service


def open_supplement(line):
    """Give what a supplement buys: something held, a grant on a right, an access.

    :param sale.order.line line: just accepted
    """
    if line.cdg47_allocation_ids:
        line.cdg47_allocation_ids._accept(line)
    elif line._cdg47_allocates():
        line.env["cdg47.allocation"].create(allocations_of(line))
    elif service := right_service(line):
        _grant(line, service)
    elif "study" in line.product_id.cdg47_rule_ids.mapped("coverage"):
        _open_access(line.order_id.convention_id, line.product_id)


def _grant(line, service):
    partner = line.order_id.convention_id.partner_id
    right = line.env["cdg47.entitlement"]._open(partner, service, today_in_paris())
    quantity = right.uom_id._cdg47_quantity(
        line.product_uom_id._cdg47_amount(line.product_uom_qty)
    )
    right._grant("bought", quantity, sale_line_id=line.id)


def _open_access(convention, product):
    """Open the commissioning of what was studied, once."""
    if product not in convention.activation_ids.product_id:
        convention.env["cdg47.service.activation"].create(
            {"convention_id": convention.id, "product_id": product.id}
        )
