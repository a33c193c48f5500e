# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class SaleOrder(models.Model):
    """What the acceptance of services puts in force (R4, R7, R8)."""

    _inherit = "sale.order"

    def _cdg47_unsigned_message(self):
        """Services beyond the forfaits are accepted before they are billed (setting).

        What renews an accepted supplement is not accepted again.
        """
        message = super()._cdg47_unsigned_message()
        if message or self.signed_by or not self.convention_id:
            return message
        if not self.company_id.cdg47_acceptance_required:
            return False
        if not self.order_line.filtered(lambda ln: ln._cdg47_needs_acceptance()):
            return False
        return self.env._(
            "%(order)s is beyond the forfaits: its signatory accepts it in the portal, "
            "or its written request is recorded here.",
            order=self.name,
        )

    def _cdg47_obstacle(self):
        return super()._cdg47_obstacle() or self._cdg47_prerequisite_message()

    def _cdg47_prerequisite_message(self):
        """Return what must be held before what this quotation sells, or False (R9)."""
        if self.state not in ("draft", "sent"):
            return False
        # A signatory reads neither products nor the accesses of the collectivité.
        partner_sudo = self.sudo().convention_id.partner_id
        for line in self.sudo().order_line.filtered(lambda ln: ln._cdg47_allocates()):
            obstacle = partner_sudo._cdg47_obstacle(line.product_id)
            if obstacle:
                return obstacle[0]
        return False

    def _action_confirm(self):
        """Put in force what is accepted; its lines already deliver by their state."""
        result = super()._action_confirm()
        for line in self.filtered("convention_id").order_line:
            # The signatory has no write access to rights nor allocations: only what
            # the signed quotation says is put in force.
            line.sudo()._cdg47_put_in_force()
        return result

    def _action_cancel(self):
        """Give back what the order had opened, unless it is invoiced."""
        for order in self.filtered(lambda o: o.convention_id and o.state == "sale"):
            order.order_line._cdg47_check_uninvoiced()
            order.order_line.sudo()._cdg47_take_back()
        return super()._action_cancel()
