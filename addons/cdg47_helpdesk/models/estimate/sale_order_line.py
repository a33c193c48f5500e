# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.cdg47_convention.lib.dates import day_in_paris
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

    @api.constrains("helpdesk_ticket_id", "order_id")
    def _check_ticket_collectivite(self):
        """An order sells the work of the requests of its own collectivité (R13)."""
        for line in self.filtered("helpdesk_ticket_id"):
            ticket, order = line.helpdesk_ticket_id, line.order_id
            if ticket.collectivite_id != order.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(ticket)s is a request of %(name)s: %(order)s is for another "
                        "collectivité.",
                        ticket=ticket.number,
                        name=ticket.collectivite_id.name,
                        order=order.name,
                    )
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

    def _cdg47_accepted_on(self):
        """Return the day from which the work of this line is billable (R15).

        :return: None where the settings ask no acceptance
        :rtype: datetime.date or None
        """
        self.ensure_one()
        order = self.order_id
        if order.signed_on:
            return day_in_paris(order.signed_on)
        requested = self.helpdesk_ticket_id.written_request_on
        if requested and self.helpdesk_ticket_id.coverage == "exceptional":
            return requested
        if self.company_id.cdg47_acceptance_required:
            return day_in_paris(order.date_order)
        return None

    def _cdg47_served_until(self, day):
        """Time is served when it is worked."""
        if self.cdg47_kind != "time":
            return super()._cdg47_served_until(day)
        # Who invoices may read no timesheet.
        worked_sudo = self.env["account.analytic.line"].sudo()
        ((hours,),) = worked_sudo._read_group(
            [
                ("so_line", "=", self.id),
                ("project_id", "!=", False),
                ("date", "<=", day),
            ],
            [],
            ["unit_amount:sum"],
        )
        return self.product_uom_id._cdg47_quantity(round((hours or 0) * 60))

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
