# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""g16, R20: a session shows what its page shows, whatever is asked of the server."""

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_common import PASSWORD, PortalTrainingCase

SECRET = "Secret du centre de gestion"
LINK = "https://classe.example.com/abc"


@tagged("post_install", "-at_install")
class TestPortalReads(PortalTrainingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nobody = cls.new_contact("personne_x")
        cls.course = cls.make_session(location_kind="remote", event_url=LINK)
        cls.course.half_day_ids.url = LINK
        cls.registration = cls.course._training_register(
            cls.commune, cls.plain_agent.partner_id, acceptance="portal"
        )
        cls.convention = cls.commune.convention_ids
        cls.closed = (
            cls.course,
            cls.registration,
            cls.convention,
            cls.commune,
            cls.env["cdg47.training.request"].create(
                {"name": "Paie", "collectivite_id": cls.commune.id}
            ),
        )
        cls.messages, cls.files = [], []
        for record in cls.closed:
            file = cls.env["ir.attachment"].create(
                {
                    "name": "interne.txt",
                    "raw": SECRET.encode(),
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )
            cls.files.append(file)
            for subtype in ("mail.mt_comment", "mail.mt_note"):
                cls.messages.append(
                    record.message_post(
                        body=SECRET,
                        subtype_xmlid=subtype,
                        message_type="comment",
                        attachment_ids=file.ids,
                    )
                )
            cls.messages.append(
                record.message_post(
                    body=SECRET, subtype_xmlid="mail.mt_note",
                    message_type="notification",
                )
            )  # fmt: skip
        cls.readers = (cls.nobody, cls.plain_agent, cls.secretary, cls.stranger)

    def ask(self, path, **params):
        """Ask a JSON route, as a browser does; return the answer as text."""
        with mute_logger("odoo.http"):
            return self.url_open(path, json={"params": params}).text

    def test_no_right_on_sessions(self):
        for user in self.readers:
            for record in (self.course, self.course.half_day_ids):
                model = record.with_user(user).browse()
                for name, args, kwargs in (
                    ("read", [record.ids, ["display_name"]], {}),
                    ("search_read", [[]], {"fields": ["id"]}),
                    ("search_count", [[("id", "in", record.ids)]], {}),
                    ("name_search", [""], {}),
                    ("export_data", [record.ids, ["id"]], {}),
                    ("formatted_read_group", [[]], {"aggregates": ["__count"]}),
                    ("web_search_read", [[], {"id": {}}], {}),
                ):  # fmt: skip
                    with (
                        self.subTest(user=user.login, model=record._name, name=name),
                        self.assertRaises(UserError),
                    ):
                        call_kw(model, name, args, kwargs)

    def test_nothing_by_the_fields_of_others(self):
        """Neither a domain nor a grouping of one's own records reads through."""
        registrations = self.env["event.registration"].with_user(self.secretary)
        for domain in (
            [("event_id.event_url", "=", LINK)],
            [("event_id.half_day_ids.url", "=", LINK)],
            [("event_id.message_ids.body", "ilike", SECRET)],
        ):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                registrations.search(domain)

    def test_neither_messages_nor_files(self):
        for user in self.readers:
            self.login(user)
            for record, file in zip(self.closed, self.files, strict=True):
                thread = {"thread_model": record._name, "thread_id": record.id}
                asked = (
                    ("/mail/thread/messages", thread),
                    ("/mail/chatter_fetch", thread),
                    (
                        "/mail/data",
                        {
                            "fetch_params": [
                                [
                                    "mail.thread",
                                    {
                                        **thread,
                                        "request_list": ["attachments", "followers"],
                                    },
                                ]
                            ]
                        },
                    ),
                )
                for path, params in asked:
                    with self.subTest(user=user.login, path=path, on=record._name):
                        text = self.ask(path, **params)
                        self.assertNotIn(SECRET, text)
                        self.assertNotIn("interne.txt", text)
                for path in (f"/web/content/{file.id}", f"/web/image/{file.id}"):
                    with self.subTest(user=user.login, path=path, on=record._name):
                        with mute_logger("odoo.http"):
                            answer = self.url_open(path)
                        self.assertNotIn(SECRET, answer.text)
                self.assertFalse(file.with_user(user).has_access("read"))
            for message in self.messages:
                with self.subTest(user=user.login, on=message.model):
                    self.assertFalse(message.with_user(user).has_access("read"))

    def test_neither_written_nor_followed(self):
        for record in self.closed:
            mine = record.with_user(self.secretary)
            partner = self.secretary.partner_id
            before = record.message_ids
            with self.subTest(on=record._name):
                for name, kwargs in (
                    ("message_post", {"body": "x"}),
                    ("message_subscribe", {"partner_ids": partner.ids}),
                ):
                    with self.assertRaises(AccessError):
                        call_kw(mine.browse(), name, [record.ids], kwargs)
                self.login(self.secretary)
                for path, params in (
                    ("/mail/message/post", {"post_data": {"body": "x"}}),
                    ("/mail/thread/subscribe", {"partner_ids": partner.ids}),
                ):
                    self.ask(
                        path,
                        thread_model=record._name,
                        thread_id=record.id,
                        **params,
                    )
                self.assertNotIn(partner, record.message_partner_ids)
                self.assertEqual(record.message_ids, before)

    def test_the_link_comes_with_the_convocation(self):
        path = f"/my/inscriptions/{self.registration.id}/agenda"
        for user in (self.plain_agent, self.secretary):
            self.login(user)
            self.assertNotIn(LINK, self.get(path).text)
            self.assertNotIn(LINK, self.get(f"/my/formations/{self.course.id}").text)
        self.registration.convoked_version = self.course.session_version
        for user in (self.plain_agent, self.secretary):
            self.login(user)
            self.assertIn(LINK, self.get(path).text)
        self.login(self.stranger)
        with mute_logger("odoo.http"):
            self.get(path, status=404)

    def test_who_acts_for_nobody_sees_no_session(self):
        self.login(self.nobody)
        self.assertNotIn(self.course.name, self.get("/my/formations").text)
        with mute_logger("odoo.http"):
            self.get(f"/my/formations/{self.course.id}", status=404)
        self.login(self.secretary)
        self.assertIn(self.course.name, self.get("/my/formations").text)

    def test_nobody_signs_up(self):
        self.assertEqual(self.env["res.users"]._get_signup_invitation_scope(), "b2b")
        self.authenticate(None, None)
        with mute_logger("odoo.http"):
            self.url_open(
                "/web/signup",
                {
                    "csrf_token": http.Request.csrf_token(self),
                    "login": "inconnu@example.com",
                    "name": "Inconnu",
                    "password": PASSWORD,
                    "confirm_password": PASSWORD,
                },
            )
        self.assertFalse(
            self.env["res.users"].search([("login", "=", "inconnu@example.com")])
        )
