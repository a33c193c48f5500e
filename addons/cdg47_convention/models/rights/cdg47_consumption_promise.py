# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError


class Cdg47Consumption(models.Model):
    """What is accepted, then invoiced, of the uses beyond a quota (R4, R7)."""

    _inherit = "cdg47.consumption"

    def _promise(self, sale_line):
        """Link these facts to the order line that accepts them, and freeze them.

        :param sale.order.line sale_line: what was accepted, and at which price
        :raise UserError: for the facts of another collectivité, reversed, or accepted
            already by another order
        """
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(self.partner_id))
        self._check_quotable(sale_line)
        # Facts are written by the ledger only; the caller has been checked.
        facts_sudo = self.sudo()
        facts_sudo.sale_line_id = sale_line
        facts_sudo._freeze()

    def _check_quotable(self, sale_line):
        """Refuse to have one fact accepted twice, or by somebody else."""
        owner = sale_line.order_id.convention_id.partner_id.sudo()
        family = owner | owner._cdg47_predecessors()
        for fact in self.sudo():
            if fact.partner_id not in family:
                raise UserError(
                    self.env._(
                        "%(fact)s is a use of %(name)s: %(order)s is for another "
                        "collectivité.",
                        fact=fact.display_name,
                        name=fact.partner_id.name,
                        order=sale_line.order_id.name,
                    )
                )
            if fact.reversal_of_id or fact.reversal_ids:
                raise UserError(
                    self.env._("%(fact)s is reversed.", fact=fact.display_name)
                )
            (fact.sale_line_id - sale_line)._cdg47_check_free(fact)

    def _prepare_reversal(self, reason):
        """The reversal of what was accepted lowers what its order line delivers."""
        values = super()._prepare_reversal(reason)
        if self.frozen:
            values["sale_line_id"] = self.sale_line_id.id
        return values

    def _bill(self, invoice_line):
        """Record on which invoice line these facts are, and freeze them."""
        facts_sudo = self.sudo().filtered(lambda fact: not fact.invoice_line_id)
        if facts_sudo:
            facts_sudo.invoice_line_id = invoice_line
            facts_sudo._freeze()
