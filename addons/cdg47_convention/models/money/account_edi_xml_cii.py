# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.tools import html2plaintext

from ...lib.cii import PROFILE, complete
from ...reading.electronic_invoice import facts_of

# German rules (BR-DE) that Odoo applies to every invoice: the comptable public
# collects, and gives the means of payment on its own notice.
GERMAN_CONSTRAINTS = (
    "seller_payment_instructions_1",
    "seller_payment_instructions_2",
    "seller_phone",
    "seller_email",
)
# Odoo knows its own units only, and its day has 8 hours. UN/ECE recommendation 20.
UNITS = {
    "uom.product_uom_hour": "HUR",
    "cdg47_convention.uom_day": "DAY",
    "cdg47_convention.uom_go": "E34",
}


class AccountEdiXmlCii(models.AbstractModel):
    """Factur-X of a public body: no VAT number, no bank details, VAT category O."""

    _inherit = "account.edi.xml.cii"

    def _export_invoice_constraints(self, invoice, vals):
        """Identify the seller by its SIRET, as EN 16931 allows (BR-CO-26)."""
        constraints = super()._export_invoice_constraints(invoice, vals)
        if not invoice._cdg47_is_of_collectivite():
            return constraints
        for name in GERMAN_CONSTRAINTS:
            constraints.pop(name, None)
        constraints["seller_identifier"] = self._check_required_fields(
            invoice.company_id, "company_registry"
        )
        return constraints

    def _export_invoice_vals(self, invoice):
        """Give the references that the debtor gave, and no other in their place."""
        values = super()._export_invoice_vals(invoice)
        if invoice._cdg47_is_of_collectivite():
            values.update(
                document_context_id=PROFILE,
                buyer_reference=invoice.buyer_reference,
                purchase_order_reference=invoice.purchase_order_reference,
                scheduled_delivery_time=invoice.delivery_date,
            )
        return values

    def _export_invoice(self, invoice):
        content, errors = super()._export_invoice(invoice)
        if invoice._cdg47_is_of_collectivite():
            content = complete(content, facts_of(invoice))
        return content, errors

    def _get_tax_exemption_reason(self, customer, supplier, tax):
        """Say why there is no VAT in the words of the invoice (BT-120)."""
        reason = super()._get_tax_exemption_reason(customer, supplier, tax)
        known = tax.company_id._cdg47_taxes_by_regime().values() if tax else ()
        if tax in known and tax.invoice_legal_notes:
            reason["tax_exemption_reason"] = html2plaintext(tax.invoice_legal_notes)
        return reason

    def _get_uom_unece_code(self, uom):
        for xmlid, code in UNITS.items():
            if uom == self.env.ref(xmlid, raise_if_not_found=False):
                return code
        return super()._get_uom_unece_code(uom)
