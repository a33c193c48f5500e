# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The one reader of the files that people give: finds the table, says what it is (R19).

An import tells which tables it knows, as layouts: their columns with the names that
French software gives them. The reader finds the sheet, the header row and the columns;
it leaves titles, totals and sources out, and says in one line what it understood.
"""

import re
from dataclasses import dataclass, field

from .table_source import (
    MAX_BYTES,
    SAMPLE_LINES,
    SourceReader,
    Unreadable,
)
from .words import folded

MAX_ROWS = 200_000
MAX_HEADER_CHARS = 10_000
MAX_ISSUES = 1_000
# A line that begins so and has no identifier is no data.
FOOTER = re.compile(
    r"(sous[ -]?)?tota(l|ux)\b|ensemble\b|sources?\b|notes?\b|champ\b|lecture\b"
    r"|mise à jour\b|extraction\b|édité\b|edite\b|nombre d|légende\b|avertissement\b"
    r"|[*(]",
    re.IGNORECASE,
)
CODE = re.compile(r"\d[\dAB\s]{2,}|\S*\d\S*$", re.IGNORECASE)
# What a spreadsheet shows for a formula that fails.
FORMULA_ERROR = re.compile(r"#(N/A|[\w/]+[!?])$")
# The column that our own sheets of errors add: it is read back without a word.
FAULT_COLUMNS = ("À corriger", "To correct")


@dataclass(slots=True)
class TableIssue:
    """Something to correct in the file, or to know.

    :param int line: number in the file, as an editor shows it; 0 for the whole file
    :param str value: the faulty value, may be empty
    :param str message: what is wrong and what to do, without the line number
    """

    line: int
    value: str
    message: str


@dataclass(slots=True)
class TableRow:
    """One line of the file: its number and its cells by column, stripped."""

    line: int
    cells: dict


class Layout:
    """A table that an import knows.

    :param str kind: what the import calls it
    :param dict columns: name of a column → other names it is met under
    :param tuple required: columns without which it is not this table
    :param any_of: columns one of which must be there
    :param tuple keys: columns that identify what a line is about
    :param tuple silent: columns that are known, and not used
    """

    def __init__(self, kind, columns, required=(), keys=(), silent=(), any_of=()):
        self.kind = kind
        self.columns = columns
        self.required = required
        self.any_of = set(any_of)
        self.keys = keys
        self._names = {}
        for name, synonyms in columns.items():
            for synonym in (name, *synonyms):
                self._names.setdefault(folded(synonym), name)
        for name in (*silent, *FAULT_COLUMNS):
            self._names.setdefault(folded(name), "")

    def match(self, cells):
        """Return the columns that a header names.

        :param list[str] cells: the header
        :return: place → name of the column, "" when it is known and not used
        :rtype: dict[int, str]
        """
        found, taken = {}, set()
        for place, cell in enumerate(cells):
            name = self._names.get(folded(cell)) if cell else None
            if name is not None and name not in taken:
                found[place] = name
                taken.add(name or None)
        return found

    def score(self, cells):
        """Return how well a header fits: known columns, then whether all are there."""
        found = self.match(cells)
        names = set(filter(None, found.values()))
        whole = names.issuperset(self.required) and (
            not self.any_of or bool(names & self.any_of)
        )
        return len(names), whole, len(found)


@dataclass
class Table:
    """What was read; no row stands here when the file itself is refused.

    :param Layout layout: the table recognised, None when none was asked for
    :param int header_line: where the names of the columns stand
    :param list columns: names of the columns, those not recognised as they are written
    :param dict labels: name of a column → as the file writes it
    :param list unused: columns of the file that are not recognised
    :param list left_out: lines that are no data, as issues
    :param str summary: what was understood, in one line
    """

    layout: Layout | None = None
    header_line: int = 1
    columns: list = field(default_factory=list)
    labels: dict = field(default_factory=dict)
    unused: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    issues: list = field(default_factory=list)
    left_out: list = field(default_factory=list)
    summary: str = ""


class TableReader:
    """Reads bytes into a :class:`Table`.

    :param odoo.api.Environment env: gives the language of the sentences
    :param list[Layout] layouts: tables that are known, the safest first; without any,
        the first line that is not empty names the columns
    :param int max_bytes: size accepted, once uncompressed
    """

    def __init__(self, env, layouts=(), max_bytes=MAX_BYTES, max_rows=MAX_ROWS):
        self.env = env
        self.layouts = layouts
        self.max_bytes = max_bytes
        self.max_rows = max_rows
        self.table = Table()

    def parse(self, content):
        """Read a file: csv, xlsx, ods, alone or compressed.

        :param bytes content: the file
        :rtype: Table
        """
        try:
            if not content:
                raise Unreadable(self.env._("The file is empty."))
            opener = SourceReader(self.env, self.max_bytes, self._csv_score)
            source = opener.open(content)
            self._read_sheet(source, *self._best_sheet(source))
        except Unreadable as refusal:
            self._refuse(refusal.message, refusal.line, refusal.value)
        return self.table

    def _refuse(self, message, line=0, value=""):
        self.table.issues.append(TableIssue(line, value, message))

    # === Which header ===
    def _csv_score(self, rows):
        """Say how well rows of a csv read with a separator look like a table."""
        if self.layouts:
            known = max((self._fit(cells)[0][0] for cells in rows), default=0)
            return known, max((len(cells) for cells in rows), default=0)
        return 0, len(rows[0]) if rows else 0

    def _fit(self, cells):
        """Return the best score of a line as a header, and the layout it fits."""
        best, chosen = (0, False, 0), self.layouts[0]
        for layout in self.layouts:
            score = layout.score(cells)
            if score > best:
                best, chosen = score, layout
        return best, chosen

    def _best_sheet(self, source):
        """Return the index of the sheet that has a table, and where its header is."""
        best = ((-1,), 0, None)
        fitting = []
        for index, (name, rows) in enumerate(source.sheets):
            score, header = self._best_header(rows)
            if score[1]:
                fitting.append(name)
            if score > best[0]:
                best = (score, index, header)
        _score, index, header = best
        chosen = source.sheets[index][0] if source.sheets else ""
        self._others = [name for name in fitting if name != chosen]
        return index, header

    def _best_header(self, rows):
        """Return the score, the line and the layout of the header of a sheet."""
        best = ((-1, False, 0), None)
        seen = 0
        for line, cells in rows():
            if _says_nothing(cells):
                continue
            score, layout = self._fit(cells) if self.layouts else ((0, True, 0), None)
            if score > best[0]:
                best = (score, (line, cells, layout))
            seen += 1
            if seen > SAMPLE_LINES or not self.layouts:
                break
        return best

    # === Rows ===
    def _read_sheet(self, source, index, header):
        if not header:
            raise Unreadable(self.env._("The file is empty."))
        self._read_header(*header)
        _name, rows = source.sheets[index]
        for line, cells in rows():
            if _says_nothing(cells) or line == self.table.header_line:
                continue
            if line < self.table.header_line or self._is_no_data(cells):
                self._leave_out(line, cells)
            elif not self._read_row(line, cells, source.kind):
                break
        if not self.table.rows and not self.table.issues:
            self._refuse(self.env._("The file has a header and no line of data."))
        self._summarise(source, index)

    def _read_header(self, line, cells, layout):
        """Keep the names of the columns.

        :raise Unreadable: when they make no sense
        """
        table = self.table
        table.layout, table.header_line = layout, line
        self._header = cells
        if sum(map(len, cells)) > MAX_HEADER_CHARS:
            raise Unreadable(
                self.env._("The first line must hold the names of the columns."), line
            )
        found = layout.match(cells) if layout else {}
        self._places = {}
        names = []
        for place, cell in enumerate(cells):
            name = found.get(place)
            if name is None:
                name = cell.strip().lower()
                if name and layout:
                    table.unused.append(cell.strip())
            names.append(name)
            if name:
                self._places[place] = name
                table.labels.setdefault(name, cell.strip())
        self._refuse_twins(line, names)
        table.columns = names

    def _refuse_twins(self, line, names):
        """Refuse a column that stands twice: nobody knows which one counts."""
        known = self.table.layout.columns if self.table.layout else names
        twins = sorted({n for n in names if n and n in known and names.count(n) > 1})
        if twins:
            self.table.layout, self.table.unused = None, []
            raise Unreadable(
                self.env._("A column is named twice: keep one."), line, ", ".join(twins)
            )

    def _is_no_data(self, cells):
        """Tell whether a line is a total, a source, a remark, a header again."""
        if not self.table.layout:
            return False
        if cells == self._header:
            return True
        filled = [(place, cell) for place, cell in enumerate(cells) if cell]
        place, first = filled[0]
        keys = self.table.layout.keys
        identified = any(
            self._places.get(at) in keys and CODE.match(cell) for at, cell in filled
        )
        if identified:
            return False
        if FOOTER.match(first):
            return True
        return place == 0 and len(filled) == 1 and len(first) > 20 and " " in first

    def _leave_out(self, line, cells):
        text = " ".join(filter(None, cells))[:80]
        self.table.left_out.append(
            TableIssue(line, text, self.env._("This line is no data: left out."))
        )

    def _read_row(self, line, cells, kind):
        """Keep one row; False when reading on is useless."""
        if len(self.table.rows) >= self.max_rows:
            self._refuse(
                self.env._(
                    "The file has more than %(count)s lines: cut it into several "
                    "files.",
                    count=self.max_rows,
                ),
                line=line,
            )
            return False
        if kind == "csv" and not self._fits_header(cells):
            self._refuse(
                self.env._(
                    "This line has %(found)s cells, the header %(expected)s: a "
                    "separator is missing or in excess (a text that contains the "
                    "separator goes between quotation marks).",
                    found=len(cells),
                    expected=len(self._header),
                ),
                line=line,
                value=",".join(cells)[:80],
            )
            return len(self.table.issues) < MAX_ISSUES
        size = len(cells)
        values = {
            name: cells[place] if place < size else ""
            for place, name in self._places.items()
        }
        self.table.rows.append(TableRow(line, values))
        return True

    def _fits_header(self, cells):
        """Tell whether a line of a csv may be read by place.

        Spreadsheets leave out the separators of the empty cells of the end, or write
        some in excess; where a column that counts would be missing, it is a mistake.
        """
        size, expected = len(cells), len(self._header)
        if size > expected:
            return not any(cells[expected:])
        if size == expected:
            return True
        if not self.table.layout:
            return False
        needed = {*self.table.layout.required, *self.table.layout.keys}
        return not any(
            name in needed for place, name in self._places.items() if place >= size
        )

    # === What was understood ===
    def _summarise(self, source, index):
        env, table = self.env, self.table
        name = source.sheets[index][0]
        if source.kind == "csv":
            delimiters = {
                ";": env._("semicolon"),
                ",": env._("comma"),
                "\t": env._("tab"),
                "|": env._("vertical bar"),
            }
            where = env._(
                "CSV file (%(delimiter)s, %(encoding)s)",
                delimiter=delimiters.get(source.delimiter, source.delimiter),
                encoding=source.encoding,
            )
            where += f" {name}" if name else ""
        else:
            kinds = {
                "xlsx": env._("Excel workbook"),
                "ods": env._("OpenDocument workbook"),
            }
            where = env._(
                "%(kind)s, sheet « %(name)s »", kind=kinds[source.kind], name=name
            )
        table.summary = env._(
            "%(where)s, header on line %(line)s: %(count)s lines read.",
            where=where,
            line=table.header_line,
            count=len(table.rows),
        )
        if table.left_out:
            table.summary += " " + env._(
                "%(count)s lines are no data and are left out.",
                count=len(table.left_out),
            )
        if self._others:
            table.summary += " " + env._(
                "Not read: %(names)s.", names=", ".join(self._others[:5])
            )


def _says_nothing(cells):
    """Tell whether a line is empty, or a comment of a model file."""
    if not any(cells):
        return True
    return cells[0].startswith("#") and not FORMULA_ERROR.match(cells[0])
