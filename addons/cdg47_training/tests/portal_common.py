# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Two communes, their secretaries, and short ways to browse."""

from datetime import datetime

from freezegun import freeze_time

from odoo import http
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from odoo.addons.cdg47_convention.tests.common import PASSWORD

from .common import TrainingCase


class PortalTrainingCase(TrainingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_member("Commune B")
        cls.other.lang = "en_US"
        cls.secretary = cls.portal_user("secretary_a", cls.commune)
        cls.stranger = cls.portal_user("secretary_b", cls.other)
        cls.shared = cls.portal_user("secretary_ab", cls.commune, cls.other)
        cls.plain_agent = cls.portal_user("agent_a", cls.commune, role="agent")

    @classmethod
    def portal_user(cls, login, *communes, role="secretary"):
        user = cls.new_contact(login, *communes, role=role)
        user.lang = "en_US"
        return user

    def login(self, user):
        self.authenticate(user.login, PASSWORD)

    def get(self, path, status=200):
        response = self.url_open(path)
        self.assertEqual(response.status_code, status, f"{path}: {response.url}")
        return response

    def post(self, path, status=200, **data):
        with mute_logger("odoo.http"):
            response = self.url_open(
                path, {"csrf_token": http.Request.csrf_token(self), **data}
            )
        self.assertEqual(response.status_code, status, path)
        return response

    def held(self, session, day=None):
        """Lock the sheets of a session, everybody present."""
        day = day or session._training_day()
        with freeze_time(datetime(day.year, day.month, day.day, 18)):
            for half_day in session.half_day_ids:
                lines = half_day._open_sheet()
                half_day._fill_sheet({line: ("present", None) for line in lines})
                half_day.action_lock()
