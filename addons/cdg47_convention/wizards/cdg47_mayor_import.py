# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..imports.collectivite_index import french_context
from ..imports.mayors import LAYOUTS, MayorPlanner, mayors_model


class Cdg47MayorImport(models.TransientModel):
    """Imports the directory of mayors (RNE): each change is that of the guide."""

    _name = "cdg47.mayor.import"
    _inherit = "cdg47.csv.import"
    _description = "Import the mayors"

    user_id = fields.Many2one(
        "res.users",
        string="Followed by",
        required=True,
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Who receives what is to be replaced after a change of mayor.",
    )

    def action_view_mandates(self):
        """Open the mandates of signatories."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_mandate_action"
        )
        action["domain"] = [("role", "=", "signatory")]
        action["target"] = "main"
        return action

    def _layouts(self):
        return LAYOUTS

    def _model_sheet(self):
        return mayors_model(self.env)

    def _plan(self):
        self.ensure_one()
        return MayorPlanner(self.env, self._read_table()).run()

    def _execute(self, plan):
        quiet = self.env["res.partner"].with_context(
            tracking_disable=True, mail_create_nolog=True
        )
        office = french_context(self.env)._("Mayor")
        for mayor in plan.todo:
            contact = mayor.contact or quiet.create(
                {
                    "name": mayor.name,
                    "parent_id": mayor.partner.id,
                    "function": office,
                    "lang": french_context(self.env).lang,
                }
            )
            self.env["cdg47.mayor.change"].create(
                {
                    "partner_id": mayor.partner.id,
                    "contact_id": contact.id,
                    "date_start": mayor.date_start,
                    "title": office,
                    "user_id": self.user_id.id,
                }
            ).action_apply()
