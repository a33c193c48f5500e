# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from odoo.addons.cdg47_convention.lib.states import DECIDED_KINDS


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

    def _recompute_qty_to_invoice(self, start_date, end_date):
        """Leave what the ledger delivers out of the period chosen for timesheets."""
        by_ledger = self.filtered(lambda line: line.cdg47_kind == "overage")
        return super(SaleOrderLine, self - by_ledger)._recompute_qty_to_invoice(
            start_date, end_date
        )
