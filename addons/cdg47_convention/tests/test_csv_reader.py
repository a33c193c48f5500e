# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import gzip
import tracemalloc

from odoo.tests import TransactionCase, tagged

from ..lib.csv_cells import CellReader
from ..lib.csv_reader import CsvReader, CsvRow, file_year

GOOD = "code_insee,nom\n47001,Agen\n2A004,Ajaccio\n"


@tagged("post_install", "-at_install")
class TestCsvReader(TransactionCase):
    def parse(self, content, **limits):
        if isinstance(content, str):
            content = content.encode()
        return CsvReader(self.env, **limits).parse(content)

    def assertRefused(self, content, line, words, **limits):
        """Assert one issue on a line, with these words, and no row."""
        table = self.parse(content, **limits)
        self.assertEqual([issue.line for issue in table.issues], [line])
        self.assertIn(words, table.issues[0].message)
        self.assertFalse(table.rows)

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

    def test_encoding_is_named_with_its_line(self):
        table = self.parse("code,nom\n1,Agen\n2,Agmé\n".encode("cp1252"))
        self.assertEqual(table.issues[0].line, 3)
        self.assertEqual(table.issues[0].value, "2,Agmé")
        self.assertIn("UTF-8", table.issues[0].message)
        self.assertRefused(GOOD.encode("utf-16"), 1, "UTF-16")

    def test_separator_is_named(self):
        self.assertRefused(GOOD.replace(",", ";"), 1, "« ; »")
        self.assertRefused(GOOD.replace(",", "\t"), 1, "« tab »")

    def test_empty_files(self):
        for content in (b"", b" \n\n", b"\xef\xbb\xbf", gzip.compress(b"")):
            with self.subTest(content):
                self.assertRefused(content, 0, "empty")
        self.assertRefused("code_insee,nom\n", 0, "no line of data")

    def test_what_is_no_csv(self):
        self.assertRefused(bytes(range(256)), 0, "not a CSV")
        self.assertRefused(b"PK\x03\x04rest of a spreadsheet", 0, "not a CSV")
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

    def test_year_of_a_file(self):
        self.assertEqual(file_year("communes_47_2024.csv"), 2024)
        self.assertEqual(file_year("2025/communes-2026.csv.gz"), 2026)
        self.assertIsNone(file_year("epci_47.csv"))
        self.assertIsNone(file_year("n120259.csv"))
        self.assertIsNone(file_year(None))


@tagged("post_install", "-at_install")
class TestCells(TransactionCase):
    def setUp(self):
        super().setUp()
        self.issues = []
        self.cells = CellReader(self.env, self.issues)

    def cell(self, method, value):
        """Read one cell; return its value and the message of its fault."""
        self.issues.clear()
        row = CsvRow(7, {"x": value})
        result = getattr(self.cells, method)(row, "x")
        self.assertTrue(all(issue.line == 7 for issue in self.issues))
        return result, self.issues[0].message if self.issues else ""

    def test_whole_numbers(self):
        for value, expected in (("0", 0), ("33299", 33299), ("", None)):
            self.assertEqual(self.cell("whole_number", value), (expected, ""))
        for value in ("12a", "1 200", "12.5", "²", "1e3", "9999999999"):
            result, message = self.cell("whole_number", value)
            self.assertIsNone(result)
            self.assertIn("whole number", message)
        self.assertIn("negative", self.cell("whole_number", "-3")[1])

    def test_insee_codes(self):
        for value in ("47001", "01001", "2A004", "2b033"):
            self.assertEqual(self.cell("insee_code", value), (value.upper(), ""))
        for value in ("1001", "470011", "2C001", "4700A", "４７００１"):
            self.assertIn("five characters", self.cell("insee_code", value)[1])

    def test_siren(self):
        self.assertEqual(self.cell("siren", "214 700 015"), ("214700015", ""))
        self.assertIn("check digit", self.cell("siren", "214700016")[1])
        self.assertIn("nine digits", self.cell("siren", "21470001")[1])

    def test_identity(self):
        self.assertEqual(self.cell("identity", "47001")[0], "47001")
        self.assertEqual(self.cell("identity", "214700015")[0], "214700015")
        self.assertIn("five", self.cell("identity", "470")[1])

    def test_dates(self):
        for value in ("2025-12-31", "31/12/2025"):
            self.assertEqual(str(self.cell("date", value)[0]), "2025-12-31")
        for value in ("2025-02-30", "31.12.2025", "31/12/25"):
            self.assertIn("must be a date", self.cell("date", value)[1])

    def test_decimals(self):
        self.assertEqual(self.cell("decimal", "0,5")[0], 0.5)
        self.assertEqual(self.cell("decimal", "1.25")[0], 1.25)
        self.assertIn("negative", self.cell("decimal", "-0,5")[1])
