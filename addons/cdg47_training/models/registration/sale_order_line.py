# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    training_participation_ids = fields.One2many(
        "cdg47.training.participation",
        "sale_line_id",
        string="Half-days of training",
        context={"active_test": False},
    )

    def _cdg47_needs_acceptance(self):
        """A registration confirmed with its price shown is the acceptance (R7).

        The quotation of a training asked for is accepted as any other.
        """
        if self._training_is_asked_for():
            return bool(self.product_uom_qty)
        # Who sells may know nothing of trainings.
        return not self.sudo().training_participation_ids and (
            super()._cdg47_needs_acceptance()
        )

    def _training_is_asked_for(self):
        """Tell whether this line is that of the quotation of a training on request."""
        # Who signs reads no request.
        return bool(not self.display_type and self.sudo().order_id.training_request_ids)

    def _cdg47_is_counted(self):
        """A half-day is delivered by its sheet."""
        return (
            super()._cdg47_is_counted()
            or bool(self.sudo().training_participation_ids)
            or self._training_is_asked_for()
        )

    def _training_left(self):
        """Return the days that this line sells and no half-day has taken yet."""
        taken = self.training_participation_ids.filtered("active")
        return self.product_uom_qty - sum(taken.mapped("billable"))

    @api.depends("training_participation_ids.half_day_id.sheet_state")
    def _compute_qty_delivered(self):
        return super()._compute_qty_delivered()

    def _cdg47_beyond(self, wanted=None):
        """Beyond the forfait, a half-day is due once it was held: sheet locked."""
        to_come = self.sudo().training_participation_ids.filtered(
            lambda p: p.active and p.half_day_id.sheet_state != "locked"
        )
        beyond = super()._cdg47_beyond(wanted)
        return beyond - sum(to_come.mapped("billable")) if not wanted else beyond

    def _cdg47_served_until(self, day):
        """A half-day is served when it was held: sheet locked."""
        participations_sudo = self.sudo().training_participation_ids
        if not participations_sudo:
            return super()._cdg47_served_until(day)
        held_sudo = participations_sudo.filtered(
            lambda p: (
                p.active and p.date <= day and p.half_day_id.sheet_state == "locked"
            )
        )
        return min(self.product_uom_qty, sum(held_sudo.mapped("billable")))

    def _training_name(self):
        """Return what this line says of its session and half-days, as of now."""
        self.ensure_one()
        return self.training_participation_ids._line_name()

    def _training_follow_participations(self):
        """Order no more than the half-days still taken; cancel an empty order."""
        # What a training asked for sells stays sold: another agent may come.
        for line in self.filtered(lambda ln: not ln._training_is_asked_for()):
            living = line.training_participation_ids.filtered("active")
            days = sum(living.mapped("billable"))
            if line.invoice_lines.filtered(lambda i: i.parent_state != "cancel"):
                # What is invoiced is corrected by a credit note, by the accountant.
                line.order_id.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Training given back after its invoice"),
                )
                continue
            line._cdg47_reduce(days)
            others = line.order_id.order_line - line
            if not days and not any(others.mapped("product_uom_qty")):
                line.order_id._action_cancel()

    def _training_deliver(self):
        """Deliver the days whose sheet is locked: they may be invoiced."""
        for line in self.filtered(lambda sol: sol.cdg47_kind != "overage"):
            held = line.sudo().training_participation_ids.filtered(
                lambda p: p.active and p.half_day_id.sheet_state == "locked"
            )
            # Who locks a sheet types no delivery.
            line.sudo().qty_delivered = sum(held.mapped("billable"))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_training(self):
        # Its half-days would look unaccepted, and be billed a second time.
        if self.training_participation_ids.filtered("active"):
            raise UserError(
                self.env._("This line bills a training: cancel the registration.")
            )
