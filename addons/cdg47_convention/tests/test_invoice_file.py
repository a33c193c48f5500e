# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The file of an invoice: one, whoever asks for it, and an archive (R12, R17)."""

import io
import re
from contextlib import contextmanager

from lxml import etree
from pypdf import PdfReader

from odoo.tests import tagged

from ..lib.pdfa import glyph_widths
from .schematron import fatal, schema_errors
from .test_documents import INVOICE, InvoiceDocumentCase

XMP = {
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "fx": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}


class FileCase(InvoiceDocumentCase):
    """Real files, drawn by wkhtmltopdf."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "force_report_rendering": True})

    @contextmanager
    def drawing(self):
        with self.allow_pdf_render():
            yield

    def printed(self, invoices):
        with self.drawing():
            report = self.env["ir.actions.report"]
            content, _kind = report._render_qweb_pdf(INVOICE, invoices.ids)
        return content

    def sent(self, invoice):
        invoice = invoice.with_env(self.env)
        with self.drawing():
            self.env["account.move.send"]._generate_and_send_invoices(
                invoice, sending_methods=["manual"]
            )
        return invoice.invoice_pdf_report_id.raw

    def downloaded(self, invoice):
        with self.drawing():
            documents = invoice.with_env(self.env)._get_invoice_legal_documents_all(
                allow_fallback=True
            )
        return documents[0]["content"]

    def carried(self, content):
        ((_name, (xml,)),) = PdfReader(io.BytesIO(content)).attachments.items()
        return xml

    def root(self, content):
        return PdfReader(io.BytesIO(content)).trailer["/Root"]


@tagged("post_install", "-at_install")
class TestOneFile(FileCase):
    def test_printed_sent_and_downloaded_alike(self):
        ways = (self.printed, self.sent, self.downloaded)
        for first in ways:
            with self.subTest(first.__name__):
                invoice = self.make_invoice_of(self.make_commune())
                contents = {first(invoice)} | {way(invoice) for way in ways}
                self.assertEqual(len(contents), 1)

    def make_invoice_of(self, commune):
        self.commune = commune
        self.make_signatory(commune)
        return self.make_invoice()

    def test_printing_sends_nothing(self):
        invoice = self.make_invoice()
        self.printed(invoice)
        self.assertFalse(invoice.is_move_sent)
        self.sent(invoice)
        self.assertTrue(invoice.is_move_sent)

    def test_drawn_again_when_a_reference_is_entered(self):
        invoice = self.make_invoice()
        self.assertNotIn(b"ENG-200", self.carried(self.printed(invoice)))
        invoice.purchase_order_reference = "ENG-200"
        self.assertIn(b"ENG-200", self.carried(self.printed(invoice)))
        sent = self.sent(invoice)
        invoice.purchase_order_reference = "ENG-300"
        self.assertEqual(self.printed(invoice), sent)

    def test_several_at_once(self):
        first = self.make_invoice()
        second = self.make_invoice_of(self.make_commune())
        text = "".join(
            page.extract_text()
            for page in PdfReader(io.BytesIO(self.printed(first | second))).pages
        )
        self.assertAllIn([first.name, second.name], text)
        self.assertTrue(first.invoice_pdf_report_id and second.invoice_pdf_report_id)

    def test_by_default_for_public_debtors_only(self):
        company = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self.assertEqual(self.commune.invoice_edi_format, "facturx")
        self.assertFalse(company.invoice_edi_format)
        self.commune.invoice_edi_format = False
        self.assertFalse(self.commune.invoice_edi_format)

    def test_a_draft_is_not_filed(self):
        invoice = self.make_invoice()
        invoice.button_draft()
        self.printed(invoice)
        self.assertFalse(invoice.invoice_pdf_report_id)

    def test_never_a_proforma(self):
        invoice = self.make_invoice()
        with self.drawing():
            pages = invoice.with_env(self.env)._get_invoice_pdf_proforma()
        self.assertNotIn("proforma", pages["filename"])
        text = PdfReader(io.BytesIO(pages["content"])).pages[0].extract_text()
        self.assertNotRegex(text.lower(), "pro-?forma")
        with self.drawing():
            portal = self.env["ir.actions.report"].with_context(proforma_invoice=True)
            content, _kind = portal._render_qweb_pdf(INVOICE, invoice.ids)
        text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
        self.assertNotRegex(text.lower(), "pro-?forma")


@tagged("post_install", "-at_install")
class TestArchive(FileCase):
    """What ISO 19005-3 asks, read in the file (PDF/A-3b)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.main_company").logo = cls.company.logo

    def test_the_xml_is_carried_and_lawful(self):
        invoice = self.make_invoice()
        content = self.printed(invoice)
        xml = self.carried(content)
        self.assertFalse(fatal(xml) + schema_errors(xml))
        self.assertEqual(xml, invoice.ubl_cii_xml_id.raw)
        root = self.root(content)
        (filed,) = root["/AF"]
        filed = filed.get_object()
        named = root["/Names"]["/EmbeddedFiles"]["/Names"][1].get_object()
        self.assertEqual(named, filed)
        self.assertEqual(filed["/AFRelationship"], "/Alternative")
        self.assertEqual((filed["/F"], filed["/UF"]), ("factur-x.xml",) * 2)
        stream = filed["/EF"]["/F"]
        self.assertEqual(stream["/Subtype"], "/text/xml")
        self.assertEqual(stream["/Params"]["/Size"], len(xml))
        self.assertRegex(stream["/Params"]["/ModDate"], r"^D:\d{14}Z$")

    def test_what_it_says_of_itself(self):
        invoice = self.make_invoice()
        content = self.printed(invoice)
        reader = PdfReader(io.BytesIO(content))
        stream = reader.trailer["/Root"]["/Metadata"]
        self.assertEqual((stream["/Type"], stream["/Subtype"]), ("/Metadata", "/XML"))
        self.assertNotIn("/Filter", stream)
        packet = etree.fromstring(stream.get_data())
        said = {
            name: packet.findtext(f".//{name}", namespaces=XMP)
            for name in (
                "pdfaid:part", "pdfaid:conformance", "fx:DocumentType",
                "fx:DocumentFileName", "fx:Version", "fx:ConformanceLevel",
                "pdf:Producer", "xmp:CreatorTool", "xmp:CreateDate", "xmp:ModifyDate",
            )
        }  # fmt: skip
        self.assertEqual(
            list(said.values())[:6],
            ["3", "B", "INVOICE", "factur-x.xml", "1.0", "EN 16931"],
        )
        title = packet.findtext(".//dc:title//{*}li", namespaces=XMP)
        author = packet.findtext(".//dc:creator//{*}li", namespaces=XMP)
        information = reader.metadata
        self.assertEqual((title, author), (invoice.name, self.company.name))
        self.assertEqual((information.title, information.author), (title, author))
        self.assertEqual(information["/Producer"], said["pdf:Producer"])
        self.assertEqual(information["/Creator"], said["xmp:CreatorTool"])
        for key, name in (("/CreationDate", "Create"), ("/ModDate", "Modify")):
            written = re.sub(r"[-:T]", "", said[f"xmp:{name}Date"])
            self.assertEqual(information[key], f"D:{written}")

    def test_its_colours(self):
        (intent,) = self.root(self.printed(self.make_invoice()))["/OutputIntents"]
        intent = intent.get_object()
        self.assertEqual(intent["/S"], "/GTS_PDFA1")
        profile = intent["/DestOutputProfile"]
        self.assertEqual(profile["/N"], 3)
        data = profile.get_data()
        self.assertEqual((data[16:20], data[36:40]), (b"RGB ", b"acsp"))

    def test_its_fonts(self):
        fonts = [
            font.get_object()
            for page in PdfReader(io.BytesIO(self.printed(self.make_invoice()))).pages
            for font in page["/Resources"]["/Font"].values()
        ]
        self.assertTrue(fonts)
        for font in fonts:
            with self.subTest(font["/BaseFont"]):
                self.assertIn("/ToUnicode", font)
                own = font.get("/DescendantFonts", [font])[0].get_object()
                descriptor = own["/FontDescriptor"]
                self.assertNotIn("/CIDSet", descriptor)
                self.assertEqual(own["/BaseFont"], descriptor["/FontName"])
                self.assertEqual(font["/BaseFont"], descriptor["/FontName"])
                self.assertIn("/FontFile2", descriptor)
                if own is not font:
                    self.assertEqual(own["/CIDToGIDMap"], "/Identity")
                    file = descriptor["/FontFile2"].get_data()
                    for said, real in zip(
                        own["/W"][1], glyph_widths(file), strict=True
                    ):
                        self.assertAlmostEqual(float(said), real, delta=1)

    def test_nothing_that_an_archive_forbids(self):
        content = self.printed(self.make_invoice())
        self.assertTrue(content.startswith(b"%PDF-1.7\n%"))
        self.assertTrue(all(byte > 127 for byte in content[10:14]))
        reader = PdfReader(io.BytesIO(content))
        self.assertFalse(reader.is_encrypted)
        self.assertEqual(len(reader.trailer["/ID"]), 2)
        root = reader.trailer["/Root"]
        self.assertFalse({"/OpenAction", "/AA", "/JavaScript"} & set(root))
        self.assertFalse({"/JavaScript"} & set(root["/Names"]))
        for page in reader.pages:
            for image in (page["/Resources"].get("/XObject") or {}).values():
                self.assertNotIn("/Interpolate", image.get_object())
                self.assertNotIn("/OPI", image.get_object())
            for note in page.get("/Annots") or ():
                self.assertEqual(note.get_object()["/F"], 4)
