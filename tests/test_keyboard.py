# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""RGAA 12.8, WCAG 2.1.1: ask, register, cancel and sign without a mouse."""

from datetime import timedelta

from keyboard_common import KeyboardMixin
from matrix_common import MatrixCase

from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestKeyboard(KeyboardMixin, MatrixCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secretary = cls.person("secretary_k", "secretary")
        cls.signatory = cls.person("signatory_k", "signatory")

    @classmethod
    def person(cls, login, role):
        user = new_test_user(cls.env, login, groups="base.group_portal")
        cls.make_mandate(user.partner_id, cls.commune_a, role)
        return user

    def test_ask_for_help(self):
        with self.keyboard(self.secretary, "/new/ticket") as keys:
            keys.choose("#collectivite", self.commune_a.name)
            keys.activate("input[type=radio][name=category]", "Space")
            keys.type("#subject", "Imprimante en panne")
            keys.type("#request_description", "Plus rien ne sort.")
            keys.activate("form[action='/submitted/ticket'] button[type=submit]")
            keys.wait("document.querySelector('.alert-success')")
        ticket = self.env["helpdesk.ticket"].search([], order="id desc", limit=1)
        self.assertEqual(ticket.name, "Imprimante en panne")
        self.assertEqual(ticket.collectivite_id, self.commune_a)

    def test_register_an_agent_then_cancel(self):
        session = self.make_session(days=[self.today + timedelta(days=40)])
        path = f"/my/formations/{session.id}"
        with self.keyboard(self.secretary, path) as keys:
            keys.activate("button[type=submit].btn-primary")
            keys.wait("document.querySelector('form[action$=\"/inscription\"]')")
            keys.activate("input[type=checkbox][name=agent]", "Space")
            keys.activate("form[action$='/inscription'] button[type=submit]")
            keys.wait("location.pathname.endsWith('/my/inscriptions')")
            self.env.invalidate_all()
            registration = self.env["event.registration"].search(
                [("event_id", "=", session.id)]
            )
            self.assertEqual(len(registration), 1)
            keys.activate(f"a[href*='/my/inscriptions/{registration.id}']")
            keys.wait(f"location.pathname.endsWith('/{registration.id}')")
            keys.activate("form[action$='/annuler'] button[type=submit]")
            keys.wait("!document.querySelector('form[action$=\"/annuler\"]')")
        self.assertEqual(registration.state, "cancel")

    def test_sign_a_quotation(self):
        order = self.data_a["sent_order"]
        with self.keyboard(self.signatory, f"/my/orders/{order.id}") as keys:
            keys.activate("a[data-bs-target='#modalaccept']")
            keys.wait("document.querySelector('#modalaccept.show')")
            keys.wait("document.querySelector('.o_portal_sign_submit:not([disabled])')")
            keys.activate(".o_portal_sign_submit")
            keys.wait("location.search.includes('sign_ok')")
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.signed_by, self.signatory.name)
