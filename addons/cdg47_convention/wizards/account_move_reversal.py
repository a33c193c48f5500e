# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


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
        uses_sudo = self._cdg47_uses() if self.cdg47_gives_back else ()
        action = super().reverse_moves(is_modify=is_modify)
        for fact_sudo in uses_sudo:
            invoice = fact_sudo.invoice_line_id.move_id
            fact_sudo._reverse(
                self.reason or self.env._("Credit note of %(move)s", move=invoice.name)
            )
        return action
