# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A PDF made a Factur-X: an archive (PDF/A-3b, ISO 19005-3) that carries its XML."""

import io
import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

XML_NAME = "factur-x.xml"
PRODUCER = "Odoo"
PRINTED = 4  # flag of an annotation

_XMP = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdf:Producer>{producer}</pdf:Producer>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:fx="{schema}">
<fx:DocumentType>INVOICE</fx:DocumentType>
<fx:DocumentFileName>{file}</fx:DocumentFileName>
<fx:Version>1.0</fx:Version>
<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>
</rdf:Description>
<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{schema}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>fx</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>
"""
_PROPERTY = """\
<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>
<pdfaProperty:valueType>Text</pdfaProperty:valueType>
<pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>{description}</pdfaProperty:description></rdf:li>"""
_SCHEMA = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = {
    "DocumentFileName": "name of the embedded XML file",
    "DocumentType": "kind of document that is embedded",
    "Version": "version of the schema of the XML file",
    "ConformanceLevel": "profile that the XML file follows",
}


@dataclass(frozen=True)
class About:
    """What an archive says of itself, in its dictionary and in its XMP alike."""

    title: str
    author: str
    made_on: datetime


def is_pdf(content):
    return content.startswith(b"%PDF")


def archive(content, xml, profile, about):
    """Return a PDF as a PDF/A-3b that carries the XML of the same invoice.

    :param bytes content: the PDF, as wkhtmltopdf draws it
    :param bytes xml: the invoice
    :param bytes profile: of the colours, an ICC file in RGB
    :param About about: the document
    :rtype: bytes
    """
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content), strict=False))
    writer.pdf_header = "%PDF-1.7"
    for page in writer.pages:
        _clean_page(page)
    _state_colours(writer, profile)
    _carry(writer, xml, about.made_on)
    _tell(writer, about)
    writer.generate_file_identifiers()
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


# === What an archive may not hold ===
def _clean_page(page):
    resources = page.get("/Resources", {})
    for font in _values(resources, "/Font"):
        for descendant in font.get("/DescendantFonts", ()):
            _state_widths(font, descendant.get_object())
    for image in _values(resources, "/XObject"):
        # Pixels are shown as they are.
        image.pop("/Interpolate", None)
    for note in page.get("/Annots", None) or ():
        note.get_object()[NameObject("/F")] = NumberObject(PRINTED)


def _values(resources, kind):
    found = resources.get(kind)
    return (
        [value.get_object() for value in found.get_object().values()] if found else []
    )


def _state_widths(font, descendant):
    """Give a font one name and the widths of its own file.

    Qt rounds them otherwise, and lists characters that it does not embed.
    """
    descriptor = descendant["/FontDescriptor"].get_object()
    descriptor.pop("/CIDSet", None)
    for named in (font, descendant):
        named[NameObject("/BaseFont")] = descriptor["/FontName"]
    widths = glyph_widths(descriptor["/FontFile2"].get_object().get_data())
    descendant[NameObject("/W")] = ArrayObject(
        [NumberObject(0), ArrayObject(FloatObject(round(w, 3)) for w in widths)]
    )


def glyph_widths(font):
    """Return the widths of a TrueType font, in thousandths of its size, by glyph.

    :param bytes font: the file
    :rtype: list[float]
    """
    count = struct.unpack_from(">H", font, 4)[0]
    tables = {}
    for place in range(12, 12 + 16 * count, 16):
        tag, _sum, start, _length = struct.unpack_from(">4sLLL", font, place)
        tables[tag] = start
    (unit,) = struct.unpack_from(">H", font, tables[b"head"] + 18)
    (own,) = struct.unpack_from(">H", font, tables[b"hhea"] + 34)
    (glyphs,) = struct.unpack_from(">H", font, tables[b"maxp"] + 4)
    advances = [
        struct.unpack_from(">H", font, tables[b"hmtx"] + 4 * glyph)[0]
        for glyph in range(own)
    ]
    # The last width is that of all the glyphs that follow.
    advances += advances[-1:] * (glyphs - own)
    return [1000 * advance / unit for advance in advances]


# === What an archive must hold ===
def _state_colours(writer, profile):
    stream = StreamObject()
    stream[NameObject("/N")] = NumberObject(3)
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    stream._data = zlib.compress(profile)
    intent = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/OutputIntent"),
            NameObject("/S"): NameObject("/GTS_PDFA1"),
            NameObject("/OutputConditionIdentifier"): TextStringObject("sRGB"),
            NameObject("/Info"): TextStringObject("sRGB IEC61966-2.1"),
            NameObject("/DestOutputProfile"): writer._add_object(stream),
        }
    )
    writer.root_object[NameObject("/OutputIntents")] = ArrayObject(
        [writer._add_object(intent)]
    )


def _carry(writer, xml, made_on):
    """Embed the XML: another form of what the pages show."""
    stream = DecodedStreamObject()
    stream.set_data(xml)
    stream[NameObject("/Type")] = NameObject("/EmbeddedFile")
    stream[NameObject("/Subtype")] = NameObject("/text/xml")
    stream[NameObject("/Params")] = DictionaryObject(
        {
            NameObject("/ModDate"): TextStringObject(_pdf_date(made_on)),
            NameObject("/Size"): NumberObject(len(xml)),
        }
    )
    name = TextStringObject(XML_NAME)
    stored = writer._add_object(stream)
    both = {NameObject("/F"): stored, NameObject("/UF"): stored}
    filed = writer._add_object(
        DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Filespec"),
                NameObject("/F"): name,
                NameObject("/UF"): name,
                NameObject("/Desc"): TextStringObject("Factur-X"),
                NameObject("/AFRelationship"): NameObject("/Alternative"),
                NameObject("/EF"): DictionaryObject(both),
            }
        )
    )
    names = DictionaryObject({NameObject("/Names"): ArrayObject([name, filed])})
    root = writer.root_object
    root[NameObject("/Names")] = DictionaryObject(
        {NameObject("/EmbeddedFiles"): writer._add_object(names)}
    )
    root[NameObject("/AF")] = ArrayObject([filed])


def _tell(writer, about):
    date = _pdf_date(about.made_on)
    writer.metadata = {
        "/Title": about.title,
        "/Author": about.author,
        "/Creator": PRODUCER,
        "/Producer": PRODUCER,
        "/CreationDate": date,
        "/ModDate": date,
    }
    content = _XMP.format(
        title=escape(about.title),
        author=escape(about.author),
        producer=PRODUCER,
        date=about.made_on.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        schema=_SCHEMA,
        file=XML_NAME,
        properties="".join(
            _PROPERTY.format(name=name, description=description)
            for name, description in _PROPERTIES.items()
        ),
    )
    stream = DecodedStreamObject()
    stream.set_data(content.encode())
    stream[NameObject("/Type")] = NameObject("/Metadata")
    stream[NameObject("/Subtype")] = NameObject("/XML")
    writer.root_object[NameObject("/Metadata")] = writer._add_object(stream)


def _pdf_date(moment):
    return moment.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
