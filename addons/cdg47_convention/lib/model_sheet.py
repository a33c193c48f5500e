# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Workbooks that an import gives: a model to fill in, a sheet of what is to correct."""

import io

import xlsxwriter

from .xlsx_sheet import TEXT, Book

WIDTH = 18
WIDE = 60


def model_workbook(title, columns, rows, explained):
    """Write a sheet to fill in, and one that explains its columns.

    :param str title: name of the first sheet
    :param list columns: (name, kind) of each column
    :param rows: values of the lines already known
    :param tuple explained: name of the second sheet, its two headers, then the
        explanation of each column
    :rtype: bytes
    """

    def write(book):
        sheet = book.sheet(title, [(name, kind, WIDTH) for name, kind in columns])
        for row in rows:
            sheet.row(*row)
        name, headers, explanations = explained
        column, meaning = headers
        help_sheet = book.sheet(name, [(column, TEXT, WIDTH), (meaning, TEXT, WIDE)])
        for pair in explanations.items():
            help_sheet.row(*pair)

    return _workbook(write)


def correction_workbook(title, headers, rows):
    """Write the lines of a file with what is wrong with them, to be given back.

    :param list[str] headers: of the columns, the last one being what is to correct
    :param rows: values of the lines
    :rtype: bytes
    """

    def write(book):
        columns = [(header, TEXT, WIDTH) for header in headers[:-1]]
        sheet = book.sheet(title, [*columns, (headers[-1], TEXT, WIDE)])
        for row in rows:
            sheet.row(*row)

    return _workbook(write)


def _workbook(write):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as workbook:
        write(Book(workbook))
    return stream.getvalue()
