# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""In the portal: asking for a service, choosing lines, reading why (R7, R10, R13)."""

from io import BytesIO
from urllib.parse import parse_qs, urlsplit

from lxml import html
from pypdf import PdfReader

from odoo import http
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..lib.dates import today_in_paris
from .common import SIGNATURE, ConventionMixin
from .ledger_common import LedgerMixin

PAGE = "/my/demandes/prestation"


class PortalServicesCase(LedgerMixin, ConventionMixin, HttpCase):
    """A commune with both forfaits, its mayor and its secretary; its neighbour."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "fr_FR"})
        cls._set_up_convention()
        cls.year = today_in_paris().year
        cls.convention = cls.make_convention_since(f"{cls.year}-01-01")
        cls.commune = cls.convention.partner_id
        cls.mayor = cls.make_signatory(cls.commune)
        cls.secretary = cls.make_contact()
        cls.make_mandate(cls.secretary, cls.commune)
        cls.other = cls.make_convention_since(f"{cls.year}-01-01")
        cls.neighbour = cls.make_signatory(cls.other.partner_id)
        for contact, login in (
            (cls.mayor, "le_maire"),
            (cls.secretary, "secretaire"),
            (cls.neighbour, "le_voisin"),
        ):
            cls.make_portal_user(contact, login)

    def post(self, path, login=None, **values):
        if login:
            self.authenticate(login, login)
        values["csrf_token"] = http.Request.csrf_token(self)
        return self.url_open(path, data=values)

    def quote(self, *lines, convention=None):
        order = (convention or self.convention)._quote_services(
            [
                {
                    "product_id": self.service(code),
                    "quantity": quantity,
                    "kind": "supplement",
                }
                for code, quantity in lines
            ]
        )
        order.action_quotation_sent()
        return order


@tagged("post_install", "-at_install")
class TestAskForAService(PortalServicesCase):
    def ask(self, code="CERT", login="secretaire", **values):
        return self.post(
            PAGE,
            login,
            **{
                "collectivite": str(self.commune.id),
                "prestation": str(self.service(code).id),
                "quantite": "2",
                "precisions": "Pour la nouvelle adjointe",
                **values,
            },
        )

    @property
    def orders(self):
        self.env.invalidate_all()
        return self.convention.order_ids

    def test_the_form(self):
        self.authenticate("secretaire", "secretaire")
        page = html.fromstring(self.url_open(PAGE).text)
        self.assertEqual(len(page.xpath("//h1")), 1)
        for field in page.xpath(
            "//form[@id='cdg47_service_request']"
            "//*[self::select or self::textarea or self::input[not(@type='hidden')]]"
        ):
            self.assertTrue(page.xpath(f"//label[@for='{field.get('id')}']"))
        options = " ".join(page.xpath("//select[@id='prestation']//option//text()"))
        self.assertIn("180,00", options)
        self.assertIn("sur devis, après étude", options)

    def test_a_draft_an_activity_and_a_mail(self):
        """One certificate is in the forfait: two asked for, one quoted."""
        page = self.ask()
        order = self.orders
        self.assertRecordValues(
            order,
            [
                {
                    "state": "draft",
                    "convention_id": self.convention.id,
                    "cdg47_requested_by_id": self.secretary.id,
                    "cdg47_request": "Pour la nouvelle adjointe",
                    "amount_total": 180,
                }
            ],
        )
        self.assertEqual(order.order_line.cdg47_kind, "supplement")
        self.assertIn("nouvelle adjointe", order.activity_ids.note)
        self.assertTrue(order.activity_ids.user_id.has_group("base.group_user"))
        mail = self.env["mail.mail"].search(
            [("model", "=", "sale.order"), ("res_id", "=", order.id)]
        )
        self.assertEqual(mail.recipient_ids, self.secretary)
        self.assertIn("180,00", mail.body_html)
        self.assertIn(order.name, page.text)
        self.assertIn("En cours d’étude", page.text)

    def test_twice_is_once(self):
        self.ask()
        self.ask()
        self.assertEqual(len(self.orders), 1)
        self.ask(quantite="4")
        self.assertEqual(len(self.orders), 2)

    def test_half_a_day_with_a_comma(self):
        self.ask("INTERV-SI", quantite="0,5")
        self.assertEqual(self.orders.amount_total, 190)

    def test_what_the_forfait_covers_is_not_quoted(self):
        page = self.ask(quantite="1")
        self.assertFalse(self.orders)
        self.assertIn("rien à payer", page.text)
        self.assertTrue(self.convention.activity_ids)

    def test_after_a_study(self):
        page = self.ask("SECU-NOUVELLE", quantite="1")
        self.assertEqual(self.orders.amount_total, 0)
        self.assertIn("après étude", page.text)

    def test_bad_input_is_said_and_kept(self):
        for quantity in ("", "0", "-1", "beaucoup", "1001", "nan", "1e400"):
            with self.subTest(quantity):
                page = self.ask(quantite=quantity)
                self.assertIn("cdg47_request_error", page.text)
                self.assertIn("Pour la nouvelle adjointe", page.text)
        self.assertIn("entier", self.ask(quantite="1,5").text)
        self.assertIn("cdg47_request_error", self.ask(prestation="x").text)
        self.assertIn("cdg47_request_error", self.ask(precisions="a" * 2001).text)
        self.assertFalse(self.orders)

    def test_an_obstacle_and_the_way_forward(self):
        """A mailbox extension needs the CDG's domain first (R9)."""
        page = self.ask("MAIL-EXT", quantite="1")
        self.assertIn("cdg47_obstacle", page.text)
        self.assertFalse(self.orders)
        page = self.ask("MAIL-EXT", quantite="1", aide="1")
        self.assertIn("prévenu", page.text)
        self.ask("MAIL-EXT", quantite="1", aide="1")
        self.env.invalidate_all()
        self.assertEqual(len(self.convention.activity_ids), 1)

    # === Isolation ===
    def test_not_on_behalf_of_another(self):
        page = self.ask(login="le_voisin")
        self.assertIn("cdg47_request_error", page.text)
        self.assertFalse(self.orders)

    def test_not_after_the_mandate(self):
        self.secretary.own_mandate_ids.date_end = "2020-12-31"
        self.ask()
        self.assertFalse(self.orders)

    def test_another_does_not_read_the_request(self):
        self.ask()
        self.authenticate("le_voisin", "le_voisin")
        page = self.url_open(f"{PAGE}?demande={self.orders.id}").text
        self.assertNotIn(self.orders.name, page)
        self.authenticate("le_maire", "le_maire")
        self.assertIn(self.orders.name, self.url_open(PAGE).text)

    def test_anonymous_signs_in_first(self):
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(PAGE).url)

    @mute_logger("odoo.http")
    def test_not_without_the_csrf_token(self):
        self.authenticate("secretaire", "secretaire")
        answer = self.url_open(
            PAGE,
            data={
                "collectivite": str(self.commune.id),
                "prestation": str(self.service("CERT").id),
                "quantite": "2",
            },
        )
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.orders)

    def test_an_expired_session_comes_back_to_the_form(self):
        """The address posted to is often no page: the form is."""
        form = f"{self.base_url()}{PAGE}?collectivite=3"
        for referrer, expected in (
            (form, f"{PAGE}?collectivite=3"),
            ("https://elsewhere.example.com/my/x", "/my/orders/1/lignes"),
            (f"{self.base_url()}/odoo", "/my/orders/1/lignes"),
            (None, "/my/orders/1/lignes"),
        ):
            with self.subTest(referrer=referrer):
                self.authenticate(None, None)
                answer = self.url_open(
                    "/my/orders/1/lignes",
                    data={"precisions": "Un long texte"},
                    headers={"Referer": referrer} if referrer else {},
                    allow_redirects=False,
                )
                location = urlsplit(answer.headers["Location"])
                self.assertEqual(location.path, "/web/login")
                back = parse_qs(location.query)["redirect"][0]
                self.assertEqual(back.rstrip("?"), expected)

    def test_a_link_changes_nothing(self):
        self.authenticate("secretaire", "secretaire")
        self.url_open(
            f"{PAGE}?collectivite={self.commune.id}&aide=1"
            f"&prestation={self.service('CERT').id}&quantite=2"
        )
        self.assertFalse(self.orders)

    def test_as_many_queries_for_many_requests(self):
        def count():
            self.authenticate("secretaire", "secretaire")
            self.url_open(PAGE)
            return self.queries_of(lambda: self.url_open(PAGE))

        for number in range(2, 5):
            self.ask(quantite=str(number))
        few = count()
        for number in range(5, 15):
            self.ask(quantite=str(number))
        self.assertEqual(len(self.orders), 13)
        self.assertEqual(count(), few)


@tagged("post_install", "-at_install")
class TestChooseLines(PortalServicesCase):
    def setUp(self):
        super().setUp()
        self.order = self.quote(("CERT", 1), ("BACKUP", 2))
        self.certificate, self.backup = self.order.order_line

    def choose(self, *lines, login="le_maire", order=None):
        order = order or self.order
        return self.post(
            f"/my/orders/{order.id}/lignes",
            login,
            **{f"line_{line.id}": "on" for line in lines},
        )

    def test_each_line_says_why(self):
        self.authenticate("le_maire", "le_maire")
        page = html.fromstring(self.url_open(f"/my/orders/{self.order.id}").text)
        self.assertEqual(len(page.xpath("//h1")), 1)
        section = page.xpath("//section[@id='cdg47_why']")[0]
        for line in self.order.order_line:
            self.assertIn(line.cdg47_explanation[:40], section.text_content())
            self.assertTrue(section.xpath(f"//label[@for='cdg47_line_{line.id}']"))

    def test_refused_then_the_rest_is_signed(self):
        page = self.choose(self.backup)
        self.assertIn("Votre choix est enregistré", page.text)
        self.env.invalidate_all()
        self.assertEqual(self.order.amount_total, 24)
        result = self.make_jsonrpc_request(
            f"/my/orders/{self.order.id}/accept",
            {"name": "Maire", "signature": SIGNATURE.decode()},
        )
        self.assertTrue(result.get("force_refresh"), result)
        self.env.invalidate_all()
        self.assertEqual(self.order.state, "sale")
        self.assertEqual(self.order.order_line.mapped("qty_delivered"), [0, 2])

    # === What is signed is what the page shows ===
    def sign(self, shown=None, total=None, login="le_maire"):
        """Sign as the page does: the boxes as they are, and the sum they make.

        :param dict shown: line of the quotation → whether its box is ticked
        """
        self.authenticate(login, login)
        boxes = ",".join(f"{line.id}:{int(kept)}" for line, kept in shown.items())
        answer = self.make_jsonrpc_request(
            f"/my/orders/{self.order.id}/accept?shown={boxes}&total={total}",
            {"name": "Maire", "signature": SIGNATURE.decode()},
        )
        self.env.invalidate_all()
        return answer

    def assert_not_signed(self, answer):
        self.assertTrue(answer.get("error"), answer)
        self.assertEqual((self.order.state, self.order.amount_total), ("sent", 204))
        self.assertFalse(self.order.signature)
        self.assertFalse(any(self.order.order_line.mapped("cdg47_is_refused")))

    def test_the_signature_carries_the_boxes(self):
        answer = self.sign({self.certificate: False, self.backup: True}, 24)
        self.assertTrue(answer.get("force_refresh"), answer)
        self.assertEqual((self.order.state, self.order.amount_total), ("sale", 24))
        self.assertEqual(self.order.order_line.mapped("qty_delivered"), [0, 2])
        self.assertFalse(self.certificate.cdg47_allocation_ids)

    def test_a_box_ticked_again_is_signed(self):
        self.choose(self.backup)
        answer = self.sign({self.certificate: True, self.backup: True}, 204)
        self.assertTrue(answer.get("force_refresh"), answer)
        self.assertEqual(self.order.amount_total, 204)

    def test_no_box_ticked_is_not_signed(self):
        self.assert_not_signed(self.sign({self.certificate: 0, self.backup: 0}, 0))

    def test_another_sum_than_the_one_shown_is_not_signed(self):
        self.assert_not_signed(self.sign({self.certificate: 0, self.backup: 1}, 23))
        self.assert_not_signed(self.sign({self.certificate: 0, self.backup: 1}, "x"))

    def test_a_line_that_was_not_shown_is_not_signed(self):
        self.assert_not_signed(self.sign({self.backup: True}, 24))
        foreign = self.quote(("CERT", 1), convention=self.other).order_line
        boxes = {self.certificate: 1, self.backup: 1, foreign: 1}
        self.assert_not_signed(self.sign(boxes, 204))

    def test_the_boxes_of_a_secretary_sign_nothing(self):
        boxes = {self.certificate: False, self.backup: True}
        self.assert_not_signed(self.sign(boxes, 24, login="secretaire"))

    def test_without_a_signature_the_boxes_change_nothing(self):
        self.authenticate("le_maire", "le_maire")
        shown = f"{self.certificate.id}:0,{self.backup.id}:1"
        answer = self.make_jsonrpc_request(
            f"/my/orders/{self.order.id}/accept?shown={shown}&total=24",
            {"name": "Maire"},
        )
        self.env.invalidate_all()
        self.assert_not_signed(answer)

    def test_all_refused_is_not_signed(self):
        page = self.choose()
        self.assertIn('id="cdg47_refusal"', page.text)
        self.assertNotIn('data-bs-target="#modalaccept"', page.text)

    def test_only_the_signatory_chooses(self):
        for login in ("secretaire", "le_voisin", "cdg47_manager"):
            with self.subTest(login):
                self.choose(login=login)
                self.env.invalidate_all()
                self.assertEqual(self.order.amount_total, 204)

    def test_a_secretary_reads_without_boxes(self):
        self.authenticate("secretaire", "secretaire")
        page = self.url_open(f"/my/orders/{self.order.id}").text
        self.assertIn("cdg47_why", page)
        self.assertNotIn("cdg47_line_", page)

    def test_lines_of_another_order_are_ignored(self):
        foreign = self.quote(("CERT", 1), convention=self.other)
        self.choose(self.certificate, self.backup, foreign.order_line)
        self.env.invalidate_all()
        self.assertFalse(foreign.order_line.cdg47_is_refused)
        self.choose(order=foreign)
        self.env.invalidate_all()
        self.assertEqual(foreign.amount_total, 180)

    def test_signed_it_is_closed(self):
        self.order.signed_by = "Maire"
        self.order.action_confirm()
        page = self.choose()
        self.assertIn("ne peut plus", page.text)
        self.env.invalidate_all()
        self.assertEqual(self.order.amount_total, 204)

    @mute_logger("odoo.http")
    def test_a_link_changes_nothing(self):
        self.authenticate("le_maire", "le_maire")
        answer = self.url_open(f"/my/orders/{self.order.id}/lignes")
        self.assertIn(answer.status_code, (404, 405))
        self.env.invalidate_all()
        self.assertEqual(self.order.amount_total, 204)

    # === Why, on the invoice too ===
    def test_the_invoice_says_why(self):
        self.order.signed_by = "Maire"
        self.order.action_confirm()
        invoice = self.order._create_invoices()
        invoice.action_post()
        content = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("account.account_invoices", invoice.ids)[0]
        )
        pages = [page.extract_text() for page in PdfReader(BytesIO(content)).pages]
        text = " ".join(" ".join(pages).split())
        self.assertIn("Pourquoi est-ce facturé", text)
        self.assertIn("Sauvegarde externalisée", text)
        self.authenticate("secretaire", "secretaire")
        page = self.url_open(f"/my/invoices/{invoice.id}?report_type=html")
        self.assertIn("Pourquoi est-ce facturé", page.content.decode())

    def test_the_ledger_stays_out_of_sight(self):
        """What is read of a line is its sentence, never the facts behind it."""
        user = self.env["res.users"].search([("login", "=", "secretaire")])
        line = self.certificate.with_user(user)
        self.assertTrue(line.cdg47_explanation)
        for name in ("cdg47_consumption_ids", "cdg47_allocation_ids"):
            self.assertNotIn(name, line.fields_get())
        self.assertFalse(self.env["cdg47.overage"].with_user(user).has_access("read"))
        foreign = self.quote(("CERT", 1), convention=self.other)
        self.assertFalse(foreign.order_line.with_user(user).has_access("read"))
