# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from odoo.addons.account.models.chart_template import template


class AccountChartTemplate(models.AbstractModel):
    _inherit = "account.chart.template"

    @template("fr", "account.tax")
    def _get_fr_cdg47_account_tax(self):
        """Return the two explicit 0 % taxes of a centre de gestion (R12).

        No tax at all would break Factur-X, and the VAT mention is theirs.
        """
        common = {
            "amount": 0.0,
            "amount_type": "percent",
            "type_tax_use": "sale",
            "tax_scope": "service",
            "tax_group_id": "tax_group_tva_0",
            "repartition_line_ids": [
                (0, 0, {"document_type": kind, "repartition_type": part})
                for kind in ("invoice", "refund")
                for part in ("base", "tax")
            ],
        }
        return {
            "cdg47_tax_out_of_scope": {
                **common,
                "name": "0 % hors champ",
                "description": "Hors champ de la TVA, art. 256 B du CGI",
                "invoice_label": "Hors champ TVA",
                "invoice_legal_notes": "TVA non applicable - hors champ, "
                "article 256 B du code général des impôts.",
                "ubl_cii_tax_category_code": "O",
                "ubl_cii_tax_exemption_reason_code": "VATEX-EU-O",
            },
            "cdg47_tax_exempt": {
                **common,
                "name": "0 % exonérée (formation)",
                "description": "Exonérée de TVA, art. 261-4-4° a du CGI",
                "invoice_label": "Exonéré de TVA",
                "invoice_legal_notes": "TVA exonérée - article 261-4-4° a du code "
                "général des impôts (formation professionnelle continue).",
                "ubl_cii_tax_category_code": "E",
                "ubl_cii_tax_exemption_reason_code": "VATEX-EU-132-1I",
            },
        }

    def _post_load_data(self, template_code, company, template_data):
        result = super()._post_load_data(template_code, company, template_data)
        company = company or self.env.company
        self.env["product.template"].with_context(active_test=False).search(
            [("cdg47_vat_regime", "!=", False)]
        )._cdg47_apply_vat_regime(company)
        return result

    def _cdg47_load_taxes(self, companies):
        """Add the two taxes to charts that were loaded before this add-on.

        :param res.company companies: companies with a French chart
        """
        for company in companies:
            chart = self.with_company(company).with_context(lang="en_US")
            if not chart.ref("cdg47_tax_exempt", raise_if_not_found=False):
                chart._load_data({"account.tax": self._get_fr_cdg47_account_tax()})
