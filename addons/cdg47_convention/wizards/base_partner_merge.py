# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Refuse collectivités: rights and invoices would be rewritten (R13)."""
        collectivites = (
            self.env["res.partner"]
            .browse(partner_ids)
            .filtered(lambda p: p.collectivite_type or p.ledger_ids or p.convention_ids)
        )
        if collectivites:
            raise UserError(
                self.env._(
                    "%(names)s: collectivités are not merged as contacts, their "
                    "conventions and their rights would be rewritten. Use "
                    "« Merge collectivités », which rewrites nothing.",
                    names=", ".join(collectivites.mapped("name")),
                )
            )
        signatories = self.env["cdg47.mandate"].sudo().search(
            [("contact_id", "in", partner_ids), ("role", "=", "signatory")]
        )  # fmt: skip
        if signatories:
            # Merging two contacts gives one the mandates of the other.
            signatories.with_env(self.env)._check_giver()
            self._check_not_oneself(partner_ids)
        return super()._merge(partner_ids, dst_partner, extra_checks)

    def _check_not_oneself(self, partner_ids):
        if not self.env.su and self.env.user.partner_id.id in partner_ids:
            raise UserError(
                self.env._("Nobody records, changes or ends a mandate of their own.")
            )
