# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reads a CSV file that a person gives, and says what is wrong with it, line by line.

Nothing is guessed: a file that is not comma separated UTF-8 is refused with the
sentence that tells how to save it again. Sizes are bounded before anything is read, so
neither a huge file nor a compression bomb costs memory.
"""

import codecs
import csv
import io
import os
import re
import zlib
from dataclasses import dataclass, field

MAX_BYTES = 30 * 1024 * 1024
MAX_ROWS = 200_000
MAX_HEADER_CHARS = 10_000
MAX_ISSUES = 1_000

GZIP_MAGIC = b"\x1f\x8b"
# Signatures of files people take for CSV: zip (xlsx, ods), old xls, PDF.
SPREADSHEET_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")


@dataclass(slots=True)
class CsvIssue:
    """Something to correct in the file.

    :param int line: number in the file, as an editor shows it; 0 for the whole file
    :param str value: the faulty value, may be empty
    :param str message: what is wrong and what to do, without the line number
    """

    line: int
    value: str
    message: str


@dataclass(slots=True)
class CsvRow:
    """One line of the file: its number and its cells by column, stripped."""

    line: int
    cells: dict


@dataclass
class CsvTable:
    """What was read; no row stands here when the file itself is refused."""

    columns: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    issues: list = field(default_factory=list)


class CsvReader:
    """Reads bytes into a :class:`CsvTable`.

    :param odoo.api.Environment env: gives the language of the sentences
    :param int max_bytes: size accepted, once uncompressed
    """

    def __init__(self, env, max_bytes=MAX_BYTES, max_rows=MAX_ROWS):
        self.env = env
        self.max_bytes = max_bytes
        self.max_rows = max_rows
        self.table = CsvTable()

    def parse(self, content):
        """Read the bytes of a ``.csv`` or ``.csv.gz`` file.

        :param bytes content: the file
        :rtype: CsvTable
        """
        content = self._unpack(content)
        text = content is not None and self._decode(content)
        if text:
            self._parse(text)
        return self.table

    def _refuse(self, message, line=0, value=""):
        self.table.issues.append(CsvIssue(line, value, message))

    # === From bytes to text ===
    def _unpack(self, content):
        """Return the uncompressed bytes, None when the file is refused."""
        if not content:
            self._refuse(self.env._("The file is empty."))
            return None
        if content.startswith(GZIP_MAGIC):
            content = self._gunzip(content)
            if content is None:
                return None
        if len(content) > self.max_bytes:
            self._refuse_size()
            return None
        if not content.removeprefix(codecs.BOM_UTF8).strip():
            self._refuse(self.env._("The file is empty."))
            return None
        return content

    def _gunzip(self, content):
        """Uncompress, never beyond the accepted size."""
        # 16 asks zlib for a gzip header; one byte more than accepted tells "too large".
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            data = unpacker.decompress(content, self.max_bytes + 1)
        except zlib.error:
            data = None
        if data is not None and (unpacker.eof or len(data) > self.max_bytes):
            return data
        self._refuse(
            self.env._(
                "The compressed file (.gz) is damaged or incomplete: download it again."
            )
        )
        return None

    def _refuse_size(self):
        self._refuse(too_large_message(self.env, self.max_bytes))

    def _decode(self, content):
        """Return the text, or None when the bytes are no UTF-8 text."""
        if content.startswith(UTF_16_MARKS):
            self._refuse(
                self.env._(
                    "The file is encoded in UTF-16. Save it again as « CSV UTF-8 »."
                ),
                line=1,
            )
            return None
        if content.startswith(SPREADSHEET_MAGIC) or CONTROL_BYTES.search(content):
            self._refuse(
                self.env._(
                    "This is not a CSV file. From a spreadsheet, save it as « CSV "
                    "UTF-8 », separated by commas."
                )
            )
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._refuse_encoding(content, error)
            return None

    def _refuse_encoding(self, content, error):
        start = content.rfind(b"\n", 0, error.start) + 1
        sample = content[start : error.end + 10].split(b"\n")[0][-40:]
        self._refuse(
            self.env._(
                "The file is not encoded in UTF-8 (probably Windows-1252). Save it "
                "again as « CSV UTF-8 »."
            ),
            line=content.count(b"\n", 0, error.start) + 1,
            value=sample.decode("cp1252", errors="replace").strip(),
        )

    # === From text to rows ===
    def _parse(self, text):
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        line = 1
        try:
            for cells in reader:
                start, line = line, reader.line_num + 1
                if _says_nothing(cells):
                    continue
                if not self.table.columns:
                    if not self._read_header(start, cells):
                        return
                elif not self._read_row(start, cells):
                    return
        except csv.Error:
            self._refuse(
                self.env._(
                    'A quotation mark (") opens a cell here and is not closed properly.'
                ),
                line=line,
            )
        if not self.table.rows and not self.table.issues:
            self._refuse(self.env._("The file has a header and no line of data."))

    def _read_header(self, line, cells):
        """Keep the names of the columns; False when they make no sense."""
        names = [cell.strip().lower() for cell in cells]
        header = ",".join(cells)
        for separator, label in ((";", ";"), ("\t", self.env._("tab"))):
            if header.count(separator) > header.count(","):
                self._refuse(
                    self.env._(
                        "The columns are separated by « %(separator)s ». Save the file "
                        "again with a comma as separator.",
                        separator=label,
                    ),
                    line=line,
                )
                return False
        if len(header) > MAX_HEADER_CHARS:
            self._refuse(
                self.env._("The first line must hold the names of the columns."),
                line=line,
            )
            return False
        twins = sorted({name for name in names if name and names.count(name) > 1})
        if twins:
            self._refuse(
                self.env._("A column is named twice: keep one."),
                line=line,
                value=", ".join(twins),
            )
            return False
        self.table.columns = names
        return True

    def _read_row(self, line, cells):
        """Keep one row; False when reading on is useless."""
        columns = self.table.columns
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
        if len(cells) != len(columns):
            self._refuse(
                self.env._(
                    "This line has %(found)s cells, the header %(expected)s: a comma "
                    "is missing or in excess (a text with a comma goes between "
                    "quotation marks).",
                    found=len(cells),
                    expected=len(columns),
                ),
                line=line,
                value=",".join(cells)[:80],
            )
            return len(self.table.issues) < MAX_ISSUES
        values = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
        self.table.rows.append(CsvRow(line, values))
        return True


def _says_nothing(cells):
    """Tell whether a line is empty, or a comment of a model file."""
    return not any(cell.strip() for cell in cells) or cells[0].lstrip().startswith("#")


def too_large_message(env, max_bytes=MAX_BYTES):
    """Say that a file is beyond the accepted size."""
    return env._(
        "The file is larger than %(size)s MB once uncompressed: keep the lines you "
        "need or cut it into several files.",
        size=max_bytes // (1024 * 1024),
    )


def file_year(filename):
    """Return the year written in a file name, None without one.

    :rtype: int | None
    """
    match = re.search(r"(?<!\d)(?:19|20)\d{2}(?!\d)", os.path.basename(filename or ""))
    return int(match.group()) if match else None
