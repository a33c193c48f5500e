# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class Cdg47Campaign(models.Model):
    """What the buttons of a campaign open."""

    _inherit = "cdg47.campaign"

    def _action_on_lines(self, name, domain):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_campaign_line_action"
        )
        action["name"] = action["display_name"] = name
        action["domain"] = [("campaign_id", "=", self.id), *domain]
        action["context"] = {}
        return action

    def action_view_lines(self):
        name = self.env._("Conventions")
        return self._action_on_lines(name, [])

    def action_view_changes(self):
        name = self.env._("Stratum changes")
        return self._action_on_lines(name, [("stratum_changed", "=", True)])

    def action_view_alerts(self):
        name = self.env._("Alerts")
        return self._action_on_lines(name, [("alert_codes", "!=", False)])

    def action_view_parked(self):
        name = self.env._("Conventions set aside")
        action = self._action_on_lines(name, [("state", "=", "parked")])
        view = self.env.ref("cdg47_convention.cdg47_campaign_line_view_list_set_aside")
        action["views"] = [(view.id, "list"), (False, "form")]
        return action

    def action_view_left(self):
        name = self.env._("Not renewed")
        return self._action_on_lines(name, [("mode", "=", "none")])

    def action_view_amounts(self):
        """Open the totals by stratum and forfait."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_campaign_fee_action"
        )
        action["domain"] = [("campaign_id", "=", self.id)]
        return action

    def action_view_orders(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sale.action_orders")
        action["domain"] = [("id", "in", self.line_ids.order_id.ids)]
        action["context"] = {}
        return action

    def action_view_invoices(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        action["domain"] = [("cdg47_campaign_id", "=", self.id)]
        action["context"] = {"default_move_type": "out_invoice"}
        return action
