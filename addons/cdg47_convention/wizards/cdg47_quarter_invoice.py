# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.actions import reopening
from ..lib.dates import today_in_paris


class Cdg47QuarterInvoice(models.TransientModel):
    """Invoices the complementary services of a quarter: one click for every debtor.

    Orders of one debtor, convention and engagement join one draft; what is below the
    smallest debt waits for the next quarter (R12).
    """

    _name = "cdg47.quarter.invoice"
    _description = "Invoice the services of a quarter"

    year = fields.Integer(
        required=True, default=lambda self: self._last_quarter()[0], aggregator=None
    )
    quarter = fields.Selection(
        [("1", "January-March"), ("2", "April-June"), ("3", "July-September"),
         ("4", "October-December")],
        required=True,
        default=lambda self: self._last_quarter()[1],
    )  # fmt: skip
    date_end = fields.Date(compute="_compute_date_end", string="Until")
    order_count = fields.Integer(compute="_compute_orders", string="Orders to invoice")
    debtor_count = fields.Integer(compute="_compute_orders", string="Debtors")
    amount = fields.Monetary(compute="_compute_orders", string="To invoice")
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id
    )
    report = fields.Text(readonly=True)
    invoice_ids = fields.Many2many("account.move", string="Drafts made", readonly=True)

    @api.model
    def _last_quarter(self):
        """Return the year and the quarter that ended last."""
        today = today_in_paris()
        quarter = (today.month - 1) // 3
        return (today.year, str(quarter)) if quarter else (today.year - 1, "4")

    @api.depends("year", "quarter")
    def _compute_date_end(self):
        for wizard in self:
            month = 3 * int(wizard.quarter or 4)
            last = 30 if month in (6, 9) else 31
            wizard.date_end = date(wizard.year or today_in_paris().year, month, last)

    @api.depends("year", "quarter")
    def _compute_orders(self):
        for wizard in self:
            orders = wizard._orders()
            wizard.order_count = len(orders)
            wizard.debtor_count = len(orders._cdg47_debtors())
            # The sum that is invoiced: Odoo's own forgets final credit notes.
            wizard.amount = sum(order._cdg47_amount_due() for order in orders)

    def _orders(self):
        """Return the orders of what was served until the end of the quarter."""
        self.ensure_one()
        lines = (
            self.env["sale.order.line"]
            .search(
                [
                    ("order_id.convention_id", "!=", False),
                    ("order_id.company_id", "=", self.env.company.id),
                    ("invoice_status", "=", "to invoice"),
                    ("cdg47_kind", "!=", "fee"),
                ]
            )
            .with_context(cdg47_served_until=self.date_end)
        )
        return lines.filtered(lambda line: line._cdg47_to_invoice() > 0).order_id

    def action_invoice(self):
        """Make the drafts; a debtor that fails is told and does not stop the others."""
        self.ensure_one()
        self.env["account.move"].check_access("create")
        orders = self._orders()
        if not orders:
            raise UserError(self.env._("Nothing is left to invoice for this quarter."))
        # A commune and its annexed budgets wait for each other, never fail for it.
        by_debtor = orders.grouped(lambda o: o._cdg47_debtor())
        sentences = []
        moves = self.env["account.move"]
        for debtor, of_debtor in by_debtor.items():
            try:
                with self.env.cr.savepoint():
                    # Time is linked to its invoice by Odoo, until the same day.
                    moves |= of_debtor.with_context(
                        timesheet_end_date=self.date_end
                    )._create_invoices()
            except UserError as error:
                sentences.append(f"{debtor.name} : {error}")
        self.write({"invoice_ids": moves.ids, "report": "\n".join(sentences) or False})
        return reopening(self)

    def action_view_invoices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        action["domain"] = [("id", "in", self.invoice_ids.ids)]
        return action
