# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Sheets of a workbook: typed cells, totals that are formulas, texts never formulas."""

from datetime import date, datetime
from typing import NamedTuple

from xlsxwriter.utility import xl_col_to_name, xl_range

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MONEY, NUMBER, DAY, TEXT = "money", "number", "day", "text"
NAME_LENGTH = 31
A4 = 9  # as xlsxwriter numbers papers
_FORMATS = {
    MONEY: {"num_format": '#,##0.00 "€"'},
    NUMBER: {"num_format": "#,##0.####"},
    DAY: {"num_format": "dd/mm/yyyy"},
    TEXT: {},
}


def sheet_name(workbook, wanted):
    """Return a name that a sheet of this workbook may bear, close to the wanted one.

    :param xlsxwriter.Workbook workbook: no two of its sheets bear the same name
    :rtype: str
    """
    taken = {sheet.get_name().lower() for sheet in workbook.worksheets()}
    kept = "".join(c for c in wanted if c not in "[]:*?/\\'").strip() or "-"
    name, number = kept[:NAME_LENGTH], 1
    while name.lower() in taken:
        number += 1
        suffix = f" {number}"
        name = kept[: NAME_LENGTH - len(suffix)] + suffix
    return name


class Book:
    """A workbook being written, with its few formats.

    :param xlsxwriter.Workbook workbook: what the report gives
    """

    def __init__(self, workbook):
        self.workbook = workbook
        self._formats = {}

    def format(self, kind, bold=False):
        key = kind, bold
        if key not in self._formats:
            values = {**_FORMATS[kind], **({"bold": True, "top": 1} if bold else {})}
            self._formats[key] = self.workbook.add_format(values)
        return self._formats[key]

    @property
    def header(self):
        if "header" not in self._formats:
            self._formats["header"] = self.workbook.add_format(
                {"bold": True, "bg_color": "#E9EEF4", "text_wrap": True, "bottom": 1}
            )
        return self._formats["header"]

    @property
    def title(self):
        if "title" not in self._formats:
            self._formats["title"] = self.workbook.add_format({"bold": True})
        return self._formats["title"]

    def sheet(self, name, columns=(), title=""):
        return Sheet(self, name, columns, title)


class Formula(NamedTuple):
    """A cell that is computed, with its value for readers that compute nothing."""

    text: str
    value: float


class Sheet:
    """A table by default: a title, a header, rows, and a last row of totals.

    Without columns, lines and tables are written one below the other.

    :param list columns: (label, kind, width in characters)
    """

    def __init__(self, book, name, columns, title):
        self.book = book
        self.name = sheet_name(book.workbook, name)
        self.sheet = book.workbook.add_worksheet(self.name)
        self.sheet.set_landscape()
        self.sheet.set_paper(A4)
        self.sheet.fit_to_pages(1, 0)
        self.next = 0
        self.is_one_table = bool(columns)
        if title:
            self.sheet.write_string(0, 0, title, book.title)
            self.next = 2 if columns else 1
        if columns:
            self.table(columns)
            self.sheet.freeze_panes(self.top + 1, 1)
            self.sheet.repeat_rows(self.top)

    def line(self, *values):
        """Write texts and days outside of any table."""
        for index, value in enumerate(values):
            self._write(index, value, DAY if isinstance(value, date) else TEXT)
        self.next += 1

    def table(self, columns):
        """Start a table: its header, on the next row."""
        self.columns = columns
        self.top = self.next
        for index, (label, _kind, width) in enumerate(columns):
            self.sheet.set_column(index, index, width)
            if label:
                self.sheet.write_string(self.top, index, label, self.book.header)
            else:
                self.sheet.write_blank(self.top, index, None, self.book.header)
        self.next = self.top + 1
        self._sums = [0.0] * len(columns)

    def row(self, *values):
        """Write a row; an empty value leaves its cell empty."""
        for index, value in enumerate(values):
            self._sums[index] += self._write(index, value, self.columns[index][1])
        self.next += 1

    def _write(self, index, value, kind):
        """Write a cell, and return what it adds to the total of its column."""
        row, style = self.next, self.book.format(kind)
        if value is None or value is False or value == "":
            self.sheet.write_blank(row, index, None, style)
        elif isinstance(value, Formula):
            self.sheet.write_formula(row, index, f"={value.text}", style, value.value)
            return value.value
        elif kind == DAY and isinstance(value, date | datetime):
            self.sheet.write_datetime(row, index, value, style)
        elif kind in (MONEY, NUMBER) and isinstance(value, int | float):
            self.sheet.write_number(row, index, value, style)
            return value
        else:
            # As a string whatever it begins with: « =… » is a name, not a formula.
            self.sheet.write_string(row, index, str(value), style)
        return 0.0

    def total(self, label, *indexes):
        """Write the row of totals: formulas, with their value for simple readers.

        :param int indexes: columns to sum
        :return: the cells, by column, as other sheets name them
        :rtype: dict[int, str]
        """
        self.sheet.write_string(self.next, 0, label, self.book.format(TEXT, True))
        first, last = self.top + 1, self.next - 1
        cells = {}
        for index in indexes:
            style = self.book.format(self.columns[index][1], True)
            if last < first:
                self.sheet.write_number(self.next, index, 0, style)
            else:
                area = xl_range(first, index, last, index)
                self.sheet.write_formula(
                    self.next,
                    index,
                    f"=SUM({area})",
                    style,
                    round(self._sums[index], 2),
                )
            cells[index] = f"'{self.name}'!{xl_col_to_name(index)}{self.next + 1}"
        if last >= first and self.is_one_table:
            self.sheet.autofilter(self.top, 0, last, len(self.columns) - 1)
        self.next += 1
        return cells

    def sum_of(self, index):
        """Return what a column sums up to."""
        return round(self._sums[index], 2)

    def formula(self, label, index, formula, value):
        """Write a row that has one formula, with its value."""
        self.sheet.write_string(self.next, 0, label, self.book.format(TEXT, True))
        style = self.book.format(self.columns[index][1], True)
        self.sheet.write_formula(self.next, index, f"={formula}", style, value)
        self.next += 1
