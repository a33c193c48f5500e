# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date, timedelta

from odoo import http
from odoo.tests import HttpCase, tagged

from ..lib.dates import today_in_paris
from .common import SIGNATURE, ConventionMixin


@tagged("post_install", "-at_install")
class TestPortalSignature(ConventionMixin, HttpCase):
    """The quotation of a convention, read, completed, signed and refused by the web."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_convention()
        cls.commune = cls.make_commune(1234)
        cls.mayor = cls.make_signatory(cls.commune)
        cls.secretary = cls.make_contact()
        cls.make_mandate(cls.secretary, cls.commune)
        cls.neighbour = cls.make_signatory(cls.make_commune(80))
        cls.make_portal_user(cls.mayor, "le_maire")
        cls.make_portal_user(cls.secretary, "secretaire")
        cls.make_portal_user(cls.neighbour, "le_voisin")
        cls.convention = cls.make_convention(cls.commune, cls.metiers + cls.techno)
        cls.order = cls.convention.pending_order_id
        cls.convention.action_send()
        cls.token = cls.order._portal_ensure_token()

    # === Requests ===
    def accept(self, order=None, token=None, name="Maire"):
        order = order or self.order
        return self.make_jsonrpc_request(
            f"/my/orders/{order.id}/accept",
            {
                "access_token": token,
                "name": name,
                "signature": SIGNATURE.decode(),
            },
        )

    def post(self, path, **values):
        values["csrf_token"] = http.Request.csrf_token(self)
        return self.url_open(path, data=values, allow_redirects=True)

    def complete(self, order=None, **values):
        order = order or self.order
        return self.post(f"/my/orders/{order.id}/convention_information", **values)

    def page(self, token=None):
        query = f"?access_token={token}" if token else ""
        return self.url_open(f"/my/orders/{self.order.id}{query}").text

    # === Who signs ===
    def test_a_signatory_signs(self):
        self.authenticate("le_maire", "le_maire")
        self.assertIn("#modalaccept", self.page())
        result = self.accept()
        self.assertTrue(result.get("force_refresh"), result)
        self.assertEqual(self.order.state, "sale")
        self.assertEqual(self.order.signed_by, "Maire")
        self.assertEqual(self.convention.state, "active")
        self.assertEqual(self.convention.signature_kind, "portal")
        self.assertTrue(self.convention.signature)

    def test_the_name_defaults_to_the_signatory(self):
        self.authenticate("le_maire", "le_maire")
        self.accept(name=None)
        self.assertEqual(self.order.signed_by, "Maire")

    def test_a_secretary_does_not_sign(self):
        self.authenticate("secretaire", "secretaire")
        page = self.page()
        self.assertNotIn('data-bs-target="#modalaccept"', page)
        self.assertNotIn('data-bs-target="#modaldecline"', page)
        self.assertIn('id="cdg47_refusal"', page)
        self.assertIn(self.mayor.name, page)
        self.assert_refused(self.accept())

    def test_a_secretary_does_not_sign_with_the_token_either(self):
        self.authenticate("secretaire", "secretaire")
        self.assert_refused(self.accept(token=self.token))

    def test_a_token_alone_does_not_sign(self):
        self.authenticate(None, None)
        self.assertNotIn('data-bs-target="#modalaccept"', self.page(self.token))
        self.assert_not_signed(self.accept(token=self.token))

    def test_a_manager_of_the_cdg_does_not_sign(self):
        self.authenticate("cdg47_manager", "cdg47_manager")
        self.assert_refused(self.accept())

    def test_the_signatory_of_a_neighbour_does_not_sign(self):
        self.authenticate("le_voisin", "le_voisin")
        self.assertTrue(self.accept().get("error"))
        self.assert_not_signed(self.accept(token=self.token))

    def test_a_mandate_that_ended_does_not_sign(self):
        mandate = self.mayor.own_mandate_ids
        mandate.date_end = today_in_paris() - timedelta(days=1)
        self.authenticate("le_maire", "le_maire")
        self.assert_not_signed(self.accept(token=self.token))

    def test_the_signatory_of_the_mother_signs_for_its_annexed_budget(self):
        annexe = self.make_annexe(self.commune)
        convention = self.make_convention(annexe, self.metiers)
        convention.signatory_id = self.mayor
        convention.action_send()
        order = convention.pending_order_id
        self.authenticate("secretaire", "secretaire")
        self.assertTrue(self.accept(order).get("error"))
        self.authenticate("le_maire", "le_maire")
        self.accept(order)
        self.assertEqual(convention.state, "active")

    def assert_refused(self, result):
        self.assertIn(self.commune.name, result.get("error", ""))
        self.assert_not_signed(result)

    def assert_not_signed(self, result):
        """Refused; who has no mandate is not even told whose quotation it is."""
        self.assertTrue(result.get("error"))
        self.assertEqual(self.order.state, "sent")
        self.assertFalse(self.order.signature)
        self.assertEqual(self.convention.state, "sent")

    def test_an_ordinary_quotation_is_still_signed_with_its_token(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.make_contact("Client").id,
                "require_signature": True,
                "require_payment": False,
                "order_line": [
                    (0, 0, {"name": "Other", "product_id": self.any_product().id})
                ],
            }
        )
        order.action_quotation_sent()
        self.authenticate(None, None)
        self.accept(order, token=order._portal_ensure_token(), name="Client")
        self.assertEqual(order.state, "sale")

    def any_product(self):
        return self.env["product.product"].create({"name": "Other", "list_price": 10})

    # === What prevents signing ===
    def test_no_signature_without_a_deliberation(self):
        self.convention.write({"deliberation_number": False})
        self.authenticate("le_maire", "le_maire")
        page = self.page()
        self.assertNotIn('data-bs-target="#modalaccept"', page)
        self.assertIn('data-bs-target="#modaldecline"', page)
        result = self.accept()
        self.assertTrue(result["error"])
        self.assertEqual(self.order.state, "sent")

        self.company.cdg47_deliberation_required = False
        self.assertNotIn("deliberation_number", self.page())
        self.accept()
        self.assertEqual(self.order.state, "sale")

    def test_an_error_of_the_signature_undoes_it_whole(self):
        """Another convention in force: its sentence, and nothing half-signed."""
        twin = self.make_convention(self.commune, self.metiers)
        self.sign(twin)
        self.authenticate("le_maire", "le_maire")
        result = self.accept()
        self.assertIn(twin.name, result["error"])
        self.assertEqual(self.order.state, "sent")
        self.assertFalse(self.order.signature)

    # === Refusal ===
    def decline(self, token=None):
        query = f"?access_token={token}" if token else ""
        return self.post(
            f"/my/orders/{self.order.id}/decline{query}", decline_message="No"
        )

    def test_a_signatory_refuses(self):
        self.authenticate("le_maire", "le_maire")
        self.decline()
        self.assertEqual(self.order.state, "cancel")
        self.assertEqual(self.convention.state, "draft")

    def test_others_do_not_refuse(self):
        self.authenticate("secretaire", "secretaire")
        self.assertIn("alert-danger", self.decline().text)
        self.authenticate(None, None)
        self.decline(self.token)
        self.assertEqual(self.order.state, "sent")

    def test_reading_changes_nothing(self):
        self.authenticate("le_maire", "le_maire")
        for path in ("accept", "decline", "convention_information"):
            self.url_open(f"/my/orders/{self.order.id}/{path}")
        self.assertEqual(self.order.state, "sent")
        self.assertFalse(self.order.chorus_engagement)

    # === Information to complete ===
    def test_a_secretary_completes(self):
        self.convention.write(
            {"deliberation_number": False, "deliberation_date": False}
        )
        self.commune.chorus_requirement = "both"
        self.authenticate("secretaire", "secretaire")
        page = self.page()
        self.assertIn('for="cdg47_deliberation_number"', page)
        self.assertIn('aria-describedby="cdg47_chorus_help"', page)
        response = self.complete(
            deliberation_number=" 2026-57 ",
            deliberation_date="2026-01-15",
            chorus_service_code="SVC",
            chorus_engagement="ENG-1",
        )
        self.assertIn("alert-success", response.text)
        self.assertEqual(self.convention.deliberation_number, "2026-57")
        self.assertEqual(self.convention.deliberation_date, date(2026, 1, 15))
        self.assertEqual(self.order.chorus_service_code, "SVC")
        self.assertEqual(self.order.chorus_engagement, "ENG-1")

    def test_only_the_named_fields_are_written(self):
        self.authenticate("secretaire", "secretaire")
        self.complete(
            deliberation_number="1", state="sale", amount_total="0", user_id="1"
        )
        self.assertEqual(self.order.state, "sent")

    def test_bad_input_is_told_and_kept_in_the_form(self):
        self.authenticate("secretaire", "secretaire")
        tomorrow = (today_in_paris() + timedelta(days=2)).isoformat()
        for typed in (
            {"deliberation_date": "yesterday"},
            {"deliberation_date": "2026-02-30"},
            {"deliberation_date": tomorrow},
            {"deliberation_number": "9" * 51},
            {"chorus_engagement": "9" * 51},
            {"chorus_service_code": "9" * 101},
        ):
            with self.subTest(typed=typed):
                response = self.complete(**typed)
                self.assertEqual(response.status_code, 200)
                self.assertIn('id="cdg47_information_error"', response.text)
                self.assertIn(next(iter(typed.values())), response.text)
        self.assertEqual(self.convention.deliberation_number, "2026-41")

    def test_an_address_writes_nothing_on_the_page(self):
        """A link sent by anybody neither speaks in our name nor breaks the page."""
        self.authenticate("secretaire", "secretaire")
        for name in ("cdg47_refused", "cdg47_error", "cdg47_typed", "order_sudo"):
            with self.subTest(name=name):
                page = self.url_open(f"/my/orders/{self.order.id}?{name}=Trompeur")
                self.assertEqual(page.status_code, 200)
                self.assertIn('id="cdg47_information"', page.text)
                self.assertNotIn('id="cdg47_information_error"', page.text)

    def test_a_date_is_read_as_it_is_written_in_france(self):
        self.authenticate("secretaire", "secretaire")
        self.complete(deliberation_number="12", deliberation_date="03/02/2026")
        self.assertEqual(self.convention.deliberation_date, date(2026, 2, 3))

    def test_others_complete_nothing(self):
        agent = self.make_contact("Agent")
        self.make_mandate(agent, self.commune, "agent")
        self.make_portal_user(agent, "un_agent")
        for login in ("un_agent", "le_voisin", "cdg47_manager", None):
            with self.subTest(login=login):
                self.authenticate(login, login)
                self.assertNotIn('id="cdg47_information"', self.page(self.token))
                self.complete(deliberation_number="0", chorus_engagement="X")
        self.assertEqual(self.convention.deliberation_number, "2026-41")
        self.assertFalse(self.order.chorus_engagement)

    def test_nothing_is_completed_once_signed(self):
        self.authenticate("le_maire", "le_maire")
        self.accept()
        self.complete(deliberation_number="0", chorus_engagement="X")
        self.assertEqual(self.convention.deliberation_number, "2026-41")
        self.assertFalse(self.order.chorus_engagement)

    # === Amendments ===
    def test_an_amendment_is_signed_the_same_way(self):
        self.authenticate("le_maire", "le_maire")
        self.accept()
        amendment = self.amend(self.convention, self.parapheur, date(2027, 3, 1))
        self.convention.action_send()
        self.authenticate("secretaire", "secretaire")
        self.assertTrue(self.accept(amendment).get("error"))
        self.authenticate("le_maire", "le_maire")
        self.accept(amendment)
        self.assertEqual(amendment.state, "sale")
        self.assertIn(self.parapheur, self.convention.option_ids)

    # === Deliberation ===
    def deliberation(self):
        return self.url_open(f"/my/conventions/{self.convention.id}/deliberation")

    def test_the_model_deliberation_is_downloaded_by_its_readers(self):
        for login in ("le_maire", "secretaire", "cdg47_user"):
            with self.subTest(login=login):
                self.authenticate(login, login)
                response = self.deliberation()
                self.assertEqual(response.headers["Content-Type"], "application/pdf")
                self.assertIn(self.convention.name, response.text)

    def test_the_model_deliberation_is_not_for_others(self):
        self.authenticate("le_voisin", "le_voisin")
        response = self.deliberation()
        self.assertTrue(response.url.endswith("/my"), response.url)
        self.assertNotIn(self.convention.name, response.text)
        self.authenticate(None, None)
        self.assertIn("/web/login", self.deliberation().url)
