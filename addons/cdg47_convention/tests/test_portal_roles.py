# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R20: an agent sees their own affairs, a secretary and a signatory those of all."""

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import PASSWORD
from .portal_common import PortalCase

# What an agent reads of a collectivité, by name in ``PortalCase.data_a``: nothing that
# has a price, nothing of a colleague.
NOT_OF_AGENTS = (
    "convention",
    "line",
    "term",
    "activation",
    "step",
    "allocation",
    "duty",
    "census",
    "order",
    "order_line",
    "sent_order",
    "invoice",
    "invoice_line",
)


@tagged("post_install", "-at_install")
class TestRoles(PortalCase, HttpCase):
    in_english = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls.new_contact("agent_a", cls.commune_a, role="agent")
        cls.mayor = cls.new_contact("mayor_a", cls.commune_a, role="signatory")
        cls.env.flush_all()

    def open(self, user, path):
        self.authenticate(user.login, PASSWORD)
        self.opener.cookies["frontend_lang"] = "en_US"
        with mute_logger("odoo.http"):
            return self.url_open(path)

    def test_records(self):
        for name in NOT_OF_AGENTS:
            record = self.data_a[name]
            with self.subTest(name):
                mine = record.with_user(self.agent)
                self.assertFalse(mine.has_access("read"))
                self.assertFalse(mine.search([("id", "in", record.ids)]))
                for user in (self.user_a, self.mayor):
                    self.assertTrue(record.with_user(user).has_access("read"))
        self.env.company.cdg47_agents_follow_all = True
        self.env.invalidate_all()
        for name in NOT_OF_AGENTS:
            with self.subTest(name, setting=True):
                record = self.data_a[name].with_user(self.agent)
                self.assertTrue(record.has_access("read"))

    def test_the_budget_is_for_who_reads_the_money(self):
        convention = self.data_a["convention"]
        path = f"/my/conventions/{convention.id}/budget"
        report = f"/report/pdf/cdg47_convention.report_budget/{convention.id}"
        self.assertTrue(self.open(self.agent, path).url.endswith("/my"))
        self.assertNotEqual(
            self.open(self.agent, report).headers["Content-Type"], "application/pdf"
        )
        for user in (self.user_a, self.mayor):
            for address in (path, report):
                with self.subTest(user.login, address=address):
                    answer = self.open(user, address)
                    self.assertEqual(answer.headers["Content-Type"], "application/pdf")

    def test_what_is_theirs(self):
        mandate = self.agent.partner_id.own_mandate_ids
        self.assertTrue(mandate.with_user(self.agent).has_access("read"))
        others = self.user_a.partner_id.own_mandate_ids
        self.assertFalse(others.with_user(self.agent).has_access("read"))
        self.assertFalse(
            self.user_a.partner_id.with_user(self.agent).has_access("read")
        )
        allocation = self.data_a["allocation"]
        allocation.holder_id = self.agent.partner_id
        self.assertTrue(allocation.with_user(self.agent).has_access("read"))

    def test_pages(self):
        data = self.data_a
        for path in (
            f"/my/conventions/{data['convention'].id}",
            f"/my/orders/{data['sent_order'].id}",
            f"/my/invoices/{data['invoice'].id}",
            f"/my/forfait/{self.commune_a.id}/historique",
            f"/my/forfait/{self.commune_a.id}/bilan/{self.today.year}/pdf",
            f"/my/conventions/{data['convention'].id}/documents/signed",
        ):
            with self.subTest(path):
                self.assertTrue(self.open(self.agent, path).url.endswith("/my"))
        page = f"/my/forfait/{self.commune_a.id}"
        sheet = self.open(self.agent, page).text
        self.assertIn(self.commune_a.name, sheet)
        self.assertNotIn("cdg47_forfait_links", sheet)
        self.assertNotIn("€", sheet)
        self.assertIn("cdg47_forfait_links", self.open(self.mayor, page).text)
        home = self.open(self.agent, "/my/collectivites").text
        self.assertNotIn(data["sent_order"].name, home)
        self.assertIn(
            data["sent_order"].name, self.open(self.user_a, "/my/collectivites").text
        )

    def test_an_agent_asks_for_nothing_that_is_paid(self):
        orders = self.env["sale.order"]
        for user, created in ((self.agent, 0), (self.user_a, 1)):
            before = orders.search_count([])
            self.authenticate(user.login, PASSWORD)
            self.url_open(
                "/my/demandes/prestation",
                {
                    "csrf_token": http.Request.csrf_token(self),
                    "collectivite": self.commune_a.id,
                    "prestation": self.service("CONFIG-SI").id,
                    "quantite": "1",
                },
            )
            with self.subTest(user=user.login):
                self.assertEqual(orders.search_count([]) - before, created)

    def test_an_agent_is_told_who_follows_them(self):
        """Not that their collectivité has no convention: it has one."""
        for path in ("/my/demandes/prestation", "/my/conventions"):
            with self.subTest(path):
                page = self.open(self.agent, path).text
                self.assertIn("a secretary or a signatory", page)
                self.assertNotIn("None of your", page)
                self.assertNotIn("How to join", page)
                self.assertNotIn("a secretary or", self.open(self.mayor, path).text)

    def test_a_refusal_tells_nothing_to_a_stranger(self):
        for user in (self.agent, self.user_b, self.user_nobody):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.commune_a.with_user(user).active = False
        with self.assertRaises(UserError) as refused:
            self.commune_a.active = False
        self.assertIn("CONV-", str(refused.exception))

    # === Links (R20) ===
    def tokens(self):
        return {
            key: self.data_a[key]._portal_ensure_token()
            for key in ("convention", "sent_order", "invoice")
        }

    def pages(self, tokens):
        words = {"convention": "conventions", "sent_order": "orders"}
        return {
            key: f"/my/{words.get(key, 'invoices')}/{self.data_a[key].id}"
            f"?access_token={token}"
            for key, token in tokens.items()
        }

    def test_a_link_opens_nothing_to_who_has_no_mandate(self):
        tokens = self.tokens()
        self.authenticate(None, None)
        for key, page in self.pages(tokens).items():
            with self.subTest(key, user=None), mute_logger("odoo.http"):
                answer = self.url_open(page)
                self.assertIn("/web/login", answer.url)
                self.assertIn(f"{self.data_a[key].id}", answer.url, "comes back to it")
        for user in (self.user_former, self.user_nobody, self.user_b, self.agent):
            for key, page in self.pages(tokens).items():
                with self.subTest(key, user=user.login):
                    self.assertTrue(self.open(user, page).url.endswith("/my"))
                    text = self.url_open(
                        "/mail/chatter_fetch",
                        json={
                            "params": {
                                "thread_model": self.data_a[key]._name,
                                "thread_id": self.data_a[key].id,
                                "token": tokens[key],
                            }
                        },
                    ).text
                    self.assertIn("error", text)
        for key, page in self.pages(tokens).items():
            self.assertIn(self.data_a[key].name, self.open(self.user_a, page).text)

    def test_a_file_needs_its_reader(self):
        for key in ("signed_copy", "deliverable"):
            file = self.data_a[key]
            (token,) = file.generate_access_token()
            path = f"/web/content/{file.id}?access_token={token}"
            for user, opens in (
                (self.user_a, True),
                (self.user_b, False),
                (self.user_former, False),
            ):
                with self.subTest(key, user=user.login):
                    content = self.open(user, path).content
                    self.assertEqual(content.startswith(b"secret of"), opens)

    def test_links_are_renewed_when_a_mandate_ends(self):
        before = self.tokens()
        order = self.data_a["sent_order"]
        order.message_subscribe(self.mayor.partner_id.ids)
        mandate = self.mayor.partner_id.own_mandate_ids
        mandate.date_end = self.today
        self.assertEqual(self.tokens(), before, "its last day is included")
        mandate.write({"date_start": "2020-01-01", "date_end": self._days_ago(1)})
        after = self.tokens()
        for key, token in before.items():
            self.assertNotEqual(after[key], token, key)
        self.assertNotIn(self.mayor.partner_id, order.message_partner_ids)
        # A day that has come does as much as one that is entered.
        self.env["cdg47.convention"]._cron_expire()
        self.assertNotEqual(self.tokens(), after)
