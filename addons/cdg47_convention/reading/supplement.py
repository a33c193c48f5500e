# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the acceptance of a supplement opens. Writes nothing."""

from ..lib.dates import today_in_paris
from .annexe1 import continued_by
from .coverage import counts_use_of


def right_service(line):
    """Return the service whose right a line adds to, if one is counted today.

    A complementary service adds to the included one that it continues, when there is
    one only (R18). A service outside the forfaits may be sold too: no right counts it.

    :param sale.order.line line: an accepted supplement
    :rtype: product.product
    """
    partner, today = line.order_id.convention_id.partner_id, today_in_paris()
    rules = line.env["cdg47.quota.rule"]
    services = continued_by(line.product_id, today)
    if rules._flow_rules(line.product_id) or len(services) != 1:
        services = line.product_id
    is_counted = counts_use_of(partner, services, today)
    return services if is_counted else services.browse()


def allocations_of(line):
    """Return what is to be put in service: one volume, or so many things.

    :param sale.order.line line: an accepted supplement
    :rtype: list[dict]
    """
    quantity = round(line.product_uom_qty)
    values = {
        "partner_id": line.order_id.convention_id.partner_id.id,
        "product_id": line.product_id.id,
        "sale_line_id": line.id,
    }
    if line.product_id.cdg47_allocation_kind == "storage":
        return [{**values, "quantity": quantity, "accepted_quantity": quantity}]
    return [{**values, "accepted_quantity": 1}] * quantity
