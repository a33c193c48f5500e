# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import csv
import gzip
import io
import tracemalloc
import zipfile
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import TransactionCase, tagged

from ..lib.cells import CellReader, parse_date
from ..lib.table import Layout, TableReader, TableRow
from ..lib.table_source import DAMAGED
from .table_common import case_file, write_csv, write_ods, write_xlsx

GOOD = "code_insee,nom\n47001,Agen\n2A004,Ajaccio\n"
LAYOUT = Layout(
    "communes",
    {"code": ("Code INSEE", "COM"), "nom": ("Commune",), "total": ("PTOT",)},
    required=("code", "nom"),
    keys=("code",),
)


class TableCase(TransactionCase):
    def parse(self, content, layouts=(), **limits):
        if isinstance(content, str):
            content = content.encode()
        return TableReader(self.env, layouts, **limits).parse(content)

    def assertRefused(self, content, line, words, **limits):
        """Assert one issue on a line, with these words, and no row."""
        table = self.parse(content, **limits)
        self.assertEqual([issue.line for issue in table.issues], [line])
        self.assertIn(words, table.issues[0].message)
        self.assertFalse(table.rows)


@tagged("post_install", "-at_install")
class TestTableFiles(TableCase):
    def test_rows_are_numbered_as_in_an_editor(self):
        table = self.parse('a,b\n\n1,"x\ny"\n2, z \n')
        self.assertEqual(
            [(row.line, row.cells) for row in table.rows],
            [(3, {"a": "1", "b": "x\ny"}), (5, {"a": "2", "b": "z"})],
        )
        self.assertFalse(table.issues)

    def test_mark_of_utf8_and_windows_lines_are_accepted(self):
        expected = [row.cells for row in self.parse(GOOD).rows]
        for content in (
            b"\xef\xbb\xbf" + GOOD.encode(),
            GOOD.replace("\n", "\r\n").encode(),
            gzip.compress(GOOD.encode()),
        ):
            with self.subTest(content[:10]):
                table = self.parse(content)
                self.assertEqual([row.cells for row in table.rows], expected)
                self.assertFalse(table.issues)

    def test_every_usual_encoding_is_read(self):
        text = "code;nom\n1;Agmé\n2;Île-d'Œuvre\n3;ÉTÉ\n"
        for encoding, label in (
            ("utf-8", "UTF-8"),
            ("utf-8-sig", "UTF-8"),
            ("utf-16", "UTF-16"),
            ("cp1252", "Windows-1252"),
            ("mac_roman", "Mac Roman"),
            ("utf-16-le", "UTF-16"),
        ):
            with self.subTest(encoding):
                table = self.parse(text.encode(encoding))
                names = [row.cells["nom"] for row in table.rows]
                self.assertEqual(names, ["Agmé", "Île-d'Œuvre", "ÉTÉ"])
                self.assertIn(label, table.summary)
        table = self.parse("code;nom\n1;Agmé\n".encode("cp850"))
        self.assertEqual(table.rows[0].cells["nom"], "Agmé")

    def test_damaged_accents_are_refused_where_they_stand(self):
        twice = "code,nom\n1,Agen\n2,Agmé\n".encode().decode("cp1252").encode()
        self.assertRefused(twice, 3, "accents")
        self.assertRefused("code,nom\n1,Agm\ufffd\n", 2, "accents")
        mixed = "code,nom\n1,Agmé\n".encode() + "2,Agmé\n".encode("cp1252")
        self.assertRefused(mixed, 2, "accents")

    def test_every_usual_separator_is_read(self):
        expected = [row.cells for row in self.parse(GOOD).rows]
        for delimiter in ";\t|":
            table = self.parse(GOOD.replace(",", delimiter))
            self.assertEqual([row.cells for row in table.rows], expected)
        table = self.parse("sep=;\n" + GOOD.replace(",", ";"))
        self.assertEqual(table.rows[0].line, 3)
        self.assertEqual([row.cells for row in table.rows], expected)

    def test_what_keeps_zeros_in_a_spreadsheet(self):
        table = self.parse("code;nom\n=\"01001\";A\n'01002;L'A\n", [LAYOUT])
        cells = [tuple(row.cells.values()) for row in table.rows]
        self.assertEqual(cells, [("01001", "A"), ("01002", "L'A")])

    def test_empty_files(self):
        for content in (b"", b" \n\n", b"\xef\xbb\xbf", gzip.compress(b"")):
            with self.subTest(content):
                self.assertRefused(content, 0, "empty")
        self.assertRefused("code_insee,nom\n", 0, "no line of data")

    def test_what_is_no_csv(self):
        self.assertRefused(bytes(range(256)), 0, "not a table")
        self.assertRefused(b"PK\x03\x04rest of a spreadsheet", 0, "damaged")
        self.assertRefused(b"%PDF-1.4 etc.", 0, "not a table")
        self.assertRefused(b"<html><table></table></html>", 0, "not a table")
        self.assertRefused(b"\xd0\xcf\x11\xe0\xa1\xb1", 0, ".xls")
        self.assertRefused("x" * 20_000, 1, "names of the columns")

    def test_damaged_archive(self):
        packed = gzip.compress(GOOD.encode())
        self.assertRefused(packed[:-9], 0, "damaged")
        self.assertRefused(packed[:12] + b"\xff" * 20, 0, "damaged")

    def test_cells_are_counted(self):
        table = self.parse("a,b\n1,2\n1,2,3\n1\n3,4\n")
        self.assertEqual([issue.line for issue in table.issues], [3, 4])
        self.assertIn("3 cells, the header 2", table.issues[0].message)
        self.assertEqual([row.line for row in table.rows], [2, 5])

    def test_open_quotation_mark_is_found_where_it_opens(self):
        table = self.parse('a,b\n1,2\n3,"4\n5,6\n')
        self.assertEqual([issue.line for issue in table.issues], [3])

    def test_column_named_twice(self):
        self.assertRefused("a,b,a\n1,2,3\n", 1, "named twice")

    def test_too_large(self):
        self.assertRefused(GOOD, 0, "larger than", max_bytes=10)
        self.assertFalse(self.parse(GOOD, max_bytes=len(GOOD)).issues)
        self.assertEqual(self.parse(GOOD, max_rows=1).issues[0].line, 3)

    def test_a_compression_bomb_costs_no_memory(self):
        bomb = gzip.compress(b"a,b\n" + b"1,2\n" * 25_000_000)  # 100 MB
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        self.assertRefused(bomb, 0, "larger than 30 MB")
        self.assertLess(tracemalloc.get_traced_memory()[1], 80_000_000)

    def test_a_zip_bomb_costs_no_memory(self):
        for name in ("xl/workbook.xml", "content.xml", "a.csv"):
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("mimetype", "spreadsheet")
                with archive.open(name, "w", force_zip64=True) as part:
                    for _block in range(300):
                        part.write(b"0" * 1024 * 1024)
            tracemalloc.start()
            self.assertRefused(stream.getvalue(), 0, "larger than 240 MB")
            self.assertLess(tracemalloc.get_traced_memory()[1], 20_000_000)
            tracemalloc.stop()

    def test_a_million_lines_is_a_sentence(self):
        table = self.parse("a,b\n" + "1,2\n" * 1_000_000)
        self.assertIn("200000 lines", table.issues[0].message)
        rows = [["a", "b"], *([1, 2] for _i in range(30))]
        table = self.parse(write_xlsx(rows), max_rows=20)
        self.assertIn("20 lines", table.issues[0].message)

    def test_damaged_workbooks(self):
        for write in (write_xlsx, write_ods):
            content = write([["a"], [1]])
            self.assertRefused(content[: len(content) // 2], 0, "damaged")


@tagged("post_install", "-at_install")
class TestTableLayout(TableCase):
    def test_the_header_is_found_under_a_title(self):
        expected = {"remarque": "", "nom": "Agen", "code": "47001", "total": "32988"}
        rows = [
            ["Populations légales 2022"],
            ["Source : Insee", None],
            [],
            ["Remarque", "Commune", "Code INSEE", "PTOT"],
            ["", "Agen", "47001", 32988],
            ["Total", "", "", 32988],
            ["Source : Insee, 2025"],
        ]
        for content in (
            write_csv(rows),
            write_csv(rows, "cp1252", delimiter=";"),
            write_xlsx([["rien"]], rows),
            write_ods(("Notes", [["rien"]]), ("Données", rows)),
        ):
            table = self.parse(content, [LAYOUT])
            self.assertFalse(table.issues)
            self.assertEqual(
                [(row.line, row.cells) for row in table.rows],
                [(5, expected)],
            )
            self.assertEqual([i.line for i in table.left_out], [1, 2, 6, 7])
            self.assertIn("line 4", table.summary)
            self.assertIn("1 lines read", table.summary)
            self.assertIn("4 lines are no data", table.summary)
            self.assertEqual(table.unused, ["Remarque"])
        self.assertIn("« Données »", table.summary)

    def test_data_is_never_taken_for_a_footer(self):
        rows = [["code", "nom"], ["47001", "Total"], ["1001", "Sources"], ["", "Agen"]]
        table = self.parse(write_csv(rows), [LAYOUT])
        self.assertEqual([row.line for row in table.rows], [2, 3, 4])

    def test_short_and_long_lines_of_spreadsheets(self):
        table = self.parse("code;nom;total\n47001;Agen\n47002;Agmé;3;;\n", [LAYOUT])
        self.assertEqual([row.cells["total"] for row in table.rows], ["", "3"])
        table = self.parse("code;nom;total\n47001\n47002;Agmé;3;4\n", [LAYOUT])
        self.assertEqual([issue.line for issue in table.issues], [2, 3])

    def test_a_zip_of_csv(self):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("cantons.csv", "canton;x\n1;2\n")
            archive.writestr("communes.csv", "COM;Commune\n47001;Agen\n")
        table = self.parse(stream.getvalue(), [LAYOUT])
        self.assertEqual(table.rows[0].cells["nom"], "Agen")
        self.assertIn("communes.csv", table.summary)

    def test_typed_cells_read_as_they_are_written(self):
        rows = [
            ["code", "nom", "total"],
            [47002.0, "Agmé", date(2026, 11, 12)],
            [1001, True, 0.5],
            ["2A004", "x\ny", 2147.25],
        ]
        expected = [
            ("47002", "Agmé", "2026-11-12"),
            ("1001", "oui", "0.5"),
            ("2A004", "x\ny", "2147.25"),
        ]
        table = self.parse(write_xlsx(rows), [LAYOUT])
        self.assertEqual([tuple(r.cells.values()) for r in table.rows], expected)
        rows[2][1] = "oui"
        table = self.parse(write_ods(rows), [LAYOUT])
        self.assertEqual([tuple(r.cells.values()) for r in table.rows], expected)

    def test_a_workbook_of_libreoffice(self):
        table = self.parse(case_file("libreoffice.ods"), [LAYOUT])
        self.assertEqual(
            [row.cells for row in table.rows],
            [
                {"code": "1001", "nom": "L'Abergement  Clémenciat", "total": "859"},
                {"code": "47002", "nom": "Agmé", "total": "2026-02-01"},
            ],
        )


NAMES = st.text(
    st.characters(codec="cp1252", exclude_categories=("C", "Z")), min_size=1
).filter(lambda text: text[0] not in "#" and not DAMAGED.search(text))
TABLES = st.lists(
    st.tuples(st.from_regex(r"[0-9]{5}", fullmatch=True), NAMES, st.integers(0, 10**6)),
    min_size=1,
    max_size=8,
)


@tagged("post_install", "-at_install")
class TestTableProperties(TableCase):
    """Whatever software writes a table, it reads back the same."""

    def assertReads(self, content, rows):
        table = self.parse(content, [LAYOUT])
        self.assertFalse(table.issues)
        self.assertEqual(
            [tuple(row.cells.values()) for row in table.rows],
            [(code, name, str(total)) for code, name, total in rows],
        )

    @settings(max_examples=60, deadline=None)
    @given(
        TABLES,
        st.sampled_from([",", ";", "\t", "|"]),
        st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        st.sampled_from(["\n", "\r\n"]),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    )
    def test_csv_in_any_dialect(self, rows, delimiter, quoting, end, encoding):
        content = write_csv(
            [["code", "nom", "total"], *rows],
            encoding,
            delimiter=delimiter,
            quoting=quoting,
            lineterminator=end,
        )
        self.assertReads(content, rows)

    @settings(max_examples=25, deadline=None)
    @given(TABLES, st.integers(0, 5))
    def test_workbooks(self, rows, above):
        sheet = [*([] for _i in range(above)), ["code", "nom", "total"], *rows]
        self.assertReads(write_xlsx(sheet), rows)
        self.assertReads(write_ods(sheet), rows)


@tagged("post_install", "-at_install")
class TestCells(TransactionCase):
    def setUp(self):
        super().setUp()
        self.issues = []
        self.cells = CellReader(self.env, self.issues)

    def cell(self, method, value):
        """Read one cell; return its value and the message of its fault."""
        self.issues.clear()
        row = TableRow(7, {"x": value})
        result = getattr(self.cells, method)(row, "x")
        self.assertTrue(all(issue.line == 7 for issue in self.issues))
        return result, self.issues[0].message if self.issues else ""

    def test_whole_numbers(self):
        for value, expected in (
            ("0", 0), ("33299", 33299), ("", None), ("32 988", 32988),
            ("32\u202f988", 32988), ("32\xa0988", 32988), ("32988.0", 32988),
            ("32988,00", 32988), ("32'988", 32988),
        ):  # fmt: skip
            self.assertEqual(self.cell("whole_number", value), (expected, ""))
        for value in ("12a", "12.5", "²", "1e3", "9999999999", "12.000", "1,200"):
            result, message = self.cell("whole_number", value)
            self.assertIsNone(result)
            self.assertIn("whole number", message)
        self.assertIn("negative", self.cell("whole_number", "-3")[1])

    def test_unknown_values_are_empty_and_said(self):
        for value in ("n.d.", "ND", "-", "–", "NC", "n/a", "#N/A", "non disponible"):
            for method in ("whole_number", "decimal", "date"):
                self.assertEqual(self.cell(method, value), (None, ""))
        (remark,) = self.cells.remarks()[:1]
        self.assertIn("« x » says « n.d. »", remark.message)
        self.assertEqual(remark.line, 7)

    def test_insee_codes(self):
        for value in ("47001", "01001", "2A004", "2b033"):
            self.assertEqual(self.cell("insee_code", value), (value.upper(), ""))
        self.assertEqual(self.cell("insee_code", "1001"), ("01001", ""))
        self.assertEqual(self.cells.remarks()[0].value, "1001 → 01001")
        for value in ("101", "470011", "2C001", "4700A", "４７００１"):
            self.assertIn("five characters", self.cell("insee_code", value)[1])

    def test_siren(self):
        self.assertEqual(self.cell("siren", "214 700 015"), ("214700015", ""))
        self.assertIn("check digit", self.cell("siren", "214700016")[1])
        self.assertIn("nine digits", self.cell("siren", "21470001")[1])
        self.assertEqual(
            self.cell("siren", "214 700 015 00016"), ("21470001500016", "")
        )
        self.assertIn("shortened", self.cell("siren", "2,14700E+13")[1])

    def test_identity(self):
        self.assertEqual(self.cell("identity", "47001")[0], "47001")
        self.assertEqual(self.cell("identity", "214700015")[0], "214700015")
        self.assertIn("five", self.cell("identity", "470")[1])

    def test_dates(self):
        for value in (
            "2025-12-31", "31/12/2025", "31.12.2025", "31-12-25", "31/12/25", "46022",
            "2025-12-31 00:00:00", "31 décembre 2025", "2025/12/31", "31 déc. 2025",
            "mercredi 31 decembre 2025", "2025-12-31T00:00:00",
        ):  # fmt: skip
            self.assertEqual(str(self.cell("date", value)[0]), "2025-12-31", value)
        for value, day in (
            ("1/2/2026", "2026-02-01"),
            ("12/11/26", "2026-11-12"),
            ("1er février 2026", "2026-02-01"),
            ("46338", "2026-11-12"),
            ("2 août 1999", "1999-08-02"),
        ):
            self.assertEqual(str(parse_date(value)), day)
        for value in ("2025-02-30", "11/29/2026", "2025", "31 brumaire 2025", "12"):
            self.assertIn("must be a date", self.cell("date", value)[1])

    def test_decimals(self):
        for value, expected in (
            ("0,5", 0.5), ("1.25", 1.25), ("1 234,56", 1234.56),
            ("1\u202f234,56", 1234.56), ("1.234,56", 1234.56), ("1,234.56", 1234.56),
            ("12,7", 12.7), ("2 940,00 €", 2940),
        ):  # fmt: skip
            self.assertEqual(self.cell("decimal", value), (expected, ""))
        self.assertIn("negative", self.cell("decimal", "-0,5")[1])
        self.assertNotIn("whole", self.cell("decimal", "x")[1])

    def test_amounts_have_cents(self):
        self.assertEqual(self.cell("amount", "1 234,5")[0], 1234.5)
        for value in ("2,940", "2.940", "1,234"):
            self.assertIn("must be a number", self.cell("amount", value)[1])

    def test_words_however_they_are_written(self):
        choices = {"affiliee": 1, "non_affiliee": 2, "affilié": 1}
        issues, row = [], TableRow(2, {})
        cells = CellReader(self.env, issues, {"x": "Affiliation"})
        for value, meaning in (
            ("affiliée", 1), ("AFFILIEE", 1), ("Non affiliée", 2), ("non-affiliees", 2),
            ("affiliée", 1), ("Affilié", 1),
        ):  # fmt: skip
            row.cells["x"] = value
            self.assertEqual(cells.choice(row, "x", choices), meaning)
        row.cells["x"] = "peut-être"
        self.assertIsNone(cells.choice(row, "x", choices))
        self.assertEqual(
            issues[0].message, "« Affiliation » must be one of: affiliee, non_affiliee."
        )
