# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.dates import today_in_paris
from ..reading.quota_sheet import QuotaSheet


class Cdg47QuotaSheet(models.TransientModel):
    """Shows what a collectivité has of each line of Annexe 1, on any day."""

    _name = "cdg47.quota.sheet"
    _description = "Quota sheet"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        domain=[("collectivite_type", "!=", False)],
    )
    date = fields.Date(
        string="On", required=True, default=lambda self: today_in_paris()
    )
    content = fields.Html(compute="_compute_content", sanitize=False)

    @api.depends("partner_id.name")
    def _compute_display_name(self):
        for sheet in self:
            sheet.display_name = self.env._(
                "Rights: %(name)s", name=sheet.partner_id.name or ""
            )

    @api.depends("partner_id", "date")
    @api.depends_context("lang")
    def _compute_content(self):
        for wizard in self:
            wizard.content = self.env["ir.qweb"]._render(
                "cdg47_convention.quota_sheet_on_screen", wizard._values()
            )

    def _values(self):
        """Return what the screen shows: the lines, by forfait."""
        self.ensure_one()
        lines = []
        if self.partner_id and self.date:
            # An employee reads every right: the sheet shows no more than that.
            sheet = QuotaSheet(self.env, self.partner_id, self.date)
            lines = sheet.lines_of(self.partner_id._origin)
        by_forfait = {}
        for line in lines:
            by_forfait.setdefault(line.rule.forfait_id, []).append(line)
        return {"by_forfait": by_forfait, "partner": self.partner_id}

    # === Buttons ===
    def action_rights(self):
        """Open the rights that were used."""
        return self.partner_id.action_view_entitlements()

    def action_consumptions(self):
        """Open the uses, the latest first."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_consumption_action"
        )
        action["domain"] = [("partner_id", "=", self.partner_id.id)]
        action["context"] = {"default_partner_id": self.partner_id.id}
        return action

    def action_statement_pdf(self):
        """Download the statement of the year of the day shown."""
        return self._download_statement("pdf")

    def action_statement_xlsx(self):
        """Download the same as a workbook."""
        return self._download_statement("xlsx")

    def _download_statement(self, kind):
        self.ensure_one()
        if self.date.year not in self.partner_id._cdg47_statement_years():
            raise UserError(
                self.env._(
                    "No convention was in force in %(year)s: there is no statement to "
                    "make.",
                    year=self.date.year,
                )
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/cdg47/statement/{self.partner_id.id}/{self.date.year}/{kind}",
            "target": "download",
        }

    def action_export_ledger(self):
        """Download the ledger, in a file that proves itself."""
        return self.partner_id.action_export_ledger()
