# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    """What a collectivité has to settle."""

    _inherit = "res.partner"

    cdg47_overage_count = fields.Integer(
        string="To settle", compute="_compute_cdg47_overage_count"
    )

    def _compute_cdg47_overage_count(self):
        counts = dict(
            self.env["cdg47.overage"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.cdg47_overage_count = counts.get(partner, 0)

    def action_view_overages(self):
        """Open what these collectivités have to settle."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_overage_action"
        )
        action["domain"] = [("partner_id", "in", self.ids)]
        action["context"] = {}
        return action

    def action_cdg47_quote_overage(self):
        """Prepare one quotation by collectivité of what nobody answered yet.

        What was refused is only quoted again when it is chosen in the list.
        """
        rows = self.env["cdg47.overage"].search(
            Domain("partner_id", "in", self.ids) & Domain("state", "=", "open")
        )
        return rows.action_quote()
