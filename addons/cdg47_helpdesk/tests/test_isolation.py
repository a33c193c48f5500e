# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""R13: commune A reads, posts, closes and rates nothing of B, by any route or model."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..hooks import STOCK_PUBLIC_WRITE, STOCK_RULES, uninstall_hook
from .portal_common import HelpdeskPortalCase

RULE = "helpdesk_mgmt.helpdesk_ticket_rule_portal"


class IsolationCase(HelpdeskPortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data_a = cls.full_data(cls.commune_a, cls.user_a.partner_id)
        cls.data_b = cls.full_data(cls.commune_b, cls.user_b.partner_id)
        # The shared secretary follows the request of B.
        cls.data_b["ticket"].message_subscribe(cls.user_ab.partner_id.ids)
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.env.invalidate_all()

    def reads(self, user, record):
        """Tell whether a user reaches a record, by access, search and counting."""
        theirs = record.with_user(user).sudo(False)
        answers = {bool(theirs.has_access("read"))}
        try:
            answers.add(bool(theirs.search([("id", "=", record.id)])))
            answers.add(bool(theirs.search_count([("id", "=", record.id)])))
        except AccessError:
            answers.add(False)
        self.assertEqual(len(answers), 1, answers)
        return answers.pop()


@tagged("post_install", "-at_install")
class TestRecords(IsolationCase):
    def test_tickets(self):
        cases = (
            (self.user_a, True, False),
            (self.mayor_a, True, False),
            (self.user_b, False, True),
            (self.user_ab, True, True),
            (self.user_former, False, False),
            (self.user_nobody, False, False),
        )
        for user, sees_a, sees_b in cases:
            with self.subTest(user.login):
                self.assertEqual(self.reads(user, self.data_a["ticket"]), sees_a)
                self.assertEqual(self.reads(user, self.data_b["ticket"]), sees_b)
                self.assertEqual(self.reads(user, self.data_a["order"]), sees_a)
                self.assertEqual(self.reads(user, self.data_b["order"]), sees_b)

    def test_no_portal_user_reads_time_facts_nor_traces(self):
        for user in (self.user_a, self.user_b, self.user_ab):
            for key in ("line", "session", "attachment"):
                with self.subTest(user.login, key=key):
                    self.assertFalse(self.reads(user, self.data_a[key]))

    def test_messages(self):
        message = self.data_b["message"]
        self.assertTrue(self.reads(self.user_b, message))
        self.assertFalse(self.reads(self.user_a, message))
        self.assertFalse(self.reads(self.user_former, message))

    def test_followed_by_a_colleague_leaks_with_the_stock_rule(self):
        """Negative control: OCA's rule shows B's request to the mayor of A."""
        ticket = self.data_b["ticket"]
        self.assertFalse(self.reads(self.mayor_a, ticket))
        self.env.ref(RULE).domain_force = STOCK_RULES[RULE]
        self.assertTrue(self.reads(self.mayor_a, ticket))

    def test_deadlines(self):
        sla = self.env["helpdesk.sla"].create({"name": "Sous deux jours", "days": 2})
        deadline = self.env["helpdesk.ticket.sla"].create(
            {"ticket_id": self.data_b["ticket"].id, "sla_id": sla.id}
        )
        self.assertTrue(self.reads(self.user_b, deadline))
        self.assertFalse(self.reads(self.user_a, deadline))

    def test_stages_are_not_written_by_the_public(self):
        stage = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_new")
        public = self.env.ref("base.public_user")
        for user in (public, self.user_a):
            self.assertFalse(stage.with_user(user).has_access("write"))

    def test_request_to_be_sorted_is_its_authors(self):
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Courriel",
                "description": "<p>Bonjour</p>",
                "partner_id": self.user_ab.partner_id.id,
            }
        )
        self.assertTrue(self.reads(self.user_ab, ticket))
        self.assertFalse(self.reads(self.mayor_a, ticket))
        self.assertFalse(self.reads(self.user_b, ticket))

    def test_contacts_write_nothing(self):
        for name in ("stage_id", "coverage", "verdict", "collectivite_id", "name"):
            with self.subTest(name), self.assertRaises(AccessError):
                self.data_a["ticket"].with_user(self.user_a).write({name: False})
        with self.assertRaises(AccessError):
            self.env["helpdesk.ticket"].with_user(self.user_a).create({"name": "x"})

    def test_given_back_at_uninstall(self):
        uninstall_hook(self.env)
        for xml_id, domain in STOCK_RULES.items():
            self.assertEqual(self.env.ref(xml_id).domain_force, domain)
        self.assertTrue(self.env.ref(STOCK_PUBLIC_WRITE).perm_write)


@tagged("post_install", "-at_install")
class TestRoutes(IsolationCase):
    @mute_logger("odoo.http", "odoo.addons.mail.controllers.thread")
    def test_every_route_of_another_commune(self):
        ticket = self.data_b["ticket"]
        token = ticket._portal_ensure_token()
        done = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        for user in (self.user_a, self.mayor_a, self.user_former):
            self.login(user)
            texts = [
                self.url_open(url).text
                for url in (
                    f"/my/ticket/{ticket.id}",
                    f"/my/ticket/{ticket.id}?access_token={token}",
                    f"/my/ticket/{ticket.id}/{token}",
                    "/my/tickets?filterby=all",
                    f"/my/tickets?filterby=all&collectivite={self.commune_b.id}",
                    f"/my/orders/{self.data_b['order'].id}",
                    "/my/timesheets",
                )
            ]
            texts += [
                self.post(url, data).text
                for url, data in (
                    ("/ticket/close", {"ticket_id": ticket.id, "stage_id": done.id}),
                    (f"/my/ticket/{ticket.id}/reopen", {"reason": "x"}),
                    (
                        f"/my/ticket/{ticket.id}/collectivite",
                        {"collectivite": self.commune_a.id},
                    ),
                )
            ]
            content = self.url_open(f"/web/content/{self.data_b['attachment'].id}")
            with self.subTest(user.login):
                for text in texts:
                    self.assertNotIn("Secret de Commune B", text)
                self.assertNotIn(b"contenu Commune B", content.content)
                self.assertFalse(ticket.closed)
                self.assertEqual(ticket.collectivite_id, self.commune_b)

    @mute_logger("odoo.http", "odoo.addons.mail.controllers.thread")
    def test_posting_with_the_token_of_a_mail(self):
        """The link of an old mail opens neither the page nor the discussion."""
        ticket = self.data_b["ticket"]
        token = ticket._portal_ensure_token()
        count = len(ticket.message_ids)
        for user, posted in ((self.user_a, 0), (self.user_former, 0), (self.user_b, 1)):
            self.login(user)
            self.make_jsonrpc_safe(
                "/mail/message/post",
                {
                    "thread_model": "helpdesk.ticket",
                    "thread_id": ticket.id,
                    "post_data": {
                        "body": "Intrus",
                        "message_type": "comment",
                        "subtype_xmlid": "mail.mt_comment",
                    },
                    "token": token,
                },
            )
            ticket.invalidate_recordset(["message_ids"])
            with self.subTest(user.login):
                self.assertEqual(len(ticket.message_ids) - count, posted)

    def make_jsonrpc_safe(self, route, params):
        return self.url_open(route, json={"params": params}).json()

    def test_visitor_is_asked_to_log_in(self):
        ticket = self.data_a["ticket"]
        token = ticket._portal_ensure_token()
        self.authenticate(None, None)
        response = self.url_open(f"/my/ticket/{ticket.id}?access_token={token}")
        self.assertIn("/web/login", response.url)
        self.assertNotIn(ticket.name, response.text)

    def test_files_of_mine_are_downloaded(self):
        self.login(self.user_a)
        page = self.url_open(f"/my/ticket/{self.data_a['ticket'].id}").text
        attachment = self.data_a["attachment"]
        self.assertIn(attachment.access_token, page)
        content = self.url_open(
            f"/web/content/{attachment.id}?access_token={attachment.access_token}"
        )
        self.assertEqual(content.content, b"contenu Commune A")
