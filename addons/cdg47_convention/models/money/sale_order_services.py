# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError

from ...lib.dates import today_in_paris
from ...lib.states import DECIDED_KINDS


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


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _cdg47_needs_acceptance(self):
        """Tell whether the collectivité has to accept this line before it is billed."""
        self.ensure_one()
        if self.cdg47_kind not in DECIDED_KINDS or not self.product_uom_qty:
            return False
        renewed = self.cdg47_continues_id
        return not (
            self.cdg47_kind == "supplement"
            and renewed.state == "sale"
            and renewed.product_id == self.product_id
            and self.product_uom_qty <= renewed.product_uom_qty
        )

    def _cdg47_allocates(self):
        """Tell whether the acceptance of this line asks for something to be held."""
        return bool(
            self.cdg47_kind == "supplement"
            and self.product_uom_qty
            and not self.cdg47_continues_id
            and not self.cdg47_allocation_ids
            and self.product_id.cdg47_allocation_kind
        )

    # === In force ===
    def _cdg47_put_in_force(self):
        """Freeze the uses this line bills, or open what it buys."""
        self.ensure_one()
        if not self.product_uom_qty:
            return
        if self.cdg47_kind == "overage":
            facts = self.cdg47_consumption_ids
            covered = facts.filtered(lambda f: f.reversal_ids or not f.billable_amount)
            covered.sale_line_id = False
            (facts - covered)._promise(self)
        elif self.cdg47_kind == "supplement" and not self.cdg47_continues_id:
            self._cdg47_open_supplement()

    def _cdg47_open_supplement(self):
        """Give what a supplement buys: a grant on a right, or something held."""
        partner = self.order_id.convention_id.partner_id
        if self.cdg47_allocation_ids:
            self.cdg47_allocation_ids._accept(self)
        elif self._cdg47_allocates():
            self.env["cdg47.allocation"].create(self._cdg47_prepare_allocations())
        elif self._cdg47_has_right():
            right = self.env["cdg47.entitlement"]._open(
                partner, self.product_id, today_in_paris()
            )
            quantity = right.uom_id._cdg47_quantity(
                self.product_uom_id._cdg47_amount(self.product_uom_qty)
            )
            right._grant("bought", quantity, sale_line_id=self.id)

    def _cdg47_has_right(self):
        """Tell whether a forfait held counts the use of this service today.

        A service outside the forfaits may be sold too: no right counts it.
        """
        if not self.env["cdg47.quota.rule"]._flow_rules(self.product_id):
            return False
        convention = self.order_id.convention_id
        return convention._counts_use_of(self.product_id, today_in_paris())

    def _cdg47_prepare_allocations(self):
        """Return what is to be put in service: one volume, or so many things."""
        quantity = round(self.product_uom_qty)
        is_volume = self.product_id.cdg47_allocation_kind == "storage"
        values = {
            "partner_id": self.order_id.convention_id.partner_id.id,
            "product_id": self.product_id.id,
            "sale_line_id": self.id,
        }
        if is_volume:
            return [{**values, "quantity": quantity, "accepted_quantity": quantity}]
        return [{**values, "accepted_quantity": 1}] * quantity

    # === Taken back ===
    def _cdg47_check_uninvoiced(self):
        for line in self:
            if line.cdg47_kind in DECIDED_KINDS and line.qty_invoiced:
                raise UserError(
                    self.env._(
                        "« %(line)s » is invoiced: cancel or credit its invoice first.",
                        line=line.name,
                    )
                )

    def _cdg47_take_back(self):
        """Withdraw what these lines had opened; what was used beyond is due again."""
        grants = self.env["cdg47.grant"].search([("sale_line_id", "in", self.ids)])
        grants._withdraw()
        for line in self.filtered(lambda line: not line.cdg47_continues_id):
            line.cdg47_allocation_ids._refuse(line)
