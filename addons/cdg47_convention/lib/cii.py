# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The XML of an invoice (Cross Industry Invoice), made that of a French public body.

Codes such as BT-13 are the terms of the European norm EN 16931.
"""

from dataclasses import dataclass, field
from datetime import date

from lxml import etree

CII = "urn:un:unece:uncefact:data:standard"
NAMESPACES = {
    "ram": f"{CII}:ReusableAggregateBusinessInformationEntity:100",
    "rsm": f"{CII}:CrossIndustryInvoice:100",
    "udt": f"{CII}:UnqualifiedDataType:100",
    "qdt": f"{CII}:QualifiedDataType:100",
}
PROFILE = "urn:cen.eu:en16931:2017"
# The frame of an invoice of services that its seller deposits.
PROCESS = "S1"
SIREN, SIRET = "0002", "0009"
VAT_NUMBER, OTHER_TAX_NUMBER = "VA", "FC"
COUNTRY = "FR"

# The order that the schema asks of the children written here.
ORDER = {
    "ExchangedDocumentContext": (
        "BusinessProcessSpecifiedDocumentContextParameter",
        "GuidelineSpecifiedDocumentContextParameter",
    ),
    "ExchangedDocument": ("ID", "TypeCode", "IssueDateTime", "IncludedNote"),
    "TradeParty": (
        "ID",
        "GlobalID",
        "Name",
        "SpecifiedLegalOrganization",
        "DefinedTradeContact",
        "PostalTradeAddress",
        "URIUniversalCommunication",
        "SpecifiedTaxRegistration",
    ),
    "ApplicableHeaderTradeSettlement": (
        "PaymentReference",
        "InvoiceCurrencyCode",
        "SpecifiedTradeSettlementPaymentMeans",
        "ApplicableTradeTax",
        "BillingSpecifiedPeriod",
        "SpecifiedTradePaymentTerms",
        "SpecifiedTradeSettlementHeaderMonetarySummation",
        "InvoiceReferencedDocument",
    ),
}


@dataclass(frozen=True)
class Party:
    """Who sells or buys, by the numbers of the SIRENE register."""

    registry: str

    @property
    def siren(self):
        return self.registry[:9]

    @property
    def siret(self):
        return self.registry if len(self.registry) == 14 else ""


@dataclass(frozen=True)
class Facts:
    """What an invoice says beyond its lines and its sums."""

    seller: Party
    buyer: Party
    # First and last day of what is billed.
    period: tuple[date, date] | None = None
    # Number and date of the invoice that a credit note corrects.
    corrected: tuple[str, date] | None = None
    # Notes by their code of subject (UNTDID 4451).
    notes: dict[str, str] = field(default_factory=dict)


def complete(content, facts):
    """Return the XML of an invoice with what Odoo leaves out or says otherwise.

    :param bytes content: the invoice as Odoo exports it
    :param Facts facts: what it says
    :rtype: bytes
    """
    tree = etree.fromstring(content)
    _frame(tree)
    for name, party in (("Seller", facts.seller), ("Buyer", facts.buyer)):
        _identify(_first(tree, f"ram:{name}TradeParty"), party)
    _tell_tax_number(tree, facts.seller)
    _leave_out(tree)
    _name_lines(tree)
    for code, text in facts.notes.items():
        note = _add(_first(tree, "rsm:ExchangedDocument"), "IncludedNote")
        _add(note, "Content", text)
        _add(note, "SubjectCode", code)
    _date(tree, facts)
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


def _frame(tree):
    context = _first(tree, "rsm:ExchangedDocumentContext")
    _add(_add(context, ORDER["ExchangedDocumentContext"][0]), "ID", PROCESS)


def _identify(node, party):
    """Give a party its SIRET (BT-29, BT-46), its SIREN (BT-30, BT-47), its address."""
    _remove(node, "ram:SpecifiedLegalOrganization")
    if party.siret:
        _add(node, "GlobalID", party.siret, schemeID=SIRET)
        _add(_add(node, "URIUniversalCommunication"), "URIID", party.siret,
             schemeID=SIRET)  # fmt: skip
    if party.siren:
        organisation = _add(node, "SpecifiedLegalOrganization")
        _add(organisation, "ID", party.siren, schemeID=SIREN)
    address = _first(node, "ram:PostalTradeAddress")
    if address is None:
        address = _add(node, "PostalTradeAddress")
    if _first(address, "ram:CountryID") is None:
        _add(address, "CountryID", COUNTRY)


def _leave_out(tree):
    """Leave out what the norm forbids here, and what is not so.

    Beside « not subject to VAT », no rate (BR-O-05) and no VAT number of either party
    (BR-O-02). Nobody is called where it is delivered. The comptable public says on its
    own notice where to pay.
    """
    _remove(tree, "ram:ShipToTradeParty/ram:DefinedTradeContact")
    _remove(tree, "ram:SpecifiedTradeSettlementPaymentMeans")
    if _first(tree, "ram:ApplicableTradeTax[ram:CategoryCode='O']") is not None:
        _remove(tree, "ram:RateApplicablePercent")
        _remove(tree, f"ram:SpecifiedTaxRegistration[ram:ID/@schemeID='{VAT_NUMBER}']")


def _tell_tax_number(tree, seller):
    """Give a seller without VAT number another one: its SIREN (BT-32)."""
    node = _first(tree, "ram:SellerTradeParty")
    if _first(node, "ram:SpecifiedTaxRegistration") is None and seller.siren:
        number = _add(node, "SpecifiedTaxRegistration")
        _add(number, "ID", seller.siren, schemeID=OTHER_TAX_NUMBER)


def _name_lines(tree):
    """Name what is billed without a product by the first line of its description."""
    for product in _all(tree, "ram:SpecifiedTradeProduct"):
        description = _first(product, "ram:Description")
        if _first(product, "ram:Name") is None and description is not None:
            name = etree.Element(_tag("Name"))
            name.text = description.text.split("\n")[0]
            description.addprevious(name)


def _date(tree, facts):
    """Say which days are billed (BG-14), and what is corrected (BG-3).

    Odoo gives the days from the invoice to its term, and takes that of the invoice for
    the delivery.
    """
    settlement = _first(tree, "ram:ApplicableHeaderTradeSettlement")
    _remove(settlement, "ram:BillingSpecifiedPeriod")
    if facts.period:
        _remove(tree, "ram:ActualDeliverySupplyChainEvent")
        period = _add(settlement, "BillingSpecifiedPeriod")
        for name, day in zip(("Start", "End"), facts.period, strict=True):
            _add_date(_add(period, f"{name}DateTime"), "udt", day)
    if facts.corrected:
        number, day = facts.corrected
        corrected = _add(settlement, "InvoiceReferencedDocument")
        _add(corrected, "IssuerAssignedID", number)
        _add_date(_add(corrected, "FormattedIssueDateTime"), "qdt", day)


# === The tree ===
def _tag(name, prefix="ram"):
    return f"{{{NAMESPACES[prefix]}}}{name}"


def _all(node, path):
    return node.xpath(f".//{path}", namespaces=NAMESPACES)


def _first(node, path):
    return next(iter(_all(node, path)), None)


def _remove(node, path):
    for found in _all(node, path):
        found.getparent().remove(found)


def _add(parent, name, text=None, **attributes):
    """Add a child where the schema wants it, last where it has no order here."""
    node = etree.Element(_tag(name), attributes)
    node.text = text
    parent_name = etree.QName(parent).localname
    if parent_name.endswith("TradeParty"):
        parent_name = "TradeParty"
    order = ORDER.get(parent_name, ())
    later = order[order.index(name) + 1 :] if name in order else ()
    for sibling in parent:
        if etree.QName(sibling).localname in later:
            sibling.addprevious(node)
            return node
    parent.append(node)
    return node


def _add_date(parent, prefix, day):
    node = etree.SubElement(parent, _tag("DateTimeString", prefix), format="102")
    node.text = f"{day:%Y%m%d}"
