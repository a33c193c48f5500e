# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Short ways to the XML of an invoice, and to what the norm says of it."""

from lxml import etree

from ..lib.cii import NAMESPACES
from .common import CDG, SIRET_CDG
from .schematron import FRENCH_REFORM, fatal, schema_errors

SIREN_CDG = SIRET_CDG[:9]
PERIOD = (
    "ram:ApplicableHeaderTradeSettlement/ram:BillingSpecifiedPeriod//udt:DateTimeString"
)
UNIT = "ram:BilledQuantity/@unitCode"


class ElectronicMixin:
    @classmethod
    def identify_company(cls):
        """Give the CDG what its invoices say of it; it has no VAT number."""
        cls.company.write({**CDG, "vat": False})

    def xml(self, invoice):
        content, errors = self.env["account.edi.xml.cii"]._export_invoice(invoice)
        self.assertFalse(errors)
        return content

    def values(self, invoice, *paths):
        """Return the texts found in the XML of an invoice, path by path."""
        tree = etree.fromstring(self.xml(invoice))
        found = [tree.xpath(f".//{path}", namespaces=NAMESPACES) for path in paths]
        texts = [[getattr(node, "text", node) for node in nodes] for nodes in found]
        return texts if len(paths) > 1 else texts[0]

    def assertLawful(self, invoice):
        """Read the XML by the schema, EN 16931 and the French rules: nothing fatal."""
        content = self.xml(invoice)
        faults = [
            *schema_errors(content),
            *fatal(content),
            *fatal(content, FRENCH_REFORM),
        ]
        self.assertFalse(faults, "\n".join(faults))
