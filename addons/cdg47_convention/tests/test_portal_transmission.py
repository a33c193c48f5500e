# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A secretary sends to the mayor what only the mayor signs."""

from datetime import timedelta

from lxml import html

from odoo import http
from odoo.tests import HttpCase, tagged

from ..lib.dates import today_in_paris
from .common import PASSWORD, ConventionMixin
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestTransmission(PortalCase, HttpCase):
    in_english = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.data_a["sent_order"]
        cls.mayor = cls.make_signatory(cls.commune_a, lang="en_US")
        cls.known_activities = cls.order.convention_id.activity_ids

    def setUp(self):
        super().setUp()
        self.authenticate(self.user_a.login, PASSWORD)

    def new_activities(self):
        return self.order.convention_id.activity_ids - self.known_activities

    def post(self, order=None, way="transmettre", **typed):
        typed["csrf_token"] = http.Request.csrf_token(self)
        order = order or self.order
        return self.url_open(f"/my/orders/{order.id}/{way}", data=typed)

    def page(self, path=None):
        answer = self.url_open(path or f"/my/orders/{self.order.id}")
        self.assertEqual(answer.status_code, 200)
        return html.fromstring(answer.text)

    def section(self, page):
        return page.xpath("//section[@id='cdg47_transmission']")[0]

    def sent(self, order=None):
        """Return the messages by which the mayor was written to."""
        self.env.invalidate_all()
        return (order or self.order).message_ids.filtered(
            lambda message: self.mayor in message.notified_partner_ids
        )

    @staticmethod
    def text(node):
        return " ".join(node.text_content().split())

    # === What is sent ===
    def test_one_click_sends_the_link_and_the_word(self):
        self.assertIn(self.mayor.name, self.text(self.section(self.page())))
        before = self.sent()
        answer = self.post(word="Before Friday,\n<b>please</b>")
        message = self.sent() - before
        self.assertEqual(len(message), 1)
        self.assertEqual(message.author_id, self.user_a.partner_id)
        self.assertIn(message, self.order.website_message_ids)
        self.assertIn(f"/my/orders/{self.order.id}", message.body)
        self.assertIn("Before Friday,<br>&lt;b&gt;please", message.body)
        self.assertIn(self.commune_a.name, message.subject)
        self.assertEqual(self.order.cdg47_transmitted_on, today_in_paris())
        section = self.text(self.section(html.fromstring(answer.text)))
        self.assertIn("Transmitted on", section)
        self.assertIn(str(today_in_paris().year), section)
        self.assertIn("already transmitted today", section)

    def test_the_word_is_not_required(self):
        before = self.sent()
        self.post()
        self.assertNotIn("<blockquote", (self.sent() - before).body)

    def test_a_convention_is_sent_too(self):
        commune = self._new_commune("Commune C", 300)
        self.make_mandate(self.user_a.partner_id, commune)
        self.mayor = self.make_signatory(commune, lang="en_US")
        convention = self._new_convention(commune, signed=False)
        self.post(convention.pending_order_id)
        message = self.sent(convention.pending_order_id)
        self.assertIn(convention.name, message.subject)
        self.assertIn(convention.name, message.body)

    def test_once_a_day_at_most(self):
        before = self.sent()
        self.post()
        answer = self.post()
        self.assertIn("already transmitted today", answer.text)
        self.assertEqual(len(self.sent() - before), 1)
        self.order.cdg47_transmitted_on = today_in_paris() - timedelta(days=1)
        self.env.flush_all()
        self.post()
        self.assertEqual(len(self.sent() - before), 2)

    def test_who_the_convention_names_comes_first(self):
        second = self.make_signatory(self.commune_a)
        self.order.convention_id.signatory_id = second
        self.post()
        self.assertFalse(self.sent())
        self.assertIn(second, self.order.message_ids.notified_partner_ids)

    def test_a_former_mayor_is_not_written_to(self):
        former = self.make_signatory(self.commune_a)
        self.order.convention_id.signatory_id = former
        former.own_mandate_ids.date_end = today_in_paris() - timedelta(days=1)
        self.post()
        self.assertTrue(self.sent())
        self.assertNotIn(former, self.order.message_ids.notified_partner_ids)

    # === Who sends, and what ===
    def test_others_send_nothing(self):
        agent = self.new_contact("agent_a", self.commune_a, role="agent")
        signatory = self.make_portal_user(self.mayor, "mayor_a")
        logins = [
            (agent.login, PASSWORD),
            (self.user_b.login, PASSWORD),
            (self.user_former.login, PASSWORD),
            (signatory.login, signatory.login),
            ("cdg47_manager", "cdg47_manager"),
            (None, None),
        ]
        for login, password in logins:
            with self.subTest(login=login):
                self.authenticate(login, password)
                page = self.url_open(f"/my/orders/{self.order.id}").text
                self.assertNotIn("cdg47_transmission", page)
                self.post(word="Trompeur")
                self.post(way="signataire", name="Trompeur", email="t@example.com")
        self.assertFalse(self.sent())
        self.assertFalse(self.order.cdg47_transmitted_on)
        self.assertFalse(self.new_activities())

    def test_only_what_is_to_be_signed(self):
        for order in (self.data_a["order"], self.data_a["draft_order"]):
            with self.subTest(state=order.state):
                self.post(order)
                self.assertFalse(self.sent(order))

    def test_reading_sends_nothing(self):
        for way in ("transmettre", "signataire"):
            self.url_open(f"/my/orders/{self.order.id}/{way}?word=Trompeur")
        self.page(f"/my/orders/{self.order.id}?cdg47_not_handed=Trompeur")
        self.assertFalse(self.sent())

    def test_too_long_a_word_is_told_and_kept(self):
        answer = self.post(word="mot " * 300)
        self.assertFalse(self.sent())
        page = html.fromstring(answer.text)
        self.assertTrue(page.xpath("//div[@id='cdg47_transmission_error']"))
        field = page.xpath("//textarea[@name='word']")[0]
        self.assertIn("mot mot", field.text)
        self.assertEqual(field.get("aria-describedby"), "cdg47_transmission_error")

    # === Nobody to send it to ===
    def test_who_signs_is_told_to_the_centre(self):
        self.mayor.email = False
        page = self.page()
        self.assertFalse(page.xpath("//form[contains(@action, '/transmettre')]"))
        self.assertIn("Nobody with an e-mail", self.text(self.section(page)))
        self.post()
        self.assertFalse(self.order.cdg47_transmitted_on)
        for typed in ({}, {"name": "Zoé"}, {"name": "Zoé", "email": "zoe"}):
            with self.subTest(typed=typed):
                answer = self.post(way="signataire", **typed)
                self.assertIn('id="cdg47_transmission_error"', answer.text)
        self.assertFalse(self.new_activities())
        for _twice in range(2):
            answer = self.post(
                way="signataire", name="Zoé <b>Roy</b>", email="zoe@example.com"
            )
        self.assertIn("The centre de gestion is told", answer.text)
        activity = self.new_activities()
        self.assertEqual(len(activity), 1)
        self.assertIn("zoe@example.com", activity.note)
        self.assertNotIn("<b>", activity.note)
        # Nobody signs by a form: the mandate stays the centre's to record.
        self.assertEqual(self.commune_a._cdg47_signatories(), self.mayor)

    # === Home ===
    def test_the_home_sends_in_one_click(self):
        action = f"/my/orders/{self.order.id}/transmettre"
        self.assertTrue(self.page("/my").xpath(f"//form[@action='{action}']"))
        self.post()
        page = self.page("/my")
        self.assertFalse(page.xpath(f"//form[@action='{action}']"))
        card = page.xpath("//span[contains(@class, 'o_cdg47_transmitted')]")
        self.assertIn(str(today_in_paris().year), self.text(card[0]))

    def test_who_signs_is_not_offered_to_send(self):
        self.make_portal_user(self.mayor, "mayor_a")
        self.authenticate("mayor_a", "mayor_a")
        self.assertFalse(self.page("/my").xpath("//form[contains(@action, 'transm')]"))
        self.authenticate(self.user_a.login, PASSWORD)
        self.mayor.email = False
        self.assertFalse(self.page("/my").xpath("//form[contains(@action, 'transm')]"))


@tagged("post_install", "-at_install")
class TestTransmissionWords(ConventionMixin, HttpCase):
    def test_the_mail_is_in_the_language_of_who_signs(self):
        self._set_up_convention()
        commune = self.make_commune(1234)
        mayor = self.make_signatory(commune, lang="fr_FR")
        secretary = self.make_contact(lang="fr_FR")
        self.make_mandate(secretary, commune)
        self.make_portal_user(secretary, "secretaire")
        convention = self.make_convention(commune, self.metiers)
        convention.signatory_id = mayor
        convention.action_send()
        order = convention.pending_order_id
        self.authenticate("secretaire", "secretaire")
        self.url_open(
            f"/my/orders/{order.id}/transmettre",
            data={"csrf_token": http.Request.csrf_token(self)},
        )
        self.env.invalidate_all()
        self.assertTrue(order.cdg47_transmitted_on)
        body = order.message_ids[:1].body
        self.assertIn("Lire et signer", body)
        self.assertNotIn("You sign", body)
