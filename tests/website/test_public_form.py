# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The public form of Odoo's website, on the sessions of trainings (R13).

Runs on a database that has ``website_event`` besides, which we do not depend on:
`make test` makes it.
"""

from odoo import http
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.cdg47_training.tests.portal_common import (
    PASSWORD,
    PortalTrainingCase,
)


@tagged("post_install", "-at_install")
class TestPublicForm(PortalTrainingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.training = cls.make_session()
        cls.ordinary = cls.env["event.event"].create(
            {
                "name": "Cérémonie des vœux",
                "date_begin": f"{cls.year}-01-10 08:00:00",
                "date_end": f"{cls.year}-01-10 12:00:00",
                "event_mail_ids": [Command.clear()],
            }
        )
        # The most open that a session may be made by mistake.
        cls.training.question_ids = cls.ordinary.question_ids
        (cls.training | cls.ordinary).website_published = True

    def confirm(self, event):
        """Send the form as a visitor does; return the answer."""
        names = [
            f"1-{question.question_type}-{question.id}"
            for question in event.question_ids
        ]
        with mute_logger("odoo.http", "odoo.sql_db"):
            return self.url_open(
                f"/event/{event.id}/registration/confirm",
                {
                    "csrf_token": http.Request.csrf_token(self),
                    "1-event_ticket_id": "0",
                    **dict.fromkeys(names, "visiteur@example.com"),
                },
            )

    def test_an_ordinary_event_still_registers(self):
        self.authenticate(None, None)
        self.assertEqual(self.confirm(self.ordinary).status_code, 200)
        self.assertEqual(len(self.ordinary.registration_ids), 1)
        self.assertEqual(self.ordinary.registration_ids.state, "open")

    def test_a_session_never_does(self):
        """52: neither a visitor, nor who may register by the portal."""
        for user in (None, self.secretary, self.plain_agent):
            with self.subTest(user=user and user.login):
                self.authenticate(user and user.login, PASSWORD)
                response = self.confirm(self.training)
                self.assertNotEqual(response.status_code, 500)
                self.assertFalse(self.training.registration_ids)
                self.assertEqual(self.left(self.commune), 2)

    def test_a_visitor_reads_no_session(self):
        """A session that nobody published on the website is no page there."""
        self.training.website_published = False
        self.authenticate(None, None)
        with mute_logger("odoo.http"):
            for path in ("", "/register", "/ics"):
                response = self.url_open(f"/event/{self.training.id}{path}")
                self.assertIn(response.status_code, (403, 404), path)
                self.assertNotIn(self.training.name, response.text)
