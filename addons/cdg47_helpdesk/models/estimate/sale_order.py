# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class SaleOrder(models.Model):
    """The estimate of a ticket: a quotation of its convention, accepted in writing."""

    _inherit = "sale.order"

    helpdesk_ticket_ids = fields.Many2many(
        "helpdesk.ticket",
        string="Tickets",
        compute="_compute_helpdesk_ticket_ids",
        groups="cdg47_helpdesk.group_helpdesk_technician",
    )

    @api.depends("order_line.helpdesk_ticket_id")
    def _compute_helpdesk_ticket_ids(self):
        for order in self:
            order.helpdesk_ticket_ids = order.order_line.helpdesk_ticket_id

    @api.constrains("partner_id")
    def _check_ticket_collectivite(self):
        self.order_line._check_ticket_collectivite()

    def _compute_show_hours_recorded_button(self):
        """Let technicians open an order: Odoo reads there a field of project users."""
        return super(SaleOrder, self.sudo())._compute_show_hours_recorded_button()

    def _confirmation_error_message(self):
        return super()._confirmation_error_message() or self._cdg47_ticket_obstacle()

    def _cdg47_ticket_obstacle(self):
        """Return why the estimate of a ticket cannot be confirmed yet, or False (R7).

        Acceptance is a setting; the written request of Annexe 3 VI is not.
        """
        self.ensure_one()
        # The signatory confirms in the portal, without rights on tickets' traces.
        tickets = self.sudo().order_line.helpdesk_ticket_id
        if not tickets or self.signed_by:
            return False
        if self.company_id.cdg47_acceptance_required:
            return self.env._(
                "%(order)s estimates work for a ticket: it is signed in the portal, or "
                "its written request is recorded on the ticket.",
                order=self.name,
            )
        exceptional = tickets.filtered(
            lambda t: t.coverage == "exceptional" and not t.written_request_on
        )
        if exceptional:
            return self.env._(
                "%(ticket)s: exceptional assistance is carried out on a written "
                "request (Annexe 3 VI). Record it first.",
                ticket=exceptional[0].number,
            )
        return False

    def _action_confirm(self):
        result = super()._action_confirm()
        for order in self:
            # A signatory has no right on tickets: what they signed opens the work.
            order_sudo = order.sudo()
            tickets_sudo = order_sudo.order_line.helpdesk_ticket_id
            if tickets_sudo:
                tickets_sudo._on_estimate_accepted(order_sudo)
        return result

    def _action_cancel(self):
        """A cancelled estimate admits no time any more; a refusal is told."""
        tickets_sudo = self.sudo().order_line.helpdesk_ticket_id
        refused = self.filtered(lambda order: order.state == "sent")
        result = super()._action_cancel()
        tickets_sudo._settle_time()
        if self.env.user.share:
            for order_sudo in refused.sudo():
                tickets_sudo = order_sudo.order_line.helpdesk_ticket_id
                tickets_sudo._on_estimate_refused(order_sudo)
        return result

    def action_open_tickets(self):
        """Open the tickets this order estimates."""
        self.ensure_one()
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Tickets"),
            "res_model": "helpdesk.ticket",
            "view_mode": "list,form",
            "domain": [("id", "in", self.helpdesk_ticket_ids.ids)],
        }
        if len(self.helpdesk_ticket_ids) == 1:
            action.update(view_mode="form", res_id=self.helpdesk_ticket_ids.id)
        return action
