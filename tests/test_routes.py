# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every route × {own, other's, unknown, NUL, absent, double}: never HTTP 500."""

from itertools import product
from urllib.parse import urlencode

from matrix_common import MatrixCase
from routes_common import RoutesMixin

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.cdg47_convention.tests.common import PASSWORD

# What an address or a form of ours may name.
FIELDS = (
    "collectivite", "prestation", "quantite", "precisions", "search", "sortby",
    "filterby", "annee", "date", "droit", "name", "email", "new_name", "new_email",
    "agent", "shown", "waiting", "motive", "reason", "subject", "description",
    "category", "attachment", "access_token", "date_end", "deliberation_number",
    "deliberation_date", "chorus_engagement", "theme", "agents", "half_days",
    "location_kind", "wished_dates", "ticket_id", "stage_id", "code", "page",
)  # fmt: skip
KINDS = ("own", "other", "unknown", "nul", "absent", "double")


@tagged("post_install", "-at_install")
class TestRoutes(RoutesMixin, MatrixCase, HttpCase):
    def typed(self, kind):
        of = self.ids(kind)
        values = {
            "nul": "\0\x1fx",
            "absent": None,
            "double": "1",
            "unknown": "999999999999",
        }
        typed = []
        for name in FIELDS:
            value = values.get(kind, str(of(name)))
            if value is not None:
                typed += [(name, value)] * (2 if kind == "double" else 1)
        return typed

    @mute_logger("odoo.http", "odoo.sql_db", "odoo.addons.mail.controllers.thread")
    def test_no_route_answers_500(self):
        rules = self.our_rules()
        # What is not of the portal is for staff too; a visitor is first asked to
        # sign in, whatever the address holds.
        staff = [rule for rule in rules if not rule[0].startswith("/my")]
        called = 0
        for user, asked, kinds in (
            (self.user_a, rules, KINDS),
            (self.user_manager, staff, KINDS),
            (None, rules, ("own", "nul")),
        ):
            self.sign_in(user)
            for (rule, methods, type_), kind in product(asked, kinds):
                for method in methods or ("GET", "POST"):
                    called += 1
                    with self.subTest(rule, kind=kind, method=method, user=user):
                        self.assertLess(self.call(rule, kind, method, type_), 500)
        self.assertGreater(called, 900)

    @mute_logger("odoo.http")
    def test_an_address_that_is_none(self):
        """Characters that nothing can bear are answered as any unknown page."""
        for user in (None, self.user_a, self.user_manager):
            self.sign_in(user)
            for path in ("/zzz%00", "/my/conventions/%00", "/my/forfait/1%00/bilan"):
                with self.subTest(path, user=user):
                    self.assertEqual(self.url_open(path).status_code, 404)

    def sign_in(self, user):
        if not user:
            self.authenticate(None, None)
        else:
            password = PASSWORD if user.share else user.login
            self.authenticate(user.login, password)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_nobody_reacts_to_a_discussion_that_is_not_theirs(self):
        messages = self.env["mail.message"]
        for sample in self.samples.values():
            record = sample.theirs[:1]
            if "message_ids" in record._fields:
                messages |= record.message_post(body="Note", message_type="comment")
        self.assertGreater(len(messages), 5)
        for person in ("agent", "secretary", "former", "nobody", "anonymous"):
            user = self.users[person]
            self.sign_in(None if person == "anonymous" else user)
            for message in messages:
                for path, asked in (
                    ("reaction", {"content": "👍", "action": "add"}),
                    ("update_content", {"update_data": {"body": "Changé"}}),
                ):
                    params = {"message_id": message.id, **asked}
                    self.url_open(f"/mail/message/{path}", json={"params": params})
        self.env.invalidate_all()
        self.assertFalse(messages.reaction_ids)
        self.assertNotIn("Changé", "".join(messages.mapped("body")))

    @mute_logger("odoo.http")
    def test_who_reads_a_discussion_may_react(self):
        """Negative control: what is refused above goes through for its reader."""
        order = self.samples["sale.order"].ours
        message = order.message_post(
            body="Réponse", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.sign_in(self.users["secretary"])
        params = {"message_id": message.id, "content": "👍", "action": "add"}
        self.url_open("/mail/message/reaction", json={"params": params})
        self.env.invalidate_all()
        self.assertTrue(message.reaction_ids)

    def call(self, rule, kind, method, kind_of_route):
        path = self.address(rule, kind)
        typed = self.typed(kind)
        if kind_of_route == "jsonrpc":
            response = self.url_open(path, json={"params": dict(typed)})
            name = response.json().get("error", {}).get("data", {}).get("name", "")
            return 500 if name.startswith(("psycopg2", "builtins")) else 200
        if method == "GET":
            return self.url_open(f"{path}?{urlencode(typed)}").status_code
        data = [("csrf_token", http.Request.csrf_token(self)), *typed]
        return self.url_open(path, data=data).status_code
