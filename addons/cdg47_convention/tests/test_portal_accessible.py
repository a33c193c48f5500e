# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a screen reader needs, on our pages and on those of Odoo that stand beside."""

from itertools import pairwise

from lxml import html

from odoo.tests import BaseCase, HttpCase, tagged

from .common import PASSWORD
from .portal_common import PortalCase

HEADINGS = "//h1|//h2|//h3|//h4|//h5|//h6|//*[@role='heading']"
FIELDS = (
    "//select|//textarea|//input[@name][not(@type='hidden' or @type='submit')]"
    "[not(contains(@class, 'd-none'))]"
)
# A dialogue is closed until it is asked for, and begins again at its own title.
CLOSED = "contains(concat(' ', @class, ' '), ' modal ')"


def name_of(node):
    """Return the name by which a node is told, empty when it has none."""
    texts = node.xpath("descendant-or-self::*/@*[name()='aria-label' or name()='title'"
                       " or name()='alt']")  # fmt: skip
    return " ".join(filter(None, (*texts, node.text_content()))).strip()


def faults(text):
    """Return what a page lacks, in the order of the rules of WCAG.

    :rtype: list[str]
    """
    page = html.fromstring(text)
    found = [
        f"no alternative: {img.get('src')}" for img in page.xpath("//img[not(@alt)]")
    ]
    found += [f"no title: {f.get('src')}" for f in page.xpath("//iframe[not(@title)]")]
    for node in page.xpath("//button|//a[@href]|//th"):
        if not name_of(node):
            found.append(f"no name: {html.tostring(node)[:80]}")
    for field in page.xpath(FIELDS):
        labels = page.xpath("//label[@for=$id]", id=field.get("id") or "")
        if not (labels or field.xpath("@aria-label|@aria-labelledby|ancestor::label")):
            found.append(f"no label: {field.get('name')}")
    levels = [
        int(node.get("aria-level") or node.tag[1])
        for node in page.xpath(HEADINGS)
        if not node.xpath(f"ancestor::*[{CLOSED}]")
    ]
    found += [f"headings: {levels}" for a, b in pairwise(levels) if b - a > 1]
    navs = [
        nav.get("aria-label") or nav.get("aria-labelledby")
        for nav in page.xpath("//nav")
    ]
    if len(navs) != len(set(navs)):
        found.append(f"navigations told alike: {navs}")
    if not page.xpath("//a[@href='#wrap']") or not page.xpath("//*[@id='wrap']"):
        found.append("no way to skip to the content")
    return found


@tagged("post_install", "-at_install")
class TestFaults(BaseCase):
    """The reader sees what it is to see."""

    def test_each_fault_is_found(self):
        fine = "<a href='#wrap'>Skip</a><main id='wrap'><h1>Title</h1>%s</main>"
        self.assertEqual(faults(fine % "<h2>Next</h2>"), [])
        for piece, word in (
            ("<img src='a'>", "alternative"),
            ("<iframe src='a'></iframe>", "title"),
            ("<button><i class='fa'></i></button>", "name"),
            ("<table><tr><th></th></tr></table>", "name"),
            ("<select name='a'></select>", "label"),
            ("<h3>Third</h3>", "headings"),
            ("<nav></nav><nav></nav>", "alike"),
        ):
            with self.subTest(piece=piece):
                self.assertIn(word, " ".join(faults(fine % piece)))
        self.assertIn("skip", " ".join(faults("<h1>Title</h1>")))


@tagged("post_install", "-at_install")
class TestAccessible(PortalCase, HttpCase):
    def test_a_password_is_shown_by_a_button_that_says_so(self):
        self.authenticate(self.user_a.login, PASSWORD)
        page = html.fromstring(self.url_open("/my/security").text)
        buttons = page.xpath("//button[contains(@class, 'o_show_password')]")
        self.assertEqual(len(buttons), 3)
        self.assertEqual(len({name_of(button) for button in buttons} - {""}), 3)
        title = page.xpath("//section[@name='portal_deactivate_account']/h4")[0]
        self.assertEqual(title.get("aria-level"), "2")

    def test_every_page_can_be_listened_to(self):
        data = self.data_a
        data["invoice"].invoice_user_id = data["order"].user_id = self.env.ref(
            "base.user_admin"
        )
        self.authenticate(self.user_a.login, PASSWORD)
        for path in (
            "/my",
            "/my/account",
            "/my/addresses",
            "/my/address?address_type=billing",
            "/my/quotes",
            "/my/orders",
            "/my/invoices",
            f"/my/orders/{data['order'].id}",
            f"/my/orders/{data['sent_order'].id}",
            f"/my/invoices/{data['invoice'].id}",
            "/my/conventions",
            f"/my/conventions/{data['convention'].id}",
            "/my/collectivites",
            f"/my/collectivites/{self.commune_a.id}/siret",
            "/my/dotations",
            "/my/demandes/prestation",
            "/my/forfait",
            f"/my/forfait/{self.commune_a.id}",
            f"/my/forfait/{self.commune_a.id}/historique",
            "/accessibilite",
            "/mentions-legales",
            "/donnees-personnelles",
        ):
            with self.subTest(path=path):
                answer = self.url_open(path)
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(faults(answer.text), [])
