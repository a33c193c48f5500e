# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import OrderedSet


class SaleAdvancePaymentInv(models.TransientModel):
    """Says what stays below the smallest debt, and lets an accountant insist (R12)."""

    _inherit = "sale.advance.payment.inv"

    cdg47_held_message = fields.Text(
        string="Held for the next invoice", compute="_compute_cdg47_held_message"
    )
    cdg47_floor_reason = fields.Char(
        string="Invoice it nonetheless, because",
        groups="account.group_account_invoice",
        help="Kept on the invoice.",
    )

    @api.depends("sale_order_ids")
    def _compute_cdg47_held_message(self):
        for wizard in self:
            ours = wizard.sale_order_ids._origin.filtered("convention_id")
            _due, held = ours._cdg47_due_orders()
            sentences = OrderedSet(held._cdg47_held_sentences().values())
            wizard.cdg47_held_message = "\n".join(sentences)

    def create_invoices(self):
        # Only accountants have the field; the order checks it again.
        reason = self.sudo().cdg47_floor_reason
        return super(
            SaleAdvancePaymentInv, self.with_context(cdg47_floor_reason=reason)
        ).create_invoices()
