# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What every page is: its shape, its words, its width, its cost."""

import json
import re
from unittest.mock import patch

from lxml import html

from odoo.tests import tagged

from odoo.addons.portal.controllers.portal import CustomerPortal

from .portal_common import PortalTrainingCase

# Frames of 320 px: their pages are laid out as on the smallest screen.
WIDTHS = """
(async () => {
    const wide = [];
    for (const path of %s) {
        const frame = document.createElement("iframe");
        frame.style.width = "320px";
        frame.style.height = "640px";
        frame.style.border = "0";
        const loaded = new Promise((done) => frame.addEventListener("load", done));
        frame.src = path;
        document.body.append(frame);
        await loaded;
        const page = frame.contentDocument;
        if (!page.querySelector("h1")) {
            wide.push(`${path}: not a page`);
        }
        if (page.documentElement.scrollWidth > 320) {
            const out = [...page.querySelectorAll("body *")].filter(
                (node) => node.getBoundingClientRect().right > 320
            );
            const names = out.map((node) => node.outerHTML.split(">")[0] + ">");
            wide.push(`${path}: ${names.slice(-3).join(" ")}`);
        }
        frame.remove();
    }
    if (wide.length) {
        console.error(wide.join(", "));
    } else {
        console.log("test successful");
    }
})();
"""
# Words that no French sentence holds.
ENGLISH = re.compile(
    r"\b(?:the|of|and|with|this|that|from|when|which|its|is|are|be|by|not|your|you|no"
    r"|to|for|left|day|days|half|none|show|search|all)\b",
    re.IGNORECASE,
)


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

    def test_without_javascript(self):
        """63: every button submits a form, every link leads somewhere."""
        registration = self.register(self.make_session(), self.commune)
        self.login(self.shared)
        for path in self.pages(registration)[1:]:
            with self.subTest(path=path):
                page = html.fromstring(self.get(path).content)
                (ours,) = page.xpath("//div[contains(@class, 'o_cdg47_portal')]")
                for button in ours.xpath(".//button"):
                    self.assertEqual(button.get("type"), "submit")
                    self.assertTrue(button.xpath("ancestor::form[@action]"))
                for link in ours.xpath(".//a"):
                    self.assertNotIn(link.get("href") or "#", ("#", "javascript:"))
                self.assertFalse(ours.xpath(".//@onclick | .//@data-bs-toggle"))

    def test_320_pixels(self):
        """64: on the smallest screen no page is wider than it."""
        session = self.make_session(name=f"{'Comptabilité ' * 5}et budget")
        registration = self.register(session, self.commune)
        self.held(session)
        other = self.make_session()
        self.register(other, self.commune)
        self.shared.password = self.shared.login
        paths = (*self.pages(registration), f"/my/formations/{other.id}")
        self.env.flush_all()
        self.browser_js("/my", WIDTHS % json.dumps(paths), login=self.shared.login)

    def test_every_word_is_french(self):
        """65: no term of the sources is left on a page of a French contact."""
        self.env["res.lang"]._activate_lang("fr_FR")
        for template in self.env["event.type"].search([]):
            template.with_context(lang="fr_FR").flush_recordset()
        self.commune.lang = self.secretary.lang = "fr_FR"
        session = self.make_session(name="Paie")
        registration = self.register(session, self.commune)
        done = self.make_session(name="Budget")
        attended = self.register(done, self.commune)
        self.held(done)
        waiting = self.register(
            self.make_session(name="État civil"), self.commune, acceptance=None
        )
        self.login(self.secretary)
        paths = (
            *self.pages(registration),
            f"/my/inscriptions/{attended.id}",
            f"/my/inscriptions/{waiting.id}",
            f"/my/formations/{waiting.event_id.id}",
            "/my/attestations",
            f"/formation/attestation/{attended.attestation_ids.code}",
        )
        for path in paths:
            with self.subTest(path=path):
                self.assertEqual(self.english_words(path), set())
        self.secretary.lang = "en_US"
        self.opener.cookies.clear()
        self.login(self.secretary)
        self.assertIn("the", self.english_words(paths[1]), "negative control")

    def english_words(self, path):
        """Return the English words that a reader sees on a page."""
        page = html.fromstring(self.get(path).content)
        (ours,) = page.xpath("//div[@id='wrap']")
        shown = ours.xpath(".//text() | .//@aria-label | .//@placeholder | .//@title")
        return {word.lower() for word in ENGLISH.findall(" ".join(shown))}

    def count(self, path):
        self.url_open(path)
        with self.counted_queries() as queries:
            response = self.url_open(path)
        self.assertEqual(response.status_code, 200)
        return queries.number, response.text

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
