# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Writes the tables that a test reads: the same rows as csv, xlsx and ods."""

import base64
import csv
import io
import zipfile
from datetime import date
from xml.sax.saxutils import escape, quoteattr

import openpyxl

from odoo.tools import file_open

FILES = "cdg47_convention/tests/files"
ODS_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
ODS_CONTENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body>
</office:document-content>"""


def case_file(name):
    with file_open(f"{FILES}/{name}", "rb") as file:
        return file.read()


def write_csv(rows, encoding="utf-8", **dialect):
    stream = io.StringIO(newline="")
    csv.writer(stream, **dialect).writerows(
        [[_french(value) for value in row] for row in rows]
    )
    return stream.getvalue().encode(encoding)


def _french(value):
    """Write a value as a French spreadsheet does in a csv."""
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, float):
        return f"{value:.10g}".replace(".", ",")
    return "" if value is None else str(value)


def write_xlsx(*sheets):
    """Write sheets of typed cells, each a list of rows, or a (name, rows) pair."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet in sheets:
        name, rows = sheet if isinstance(sheet, tuple) else (None, sheet)
        page = book.create_sheet(name)
        for line, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                if value is not None:
                    cell = page.cell(line, column, value)
                    # What begins with « = » is a name here, not a formula.
                    if isinstance(value, str):
                        cell.data_type = "s"
    return _bytes(book.save)


def write_ods(*sheets):
    """Write the same sheets for LibreOffice, with the repetitions it makes."""
    content = ODS_CONTENT.format(sheets="".join(map(_ods_sheet, sheets)))

    def save(stream):
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("mimetype", ODS_MIMETYPE)
            archive.writestr("content.xml", content)

    return _bytes(save)


def _bytes(save):
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


def _ods_sheet(sheet):
    name, rows = sheet if isinstance(sheet, tuple) else ("Feuille1", sheet)
    lines = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row))}"
        '<table:table-cell table:number-columns-repeated="16300"/></table:table-row>'
        for row in rows
    )
    return (
        f"<table:table table:name={quoteattr(name)}>{lines}"
        '<table:table-row table:number-rows-repeated="1048000">'
        "<table:table-cell/></table:table-row></table:table>"
    )


def _ods_cell(value):
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, date):
        kind = f'"date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, int | float):
        kind = f'"float" office:value="{value!r}"'
    else:
        kind = '"string"'
    paragraphs = "".join(
        f"<text:p>{_ods_spaces(line)}</text:p>" for line in str(value).split("\n")
    )
    return f"<table:table-cell office:value-type={kind}>{paragraphs}</table:table-cell>"


def _ods_spaces(text):
    return escape(text).replace("  ", '<text:s text:c="2"/>')


def typed(content, encoding="utf-8-sig", delimiter=";"):
    """Return the rows of a csv as a spreadsheet keeps them: numbers and dates typed."""
    rows = csv.reader(io.StringIO(content.decode(encoding)), delimiter=delimiter)
    return [[_typed(cell) for cell in row] for row in rows]


def _typed(cell):
    if cell.isascii() and cell.isdigit():
        return float(cell) if len(cell) == 5 else int(cell)
    parts = cell.split("/")
    if len(parts) == 3 and all(part.isdigit() for part in parts):
        day, month, year = map(int, parts)
        if month <= 12:
            return date(year, month, day)
    return cell or None


class ImportMixin:
    """Files given to ``self.importer``, as a person does."""

    filename = "fichier_2027.csv"

    def wizard(self, content, filename=None, **values):
        """Return the wizard on a file, previewed."""
        if isinstance(content, str):
            content = content.encode()
        filename = filename or self.filename
        wizard = self.importer.create(
            {"file": base64.b64encode(content), "filename": filename, **values}
        )
        wizard.action_preview()
        return wizard

    def apply(self, content, filename=None, **values):
        wizard = self.wizard(content, filename, **values)
        self.assertFalse(wizard.error_ids.mapped("message"))
        wizard.action_apply()
        self.assertEqual(wizard.state, "done")
        return wizard

    def model(self):
        """Return the bytes of the model file."""
        wizard = self.importer.create({})
        wizard.action_model_file()
        return self.sheet_of(wizard)

    @staticmethod
    def sheet_of(wizard):
        return base64.b64decode(wizard.with_context(bin_size=False).sheet)

    def filled(self, content, **values):
        """Fill columns of every line of a workbook, as a person does."""
        book = openpyxl.load_workbook(io.BytesIO(content))
        sheet = book.worksheets[0]
        places = {cell.value: cell.column for cell in sheet[1]}
        for line in range(2, sheet.max_row + 1):
            if sheet.cell(line, 1).value in (None, "Total"):
                continue
            for name, value in values.items():
                sheet.cell(line, places[name], value)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()
