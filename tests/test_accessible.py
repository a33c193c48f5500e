# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""RGAA / WCAG 2.1 A and AA: axe on each page of a secretary, at 1280 and 320 px."""

import json
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

from matrix_common import MatrixCase
from routes_common import RoutesMixin

from odoo.tests import HttpCase, tagged

from odoo.addons.cdg47_convention.tests.common import PASSWORD

FRAMES = Path(__file__).with_name("axe_frames.js")
WIDTHS = (1280, 320)
# Odoo's own pages, which ours lead to.
STOCK = (
    "/my",
    "/my/account",
    "/my/addresses",
    "/my/security",
    "/my/orders",
    "/my/quotes",
    "/my/tickets",
    "/new/ticket",
)


LEGAL = ("/accessibilite", "/mentions-legales", "/donnees-personnelles")
# « page rule »: what a page of Odoo's keeps of its own.
KNOWN = ()


@tagged("post_install", "-at_install")
class TestAccessible(RoutesMixin, MatrixCase, HttpCase):
    def pages(self):
        """Return the pages that a contact opens, with their own ids."""
        found = set(STOCK)
        for name in ("order", "sent_order"):
            found.add(f"/my/orders/{self.data_a[name].id}")
        found.add(f"/my/invoices/{self.data_a['invoice'].id}")
        found.add(f"/my/ticket/{self.samples['helpdesk.ticket'].ours.id}")
        for rule, methods, kind in self.our_rules():
            if kind != "http" or methods == ("POST",) or "page/<" in rule:
                continue
            if rule.startswith("/my") or "<" not in rule:
                found.add(self.address(rule, "own"))
        return sorted(path for path in found if self.is_page(path))

    def is_page(self, path):
        """Tell whether an address answers with a page, where it was asked."""
        answer = self.url_open(path)
        kind = answer.headers.get("Content-Type", "")
        # A language may come before the path; another place is another page.
        return (
            answer.status_code == 200
            and kind.startswith("text/html")
            and urlsplit(answer.url).path.endswith(path)
        )

    def look(self, user, pages):
        given = {
            "AXE": files("axe_core_python").joinpath("axe.min.js").read_text(),
            "PAGES": pages,
            "WIDTHS": WIDTHS,
            "KNOWN": KNOWN,
        }
        code = "".join(
            f"const {name} = {json.dumps(value)};\n" for name, value in given.items()
        )
        self.browser_js(
            "/accessibilite",
            code + FRAMES.read_text(),
            login=user and user.login,
            timeout=300,
        )

    def test_pages_of_a_secretary(self):
        self.authenticate(self.user_a.login, PASSWORD)
        pages = self.pages()
        self.assertGreater(len(pages), 30, pages)
        self.look(self.user_a, pages)

    def test_pages_of_who_is_not_signed_in(self):
        self.authenticate(None, None)
        self.look(None, [*LEGAL, "/web/login"])
