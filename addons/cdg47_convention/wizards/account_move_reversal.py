# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..reading.billing_limit import credited_whole
from ..reading.lawful_invoice import is_ours


class AccountMoveReversal(models.TransientModel):
    """A credit note alone gives no right back: the reversal of the uses does (R12)."""

    _inherit = "account.move.reversal"

    cdg47_has_uses = fields.Boolean(
        string="Bills uses of rights", compute="_compute_cdg47_has_uses"
    )
    cdg47_gives_back = fields.Boolean(
        string="Give the rights back",
        help="The uses that these invoices bill are reversed: they no longer count.",
    )

    cdg47_rebill = fields.Boolean(
        string="To be invoiced again",
        help="What the credit note gives back is due again. Otherwise it is final.",
    )
    cdg47_withdrawn_message = fields.Text(
        string="Withdrawn with it", compute="_compute_cdg47_withdrawn_message"
    )

    @api.depends("move_ids", "cdg47_rebill")
    def _compute_cdg47_withdrawn_message(self):
        for wizard in self:
            # An accountant credits what somebody else sold.
            moves_sudo = wizard.move_ids._origin.sudo()
            lines = credited_whole(moves_sudo.filtered(is_ours))
            wizard.cdg47_withdrawn_message = (
                lines
                and not wizard.cdg47_rebill
                and self.env._(
                    "Credited whole, what was bought is withdrawn: %(lines)s.",
                    lines=", ".join(lines.mapped("name")),
                )
            )

    @api.depends("move_ids")
    def _compute_cdg47_has_uses(self):
        for wizard in self:
            wizard.cdg47_has_uses = bool(wizard._cdg47_uses())

    def _cdg47_uses(self):
        """Return the uses that the invoices bill and that nothing reversed yet."""
        # An accountant corrects an invoice without entering uses.
        facts_sudo = self.env["cdg47.consumption"].sudo()
        return facts_sudo.search(
            [("invoice_line_id", "in", self.move_ids._origin.invoice_line_ids.ids)]
        ).filtered(lambda fact: not (fact.reversal_of_id or fact.reversal_ids))

    def reverse_moves(self, is_modify=False):
        if is_modify:
            # The new invoice bills it again, under the same convention.
            self.cdg47_rebill = True
        uses_sudo = self._cdg47_uses() if self.cdg47_gives_back else ()
        action = super().reverse_moves(is_modify=is_modify)
        for fact_sudo in uses_sudo:
            invoice = fact_sudo.invoice_line_id.move_id
            fact_sudo._reverse(
                self.reason or self.env._("Credit note of %(move)s", move=invoice.name)
            )
        if is_modify:
            self.new_move_ids._cdg47_bill_facts()
        return action

    def _prepare_default_reversal(self, move):
        return {
            **super()._prepare_default_reversal(move),
            "cdg47_rebill": self.cdg47_rebill,
        }

    def _modify_default_reverse_values(self, origin_move):
        """Keep on the new invoice what the first one said of its debt."""
        return {
            **super()._modify_default_reverse_values(origin_move),
            "cdg47_convention_id": origin_move.cdg47_convention_id.id,
            "cdg47_term_id": origin_move.cdg47_term_id.id,
            "cdg47_campaign_id": origin_move.cdg47_campaign_id.id,
            "cdg47_campaign_line_id": origin_move.cdg47_campaign_line_id.id,
            "cdg47_floor_reason": origin_move.cdg47_floor_reason,
        }
