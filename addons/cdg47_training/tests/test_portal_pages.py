# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What every page is: its shape, its words, its width, its cost."""

from unittest.mock import patch

from lxml import html

from odoo import sql_db
from odoo.tests import tagged

from odoo.addons.portal.controllers.portal import CustomerPortal

from .portal_common import PortalTrainingCase


@tagged("post_install", "-at_install")
class TestPages(PortalTrainingCase):
    def pages(self, registration):
        return (
            "/my",
            "/my/formations",
            f"/my/formations/{registration.event_id.id}",
            "/my/inscriptions",
            f"/my/inscriptions/{registration.id}",
            "/my/attestations",
            "/my/agents",
            f"/my/formations/bilan?annee={self.year}",
            "/my/formations/demandes",
            "/my/lettres",
            "/formation/attestation",
        )

    def test_every_page(self):
        """62: one h1, labels, alternatives, captions, the language of the page."""
        registration = self.register(self.make_session(), self.commune)
        self.login(self.shared)
        for path in self.pages(registration):
            with self.subTest(path=path):
                page = html.fromstring(self.get(path).content)
                self.assertEqual(len(page.xpath("//h1")), 1)
                self.assertEqual(page.xpath("/html/@lang"), ["en-US"])
                self.assertFalse(page.xpath("//img[not(@alt)]"))
                ids = page.xpath("//*[@id]/@id")
                self.assertEqual(len(ids), len(set(ids)), "ids are unique")
                for table in page.xpath("//main//table"):
                    self.assertTrue(table.xpath("./caption"))
                    self.assertFalse(table.xpath(".//th[not(@scope)]"))
                for field in page.xpath(
                    "//div[@id='wrap']//*[self::input or self::select or "
                    "self::textarea][not(@type='hidden')]"
                ):
                    named = field.get("aria-label") or page.xpath(
                        "//label[@for=$id]", id=field.get("id") or ""
                    )
                    self.assertTrue(named, f"{path}: {field.get('name')}")

    def count(self, path):
        self.url_open(path)
        before = sql_db.sql_counter
        response = self.url_open(path)
        self.assertEqual(response.status_code, 200)
        return sql_db.sql_counter - before, response.text

    def test_same_queries_for_5_and_50(self):
        """66: catalogue, registrations and matrix."""
        commune = self.make_member("Commune nombreuse")
        user = self.portal_user("secretary_many", commune)
        self.login(user)
        one_page = patch.object(CustomerPortal, "_items_per_page", 80)
        one_page.start()
        self.addCleanup(one_page.stop)

        def add(first, last):
            for _number in range(first, last):
                session = self.make_session("workshop", name="Atelier nombreux")
                self.register(session, commune)
            self.env.flush_all()

        paths = (
            f"/my/formations?collectivite={commune.id}",
            "/my/inscriptions",
            f"/my/formations/bilan?annee={self.year}",
        )
        add(0, 5)
        few = {path: self.count(path)[0] for path in paths}
        add(5, 50)
        for path in paths:
            with self.subTest(path=path):
                queries, text = self.count(path)
                self.assertGreaterEqual(text.count("Atelier nombreux"), 50)
                self.assertEqual(queries, few[path])
