# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Opens what people call a table: csv in any encoding and separator, xlsx, ods, zip.

Every cell comes out as text, written one way: a typed date as 2026-12-31, a typed
number with a point and no zero in excess. A sheet and its csv twin then read the same.
Sizes are bounded before anything is read: neither a huge file nor a compression bomb
costs memory.
"""

import codecs
import csv
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time

import openpyxl
from lxml import etree

MAX_BYTES = 30 * 1024 * 1024
# What a workbook may hold once unpacked: its text is far larger than its zip.
MAX_UNPACKED = 8 * MAX_BYTES
MAX_CELLS = 6_000_000
MAX_COLUMNS = 1_000
SAMPLE_LINES = 60

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"
OLD_OFFICE_MAGIC = b"\xd0\xcf\x11\xe0"
CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")
# A text written in UTF-8 and read as something else, or letters that are lost.
DAMAGED = re.compile("Ã[\u0080-\u00bf€‚-™Š-ž]|\N{REPLACEMENT CHARACTER}")
# Detectors guess Lithuanian from one « é »: among what French software writes, the
# encoding whose reading looks French.
LEGACY_ENCODINGS = {
    "cp1252": "Windows-1252",
    "cp850": "DOS 850",
    "mac_roman": "Mac Roman",
}
FRENCH_LETTERS = frozenset("àâäçéèêëîïôöùûüÿœæÀÂÇÉÈÊËÎÏÔÙÛÜŒÆ«»’‘“”–—…€°²\xa0·•")
KEPT_AS_TEXT = re.compile(r"""="([^"]*)"|'(\d.*)""")
MIDNIGHT = " 00:00:00"
DELIMITERS = ";\t,|"

ODF = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
TABLE, OFFICE, TEXT = (ODF % name for name in ("table", "office", "text"))


class Unreadable(Exception):
    """A file that cannot be read; its message says what to do, its line where."""

    def __init__(self, message, line=0, value=""):
        super().__init__(message)
        self.message = message
        self.line = line
        self.value = value


@dataclass
class Source:
    """An opened file: named sheets whose rows are read when asked for.

    :param str kind: csv, xlsx or ods
    :param list sheets: (name, function that gives ``(line number, cells)`` pairs)
    :param str encoding: of a csv
    :param str delimiter: of a csv
    """

    kind: str
    sheets: list
    encoding: str = ""
    delimiter: str = ""


class SourceReader:
    """Recognises bytes by what they hold, never by the name of the file.

    :param odoo.api.Environment env: gives the language of the sentences
    :param int max_bytes: size accepted, once uncompressed for a csv
    :param score: function that says how well rows of a csv look like a known table;
        the separator is the one that reads best
    """

    def __init__(self, env, max_bytes, score):
        self.env = env
        self.max_bytes = max_bytes
        self.score = score

    def open(self, content):
        """Open a file.

        :param bytes content: the file
        :rtype: Source
        :raise Unreadable: with what to do
        """
        if content.startswith(GZIP_MAGIC):
            content = self._gunzip(content)
        if len(content) > self.max_bytes:
            raise Unreadable(too_large_message(self.env, self.max_bytes))
        if not content.removeprefix(codecs.BOM_UTF8).strip():
            raise Unreadable(self.env._("The file is empty."))
        if content.startswith(ZIP_MAGIC):
            return self._open_zip(content)
        return self._open_text(content)

    # === Archives and workbooks ===
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
        raise Unreadable(
            self.env._(
                "The compressed file (.gz) is damaged or incomplete: download it again."
            )
        )

    def _open_zip(self, content):
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
            # What is declared bounds what is read: a part never gives more.
            unpacked = sum(part.file_size for part in archive.infolist())
            if unpacked > MAX_UNPACKED:
                raise Unreadable(too_large_message(self.env, MAX_UNPACKED))
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                return self._open_xlsx(content)
            if "content.xml" in names:
                return self._open_ods(archive)
            return self._open_packed_texts(archive)
        except Unreadable:
            raise
        # A damaged workbook fails anywhere in the libraries that read it.
        except Exception as error:
            raise self._damaged() from error

    def _damaged(self):
        return Unreadable(
            self.env._(
                "This workbook is damaged, protected by a password, or of an unknown "
                "kind: open it in a spreadsheet and save it as .xlsx, .ods or .csv."
            )
        )

    def _open_xlsx(self, content):
        book = openpyxl.load_workbook(
            io.BytesIO(content), read_only=True, data_only=True, keep_links=False
        )
        return Source(
            "xlsx",
            [
                (sheet.title, lambda sheet=sheet: self._guarded(_xlsx_rows(sheet)))
                for sheet in book.worksheets
            ],
        )

    def _open_ods(self, archive):
        if "spreadsheet" not in archive.read("mimetype").decode("ascii", "replace"):
            raise self._not_a_table()
        content = archive.read("content.xml")
        return Source(
            "ods",
            [
                (name, lambda at=at: self._guarded(_ods_rows(content, at)))
                for at, name in enumerate(_ods_names(content))
            ],
        )

    def _open_packed_texts(self, archive):
        """Open the csv of a zip, as institutes publish them, each as a sheet."""
        sources = {
            name: self._open_text(archive.read(name))
            for name in archive.namelist()
            if name.lower().endswith((".csv", ".txt")) and "__MACOSX" not in name
        }
        if not sources:
            raise self._not_a_table()
        first = next(iter(sources.values()))
        sheets = [(name, source.sheets[0][1]) for name, source in sources.items()]
        return Source("csv", sheets, first.encoding, first.delimiter)

    def _guarded(self, rows):
        """Give rows until they are too many; a damaged sheet is a sentence."""
        cells_read = 0
        rows = iter(rows)
        while True:
            try:
                line, cells = next(rows)
            except StopIteration:
                return
            except Exception as error:
                raise self._damaged() from error
            cells_read += len(cells) + 1
            if cells_read > MAX_CELLS:
                raise Unreadable(
                    self.env._(
                        "The sheet has too many cells: keep the lines and the columns "
                        "you need."
                    ),
                    line,
                )
            yield line, cells

    # === Texts ===
    def _not_a_table(self):
        return Unreadable(
            self.env._(
                "This is not a table. Save it from a spreadsheet as .xlsx, .ods or "
                ".csv."
            )
        )

    def _open_text(self, content):
        text, encoding = self._decode(content)
        damaged = DAMAGED.search(text)
        if damaged:
            self._refuse_damaged(text, damaged.start())
        start, delimiter = _announced_delimiter(text)
        delimiter = delimiter or self._best_delimiter(text)
        return Source(
            "csv",
            [("", lambda: self._text_rows(text, delimiter, start))],
            encoding,
            delimiter,
        )

    def _refuse_damaged(self, text, at):
        start = text.rfind("\n", 0, at) + 1
        raise Unreadable(
            self.env._(
                "The accents of this file were damaged when it was saved: export it "
                "again, best as .xlsx."
            ),
            text.count("\n", 0, at) + 1,
            text[max(start, at - 15) : at + 15].split("\n")[0].strip(),
        )

    def _decode(self, content):
        """Return a text and the name of its encoding."""
        for mark, name in (
            (codecs.BOM_UTF16_LE, "UTF-16"),
            (codecs.BOM_UTF16_BE, "UTF-16"),
            (codecs.BOM_UTF8, "UTF-8-sig"),
        ):
            if content.startswith(mark):
                return content.decode(name, "replace"), name.removesuffix("-sig")
        if content.startswith(OLD_OFFICE_MAGIC):
            raise Unreadable(
                self.env._(
                    "This is an old Excel file (.xls), or one protected by a password: "
                    "save it as .xlsx, without a password."
                )
            )
        unmarked = _unmarked_utf16(content)
        if unmarked:
            return content.decode(unmarked, "replace"), "UTF-16"
        markup = content[:500].lstrip().lower()
        if CONTROL_BYTES.search(content) or markup.startswith((b"%pdf", b"<", b"{")):
            raise self._not_a_table()
        try:
            return content.decode("utf-8"), "UTF-8"
        except UnicodeDecodeError:
            encoding = _legacy_encoding(content)
            return content.decode(encoding, "replace"), LEGACY_ENCODINGS[encoding]

    def _best_delimiter(self, text):
        """Return the separator that makes the first lines look most like a table."""
        sample = "".join(text.splitlines(keepends=True)[:SAMPLE_LINES])

        def score(delimiter):
            rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
            try:
                return self.score([cells for cells in rows if any(cells)])
            except csv.Error:
                return (0, 0)

        best = max(DELIMITERS, key=score)
        return best if score(best) > (0, 1) else ","

    def _text_rows(self, text, delimiter, start):
        stream = io.StringIO(text, newline="")
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        line = 1
        try:
            for cells in reader:
                first, line = line, reader.line_num + 1
                if first >= start:
                    yield first, [_csv_text(cell) for cell in cells]
        except csv.Error:
            raise Unreadable(
                self.env._(
                    'A quotation mark (") opens a cell here and is not closed properly.'
                ),
                line,
            ) from None


def _csv_text(cell):
    """Return a cell without what keeps its zeros in a spreadsheet: ="01001", '01001."""
    cell = cell.strip()
    if cell[:1] in ("=", "'"):
        kept = KEPT_AS_TEXT.fullmatch(cell)
        return kept[1] or kept[2] if kept else cell
    return cell


def too_large_message(env, max_bytes=MAX_BYTES):
    """Say that a file is beyond the accepted size."""
    return env._(
        "The file is larger than %(size)s MB once uncompressed: keep the lines you "
        "need or cut it into several files.",
        size=max_bytes // (1024 * 1024),
    )


def _announced_delimiter(text):
    """Read the « sep=; » that Excel puts on a first line; return where data starts."""
    announced = re.match(r"sep=(.)[,;\t]*\r?\n", text, re.IGNORECASE)
    return (2, announced[1]) if announced else (1, "")


def _unmarked_utf16(content):
    """Return the byte order of UTF-16 written without its mark, None if it is not."""
    sample = content[:2000]
    for name, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if zeros and zeros.count(0) * 10 > len(zeros) * 9:
            return name
    return None


def _legacy_encoding(content):
    """Return which encoding of before UTF-8 makes a text look French."""
    foreign = bytes(byte for byte in content[:1_000_000] if byte > 0x7F)

    def looks_french(encoding):
        letters = foreign.decode(encoding, "replace")
        # In a list of names, accents are mostly in small letters.
        return sum(
            (2 if letter.islower() else 1) if letter in FRENCH_LETTERS else -2
            for letter in letters
        )

    return max(LEGACY_ENCODINGS, key=looks_french)


# === Workbooks ===
def cell_text(value):
    """Write a typed value of a workbook as a csv would state it.

    :rtype: str
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, datetime):
        day, hour = value.date().isoformat(), value.time()
        return day if hour == time() else f"{day} {hour.isoformat('seconds')}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()


def number_text(value):
    """Write a number without the noise of binary fractions nor an exponent."""
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.15g}"


def _xlsx_rows(sheet):
    # Files announce sizes that they do not have, up to a million empty lines.
    sheet.reset_dimensions()
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        yield line, _trimmed([cell_text(value) for value in values])


def _trimmed(cells):
    """Leave out the empty cells of the end: a sheet goes on to its edge."""
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _ods_names(content):
    names = []
    for _event, node in _ods_events(content, ("start",), (f"{TABLE}table",)):
        if _is_ods_sheet(node):
            names.append(node.get(f"{TABLE}name") or "")
    return names


def _is_ods_sheet(node):
    """Tell a sheet from a table inside a cell."""
    return node.getparent().tag == f"{OFFICE}spreadsheet"


def _ods_rows(content, wanted):
    """Give the rows of a sheet of OpenDocument, its repetitions unfolded."""
    at, line = -1, 1
    events = _ods_events(
        content, ("start", "end"), (f"{TABLE}table", f"{TABLE}table-row")
    )
    for event, node in events:
        if node.tag == f"{TABLE}table":
            at += event == "start" and _is_ods_sheet(node)
            if event == "end" and at == wanted:
                return
        elif event == "end" and at == wanted:
            times = int(node.get(f"{TABLE}number-rows-repeated") or 1)
            cells = _ods_cells(node)
            if cells:
                for repeat in range(times):
                    yield line + repeat, cells
            line += times
            node.clear()
            # The rows already read would stay in memory before this one.
            while node.getprevious() is not None:
                del node.getparent()[0]


def _ods_events(content, events, tags):
    return etree.iterparse(
        io.BytesIO(content),
        events=events,
        tag=tags,
        resolve_entities=False,
        no_network=True,
    )


def _ods_cells(row):
    cells = []
    for node in row:
        if node.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            continue
        times = int(node.get(f"{TABLE}number-columns-repeated") or 1)
        # The last cell of a row is repeated to the edge of the sheet.
        times = min(times, MAX_COLUMNS - len(cells))
        cells += [_ods_value(node)] * times
    return _trimmed(cells)


def _ods_value(node):
    kind = node.get(f"{OFFICE}value-type")
    if kind in ("float", "currency", "percentage"):
        return number_text(float(node.get(f"{OFFICE}value")))
    if kind == "date":
        return node.get(f"{OFFICE}date-value").replace("T", " ").removesuffix(MIDNIGHT)
    if kind == "boolean":
        return cell_text(node.get(f"{OFFICE}boolean-value") == "true")
    paragraphs = (_ods_paragraph(p) for p in node.iterchildren(f"{TEXT}p"))
    return "\n".join(paragraphs).strip()


def _ods_paragraph(node):
    """Return the text of a paragraph, the remarks pinned on it left out."""
    parts = [node.text or ""]
    for child in node:
        if child.tag == f"{TEXT}s":
            parts.append(" " * min(int(child.get(f"{TEXT}c") or 1), 1000))
        elif child.tag == f"{TEXT}line-break":
            parts.append("\n")
        elif child.tag == f"{TEXT}tab":
            parts.append("\t")
        elif child.tag != f"{OFFICE}annotation":
            parts.append(_ods_paragraph(child))
        parts.append(child.tail or "")
    return "".join(parts)
