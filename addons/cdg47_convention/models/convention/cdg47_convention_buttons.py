# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class Cdg47Convention(models.Model):
    """What the buttons of a convention open."""

    _inherit = "cdg47.convention"

    def action_view_orders(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale.action_quotations_with_onboarding"
        )
        return self._open_records(action, self.order_ids)

    def action_view_invoices(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        return self._open_records(action, self._invoices())

    def action_view_activations(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_service_activation_action"
        )
        action["domain"] = [("convention_id", "in", self.ids)]
        action["context"] = {"default_convention_id": self[:1].id}
        return action

    def _invoices(self):
        return self.env["account.move"].search(
            [("cdg47_convention_id", "in", self.ids)]
        )

    @api.model
    def _open_records(self, action, records):
        action["domain"] = [("id", "in", records.ids)]
        action["context"] = {"create": False}
        if len(records) == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = records.id
        return action

    def action_preview_portal(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "target": "self", "url": self.access_url}

    def _get_report_base_filename(self):
        self.ensure_one()
        return f"Convention {self.name}".replace("/", "-")

    def action_view_quota_sheet(self):
        """Open what its collectivité has of each line of Annexe 1."""
        return self.partner_id.action_view_quota_sheet()

    def action_quote_overage(self):
        """Prepare the quotation of all that these collectivités have to settle."""
        return self.partner_id.action_cdg47_quote_overage()
