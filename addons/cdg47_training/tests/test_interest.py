# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""« Prévenez-moi »: who is told of a session, once, by its theme."""

from odoo.fields import Command
from odoo.tests import tagged

from .portal_common import PortalTrainingCase


@tagged("post_install", "-at_install")
class TestInterest(PortalTrainingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.budget = cls.env.ref("cdg47_training.theme_budget")
        cls.payroll = cls.env.ref("cdg47_training.theme_payroll")
        cls.contact = cls.secretary.partner_id

    def wish(self, name=False, theme=None, commune=None):
        return self.env["cdg47.training.interest"].create(
            {
                **({"name": name} if name else {}),
                "theme_id": theme and theme.id,
                "collectivite_id": (commune or self.commune).id,
                "contact_id": self.contact.id,
            }
        )

    def open_session(self, name, theme=None, **values):
        themes = [Command.set(theme.ids)] if theme else []
        return self.make_session(name=name, tag_ids=themes, **values)

    def told(self, session):
        return self.mails_of(*session).filtered(lambda m: "opens" in m.subject)

    def test_told_once_of_its_theme(self):
        interest = self.wish(theme=self.budget)
        self.assertEqual(interest.name, self.budget.name)
        self.open_session("Gestion de la paie", self.payroll)
        self.assertFalse(interest.notified_on)
        session = self.open_session("Préparer l'année", self.budget)
        self.assertTrue(interest.notified_on)
        self.assertEqual(self.told(session).recipient_ids, self.contact)
        self.assertFalse(self.told(self.open_session("Une autre", self.budget)))

    def test_false_friends(self):
        """The same words without the same theme bring nothing together."""
        interests = self.wish("Budget communal", self.budget) | self.wish(
            "Budget de la formation des élus"
        )
        session = self.open_session("Paie : budget de la masse salariale", self.payroll)
        unsorted = self.open_session("Préparer son budget")
        self.assertFalse(any(interests.mapped("notified_on")))
        self.assertFalse(self.told(session | unsorted))
        # The theme given afterwards, on either side, is told at once.
        unsorted.tag_ids = self.budget
        self.assertEqual(
            [bool(interest.notified_on) for interest in interests], [True, False]
        )
        interests[1].with_user(self.organiser).theme_id = self.payroll
        self.assertTrue(interests[1].notified_on)
        self.assertEqual(len(self.told(session)), 1)

    def test_only_who_may_register(self):
        without = self.make_member("Sans éditeur", editor=self.other_editor)
        kept_out = self.wish(theme=self.budget, commune=without)
        self.open_session("Budget", self.budget)
        self.assertFalse(kept_out.notified_on)
        self.open_session("Atelier budget", self.budget, kind="workshop")
        self.assertTrue(kept_out.notified_on)

    def test_nothing_is_told_of_a_draft(self):
        interest = self.wish(theme=self.budget)
        session = self.open_session("Budget", publish=False)
        session.tag_ids = self.budget
        self.assertFalse(interest.notified_on)
        session.action_publish()
        self.assertTrue(interest.notified_on)

    def test_asked_in_the_portal(self):
        session = self.open_session("Préparer son budget", self.budget)
        self.login(self.secretary)
        path = "/my/formations/interets/nouveau"
        asked = {"collectivite": self.commune.id, "agents": "2"}
        self.assertIn("Choose a theme", self.post(path, **asked).text)
        page = self.post(path, theme=self.budget.id, **asked)
        self.assertIn(f'href="/my/formations/{session.id}"', page.text)
        stranger = self.env["event.tag"].create(
            {
                "name": "Interne",
                "category_id": self.env["event.tag.category"]
                .create({"name": "Interne"})
                .id,
            }
        )
        self.assertNotIn("Interne", page.text)
        self.post(path, theme=stranger.id, name="Autre sujet", **asked)
        interests = self.env["cdg47.training.interest"].search(
            [("collectivite_id", "=", self.commune.id)], order="id"
        )
        self.assertEqual(interests.mapped("name"), [self.budget.name, "Autre sujet"])
        self.assertEqual(interests.theme_id, self.budget)
        self.assertEqual(interests.mapped("agents"), [2, 2])
