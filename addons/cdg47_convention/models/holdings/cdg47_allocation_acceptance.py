# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47Allocation(models.Model):
    """What a collectivité accepted to pay beyond its quotas (R7, R8)."""

    _inherit = "cdg47.allocation"

    accepted_quantity = fields.Integer(
        string="Units accepted",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Units beyond the quota that an order accepted.",
    )

    def action_quote_overage(self):
        """Prepare the quotation of what these allocations hold beyond the quota."""
        rows = self.env["cdg47.overage"].search([("allocation_id", "in", self.ids)])
        return rows.action_quote()

    def _accept(self, sale_line):
        """Record that the units beyond the quota are accepted by an order line.

        The line may accept less than all that is over: the oldest come first.
        """
        left = round(sale_line.product_uom_qty)
        for allocation in self.sorted(lambda a: a._rank()):
            taken = min(max(allocation._to_settle(), 0), left)
            allocation.accepted_quantity += taken
            left -= taken

    def _carried(self, date_start, **values):
        """Return the values that hold the same thing on, from a day, in a new row.

        Its order and what was accepted beyond a quota go with it (R15).

        :param datetime.date date_start: first day of the new row
        :param values: what changes on that day
        :rtype: dict
        """
        self.ensure_one()
        return self.copy_data(
            {
                "date_start": date_start,
                "state": self.state,
                "sale_line_id": self.sale_line_id.id,
                "accepted_quantity": self.accepted_quantity,
                **values,
            }
        )[0]

    def _to_settle(self):
        """Return the units beyond the quota that nobody accepted yet."""
        self.ensure_one()
        return self.over_quantity - self.accepted_quantity

    def _check_quotable(self):
        """Refuse to have the same units quoted or accepted twice."""
        for allocation in self:
            line = allocation.sale_line_id
            if line.state != "sale" or allocation._to_settle() <= 0:
                line._cdg47_check_free(allocation)

    def _refuse(self, sale_line):
        """Forget that an order line, cancelled since, had accepted these units."""
        left = round(sale_line.product_uom_qty)
        for allocation in self.sorted(lambda a: a._rank(), reverse=True):
            taken = min(allocation.accepted_quantity, left)
            allocation.accepted_quantity -= taken
            left -= taken
