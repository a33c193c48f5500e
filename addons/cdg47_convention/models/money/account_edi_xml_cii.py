# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from lxml import etree

from odoo import models

from odoo.addons.account_edi_ubl_cii.models.account_edi_xml_cii_facturx import (
    CII_NAMESPACES,
)

OUT_OF_SCOPE = ".//ram:ApplicableTradeTax[ram:CategoryCode='O']"

# German rules (BR-DE) that Odoo applies to every invoice: the comptable public
# collects, and gives the means of payment on its own notice.
PAYMENT_CONSTRAINTS = ("seller_payment_instructions_1", "seller_payment_instructions_2")


class AccountEdiXmlCii(models.AbstractModel):
    """Factur-X of a public body: no VAT number, no bank details, VAT category O."""

    _inherit = "account.edi.xml.cii"

    def _export_invoice_constraints(self, invoice, vals):
        """Identify the seller by its SIRET, as EN 16931 allows (BR-CO-26)."""
        constraints = super()._export_invoice_constraints(invoice, vals)
        if not invoice.cdg47_convention_id:
            return constraints
        for name in PAYMENT_CONSTRAINTS:
            constraints.pop(name, None)
        constraints["seller_identifier"] = self._check_required_fields(
            invoice.company_id, "company_registry"
        )
        return constraints

    def _export_invoice(self, invoice):
        """Leave out what EN 16931 forbids beside « not subject to VAT ».

        No rate on its lines nor in its total (BR-O-05), no VAT number of either party
        (BR-O-02).
        """
        content, errors = super()._export_invoice(invoice)
        if not invoice.cdg47_convention_id:
            return content, errors
        tree = etree.fromstring(content)
        taxes = tree.xpath(OUT_OF_SCOPE, namespaces=CII_NAMESPACES)
        if not taxes:
            return content, errors
        forbidden = [
            *tree.xpath(
                f"{OUT_OF_SCOPE}/ram:RateApplicablePercent", namespaces=CII_NAMESPACES
            ),
            *tree.xpath(
                ".//ram:SpecifiedTaxRegistration[ram:ID/@schemeID='VA']",
                namespaces=CII_NAMESPACES,
            ),
        ]
        for node in forbidden:
            node.getparent().remove(node)
        return etree.tostring(tree, xml_declaration=True, encoding="UTF-8"), errors
