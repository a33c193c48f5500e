# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..lib.dates import today_in_paris


class Cdg47AnnexeViewer(models.TransientModel):
    """Shows Annexe 1 as it is printed, on any date."""

    _name = "cdg47.annexe.viewer"
    _description = "Annexe 1"

    date = fields.Date(
        string="In force on", required=True, default=lambda self: today_in_paris()
    )
    content = fields.Html(compute="_compute_content", sanitize=False)

    @api.depends("date")
    def _compute_display_name(self):
        self.display_name = self.env._("Annexe 1")

    @api.depends("date")
    @api.depends_context("lang")
    def _compute_content(self):
        forfaits = self.env["product.template"].search(
            [("cdg47_is_forfait", "=", True)]
        )
        rules = self.env["cdg47.quota.rule"]
        for viewer in self:
            viewer.content = self.env["ir.qweb"]._render(
                "cdg47_convention.annexe1_on_screen",
                rules._annexe1(forfaits, viewer.date) if viewer.date else {},
            )
