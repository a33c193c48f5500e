# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The exported ledger proves itself: any change of the file is seen."""

import csv
import hashlib
import io

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..reading.ledger_file import check_ledger
from .ledger_common import LedgerCase


@tagged("post_install", "-at_install")
class TestLedgerExport(LedgerCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.facts = cls.env["cdg47.consumption"]
        for day, note in (
            ("2026-02-10", "=cmd|calc"),
            ("2026-03-10", 'Dit « 2 », puis "3"\nsur deux lignes'),
            ("2026-04-10", False),
        ):
            cls.facts |= cls.facts.create(
                [
                    {
                        "partner_id": cls.commune.id,
                        "product_id": cls.service("FORM-GROUPE").id,
                        "date": day,
                        "quantity": 1,
                        "uom_id": cls.unit("half_day").id,
                        "note": note,
                    }
                ]
            )
        cls.facts[0]._reverse("Saisie en double")
        cls.ledgers = cls.env["cdg47.ledger"]
        cls.ledger = cls.ledgers.search([("partner_id", "=", cls.commune.id)])
        cls.file = cls.ledger.with_user(cls.user_manager)._export()

    def rows(self, content=None):
        return list(csv.reader(io.StringIO((content or self.file).decode())))

    def rewritten(self, change):
        rows = self.rows()
        change(rows)
        stream = io.StringIO()
        csv.writer(stream).writerows(rows)
        return stream.getvalue().encode()

    def test_right_as_exported(self):
        self.assertEqual(check_ledger(self.file), (4, self.ledger.head, []))
        self.assertEqual(self.ledgers._check_export(self.file), [])

    def test_anybody_computes_the_seals_again(self):
        """Nothing of ours: the SHA-256 of the seal before, then of the fact."""
        previous = ""
        for *_cells, sealed, seal in self.rows()[1:]:
            previous = hashlib.sha256((previous + sealed).encode()).hexdigest()
            self.assertEqual(previous, seal)
        self.assertEqual(previous, self.ledger.head)

    def test_no_formula(self):
        for row in self.rows():
            for cell in row:
                self.assertFalse(
                    cell.startswith(("=", "+", "@"))
                    or (cell.startswith("-") and not cell[1:2].isdigit())
                )

    def test_every_change_is_seen(self):
        def later(rows):
            rows[2][9] = rows[2][9].replace("2026-03-10", "2026-03-11")

        def quantity(rows):
            rows[1][3] = "2.0000"

        def removed(rows):
            del rows[2]

        def swapped(rows):
            rows[2], rows[3] = rows[3], rows[2]

        for change in (later, quantity, removed, swapped):
            with self.subTest(change.__name__):
                self.assertTrue(self.ledgers._check_export(self.rewritten(change)))

    def test_a_cut_end_is_seen_against_the_ledger_only(self):
        """A file without its last facts is an older export: right, and it says so."""
        cut = self.rewritten(lambda rows: rows.pop())
        count, head, broken = check_ledger(cut)
        self.assertEqual((count, broken), (3, []))
        self.assertNotEqual(head, self.ledger.head)
        self.assertEqual(self.ledgers._check_export(cut), [])

    def test_a_forged_file_is_no_ledger_of_ours(self):
        """All seals computed again after a change: the ledger knows better."""

        def forge(rows):
            previous = ""
            for row in rows[1:]:
                row[9] = row[9].replace("2026-03-10", "2026-03-11")
                row[1] = row[1].replace("2026-03-10", "2026-03-11")
                previous = hashlib.sha256((previous + row[9]).encode()).hexdigest()
                row[10] = previous

        forged = self.rewritten(forge)
        self.assertEqual(check_ledger(forged)[2], [])
        self.assertEqual(len(self.ledgers._check_export(forged)), 1)

    def test_not_an_export(self):
        for content in (b"", b"a,b\n1,2\n", b"\xff\xfe", self.file[:-40]):
            self.assertTrue(self.ledgers._check_export(content))

    def test_only_a_manager(self):
        for user in (self.user_user, self.user_employee):
            with self.assertRaises(AccessError):
                self.ledger.with_user(user)._export()

    def test_route(self):
        path = f"/cdg47/ledger/{self.commune.id}"
        mayor = self.make_portal_user(self.make_signatory(self.commune))
        for login in (mayor.login, self.user_user.login):
            self.authenticate(login, login)
            self.assertEqual(self.url_open(path).status_code, 404)
        self.authenticate(self.user_manager.login, self.user_manager.login)
        response = self.url_open(path)
        self.assertEqual(response.content, self.file)
        self.assertEqual(self.url_open("/cdg47/ledger/99999999").status_code, 404)
        self.assertEqual(self.url_open(f"/cdg47/ledger/{10**20}").status_code, 404)
