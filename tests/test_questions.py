# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Twenty questions of a secretary: how many clicks lead to each answer."""

import re
from fnmatch import fnmatch
from urllib.parse import urlsplit

from lxml import html
from matrix_common import MatrixCase

from odoo.tests import HttpCase, tagged
from odoo.tools import file_open

from odoo.addons.cdg47_convention.tests.common import PASSWORD

TABLE = "cdg47_convention/readme/QUESTIONS.md"
# Answered without a click.
AT_ONCE = 10


def questions():
    """Return the rows of the table: question, clicks, path, words of the answer."""
    with file_open(TABLE) as stream:
        rows = [line.strip().strip("|").split("|") for line in stream if line[0] == "|"]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@tagged("post_install", "-at_install")
class TestQuestions(MatrixCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.commune_a.lang = self.user_a.lang = "fr_FR"
        self.make_signatory(self.commune_a)
        self.read = {}

    def page(self, path):
        if path not in self.read:
            answer = self.url_open(path)
            self.assertEqual(answer.status_code, 200, path)
            self.read[path] = html.fromstring(answer.text)
        return self.read[path]

    def led_to(self, pages, wanted):
        """Return the pages of this shape that a link of these leads to."""
        found = set()
        for page in pages:
            for link in self.page(page).xpath("//a/@href"):
                # A language may come before the path.
                path = re.sub(r"^/fr(?=/)", "", urlsplit(link).path)
                if fnmatch(path, wanted) and path.count("/") == wanted.count("/"):
                    found.add(path)
        return found

    def test_each_answer_is_where_the_table_says(self):
        self.authenticate(self.user_a.login, PASSWORD)
        self.opener.cookies["frontend_lang"] = "fr_FR"
        for question, clicks, path, words in questions():
            with self.subTest(question):
                first, *steps = path.split(" > ")
                self.assertEqual(len(steps), int(clicks))
                pages = {first}
                for step in steps:
                    pages = self.led_to(pages, step)
                    self.assertTrue(pages, f"no link to {step}")
                texts = [
                    " ".join(self.page(page).text_content().split()) for page in pages
                ]
                self.assertTrue(any(words in text for text in texts), texts[:1])

    def test_twenty_of_them_half_at_once(self):
        clicks = [int(row[1]) for row in questions()]
        self.assertGreaterEqual(len(clicks), 20)
        self.assertGreaterEqual(clicks.count(0), AT_ONCE)
        self.assertLessEqual(max(clicks), 2)
