# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..reading.authority import check_manager


class Cdg47LedgerCheck(models.TransientModel):
    """Recomputes every ledger from its facts and shows what differs."""

    _name = "cdg47.ledger.check"
    _description = "Check of the ledgers"

    result = fields.Text(readonly=True, default=lambda self: self._default_result())

    @api.depends("create_date")
    def _compute_display_name(self):
        self.display_name = self.env._("Check of the ledgers")

    @api.model
    def _default_result(self):
        differences = self.env["cdg47.ledger"]._differences()
        return "\n".join(differences) or self.env._("No difference.")

    def action_replay(self):
        """Derive every right again from its facts, then check once more."""
        check_manager(self.env)
        ledgers = self.env["cdg47.ledger"]
        partners_sudo = ledgers.sudo().search([("rank", ">", 0)]).partner_id
        ledgers._guard(ledgers._concerned(partners_sudo))
        ledgers._replay_partners(partners_sudo)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_ledger_check_action"
        )
