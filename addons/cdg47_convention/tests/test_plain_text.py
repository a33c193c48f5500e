# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is pasted is recorded without what nobody sees, and nothing of it lives."""

from odoo.tests import BaseCase, tagged

from ..lib.plain_text import one_line, plain
from ..models.money.service_request import request_service
from .ledger_common import LedgerCase


class TestPlainText(BaseCase):
    def test_unseen_characters_go_wherever_they_are(self):
        typed = {"a\0": ["b\x1f", {"c": "d\ud800\x7f"}], "n": 3, "t": "x\ty\r\nz"}
        self.assertEqual(
            plain(typed), {"a": ["b", {"c": "d"}], "n": 3, "t": "x\ty\r\nz"}
        )

    def test_one_line(self):
        self.assertEqual(one_line(" a@b.fr\r\nBcc: c@d.fr\0 "), "a@b.fr Bcc: c@d.fr")
        self.assertEqual(one_line(None), "")


@tagged("post_install", "-at_install")
class TestTypedText(LedgerCase):
    def test_no_link_of_a_contact_lives_in_an_activity(self):
        self.set_price("CONFIG-SI", 380)
        author = self.make_contact('<img src=x onerror="x">')
        typed = '<a href="https://piege.example.com">Voir</a>'
        product = self.service("CONFIG-SI")
        request_service(self.convention, product, 1.0, typed, author)
        notes = self.env["mail.activity"].search([("note", "ilike", "piege")])
        self.assertTrue(notes)
        for note in notes.mapped("note"):
            self.assertNotIn("<a ", note)
            self.assertNotIn("<img", note)
            self.assertIn("Voir", note)
