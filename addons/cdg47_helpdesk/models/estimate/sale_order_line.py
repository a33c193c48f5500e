# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from odoo.addons.cdg47_convention.lib.states import DECIDED_KINDS
from odoo.addons.cdg47_convention.reading.billing_limit import (
    is_limited,
    left_to_invoice,
)


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    helpdesk_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Ticket",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
    )

    @api.depends("cdg47_kind")
    def _compute_qty_delivered_method(self):
        """Deliver time by timesheets, and only what is sold as time (« Money lines »).

        The same service of the tariff also continues a right: the ledger then delivers.
        """
        result = super()._compute_qty_delivered_method()
        for line in self:
            if line.cdg47_kind == "time":
                line.qty_delivered_method = "timesheet"
            elif line.cdg47_kind in DECIDED_KINDS:
                line.qty_delivered_method = "cdg47_ledger"
        return result

    def _cdg47_needs_acceptance(self):
        """The estimate of a ticket is accepted by its own rules (Annexe 3 VI)."""
        return not self.helpdesk_ticket_id and super()._cdg47_needs_acceptance()

    def _recompute_qty_to_invoice(self, start_date, end_date):
        """Invoice the time of a period, never more than what is left (R16).

        What is not delivered by time is out of it.
        """
        left = {line: left_to_invoice(line) for line in self if is_limited(line)}
        others = self.filtered(lambda ln: ln in left and ln.cdg47_kind != "time")
        result = super(SaleOrderLine, self - others)._recompute_qty_to_invoice(
            start_date, end_date
        )
        for line in self - others:
            if line.qty_to_invoice > left.get(line, line.qty_to_invoice):
                line.qty_to_invoice = max(left[line], 0.0)
        return result
