# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ...lib.states import DECIDED_KINDS


class AccountMove(models.Model):
    """Invoices of services: what they bill is frozen, then freed if cancelled (R4)."""

    _inherit = "account.move"

    cdg47_floor_reason = fields.Char(
        string="Why below the smallest debt",
        readonly=True,
        copy=False,
        tracking=True,
        help="Reason given by the accountant who invoiced it nonetheless.",
    )

    def _cdg47_bill_facts(self):
        """Link to these invoices the uses that their lines bill."""
        for line in self.invoice_line_ids:
            # Accountants read no ledger; what they bill is frozen all the same.
            billed_sudo = line.sudo().sale_line_ids.filtered(
                lambda ln: ln.cdg47_kind == "overage"
            )
            first_sudo = billed_sudo.cdg47_continues_id or billed_sudo
            if first_sudo.cdg47_consumption_ids:
                first_sudo.cdg47_consumption_ids._bill(line)

    def button_cancel(self):
        """Free what a cancelled invoice billed: it is due again."""
        result = super().button_cancel()
        self._cdg47_free_facts()
        return result

    def _cdg47_free_facts(self):
        facts_sudo = self.env["cdg47.consumption"].sudo()
        facts_sudo.search(
            [("invoice_line_id", "in", self.invoice_line_ids.ids)]
        ).invoice_line_id = False

    def _post(self, soft=True):
        for move in self.filtered(
            lambda m: m.cdg47_convention_id and m.move_type == "out_invoice"
        ):
            move._cdg47_check_billed_once()
        return super()._post(soft=soft)

    def _cdg47_check_billed_once(self):
        """Refuse to post more than what is due: another invoice bills it already."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        # An accountant may post an invoice of an order somebody else sold.
        lines_sudo = self.sudo().invoice_line_ids.sale_line_ids
        for line in lines_sudo.filtered(lambda ln: ln.cdg47_kind in DECIDED_KINDS):
            if float_compare(line.qty_invoiced, line.qty_delivered, digits) > 0:
                raise UserError(
                    self.env._(
                        "« %(line)s » (%(order)s): more is invoiced than what is due. "
                        "Cancel this draft and invoice the order again.",
                        line=line.name,
                        order=line.order_id.name,
                    )
                )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    cdg47_explanation = fields.Text(
        string="Why it is billed",
        copy=True,
        help="The sentence the collectivité reads on its invoice.",
    )
