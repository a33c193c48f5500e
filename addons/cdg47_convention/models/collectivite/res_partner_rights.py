# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class ResPartner(models.Model):
    """The rights of a collectivité, and those of the ones it replaces."""

    _inherit = "res.partner"

    entitlement_ids = fields.One2many(
        "cdg47.entitlement", "partner_id", string="Rights"
    )
    entitlement_count = fields.Integer(compute="_compute_entitlement_count")

    def _compute_entitlement_count(self):
        counts = dict(
            self.env["cdg47.entitlement"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.entitlement_count = counts.get(partner, 0)

    def write(self, vals):
        """Count the uses of the collectivités that these ones replace, from now on."""
        result = super().write(vals)
        if "predecessor_ids" in vals:
            collectivites = self.filtered("collectivite_type")
            ledgers = self.env["cdg47.ledger"]
            ledgers._guard(ledgers._concerned(collectivites))
            ledgers._replay_partners(collectivites)
        return result

    def _cdg47_predecessors(self):
        """Return the collectivités these ones replace, and those that they replaced."""
        found = self.browse()
        step = self.predecessor_ids
        while step - found - self:
            found |= step - self
            step = step.predecessor_ids
        return found

    def _cdg47_successors(self):
        """Return the collectivités that replace these ones, the nearest first."""
        found = self.browse()
        step = self
        while step:
            step = self.search([("predecessor_ids", "in", step.ids)]) - found - self
            found |= step
        return found

    def action_view_entitlements(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_entitlement_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_view_quota_sheet(self):
        """Open what this collectivité has of each line of Annexe 1, today."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_quota_sheet_action"
        )
        action["context"] = {"default_partner_id": self.id}
        return action

    def action_export_ledger(self):
        """Download the ledger of this collectivité: a manager's file."""
        self.ensure_one()
        self.env["cdg47.convention"]._check_manager()
        return {
            "type": "ir.actions.act_url",
            "url": f"/cdg47/ledger/{self.id}",
            "target": "download",
        }
