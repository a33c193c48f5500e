# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The pages of the collectivités: ask, follow, choose, close, reopen."""

from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.tests import tagged

from odoo.addons.cdg47_helpdesk.portal.ticket_page import TicketPage

from .portal_common import HelpdeskPortalCase

PIXEL = ("capture.png", b"\x89PNG\r\n\x1a\n", "image/png")


@tagged("post_install", "-at_install")
class TestPortal(HelpdeskPortalCase):
    def category(self, name):
        return self.env.ref(f"cdg47_helpdesk.category_{name}")

    def submit(self, category, files=None, **values):
        return self.post(
            "/submitted/ticket",
            {
                "category": self.category(category).id,
                "subject": "La paye ne se calcule plus",
                "description": "Depuis la mise à jour\nde ce matin",
                **values,
            },
            files=files,
        )

    def newest(self):
        return self.env["helpdesk.ticket"].search([], order="id desc", limit=1)

    # === New request ===
    def test_new_request(self):
        self.login(self.user_a)
        page = html.fromstring(self.url_open("/new/ticket").text)
        self.assertEqual(len(page.xpath("//input[@type='radio']")), 7)
        self.assertIn("05 53 00 00 00", page.text_content())
        response = self.submit("software", files=[("attachment", PIXEL)], urgent="on")
        self.assertEqual(response.status_code, 200)
        ticket = self.newest()
        self.assertRecordValues(
            ticket,
            [
                {
                    "name": "La paye ne se calcule plus",
                    "collectivite_id": self.commune_a.id,
                    "convention_id": self.convention_a.id,
                    "service_id": self.service("ASSIST-METIERS").id,
                    "partner_id": self.user_a.partner_id.id,
                    "team_id": self.env.ref("cdg47_helpdesk.team_software").id,
                    "priority": "3",
                    "coverage": "undetermined",
                    "proposed_coverage": "included",
                }
            ],
        )
        self.assertEqual(TicketPage(ticket).files().mapped("name"), ["capture.png"])
        self.assertIn("capture.png", response.text)
        receipt = self.env["mail.mail"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)]
        )
        self.assertIn(ticket.number, receipt.subject)
        self.assertIn("reçu", receipt.body_html)
        self.assertEqual(receipt.recipient_ids, self.user_a.partner_id)

    def test_nothing_is_lost_when_something_is_missing(self):
        self.login(self.user_ab)
        before = self.newest()
        response = self.submit("paid", collectivite=self.commune_b.id)
        self.assertEqual(self.newest(), before)
        page = html.fromstring(response.text)
        self.assertIn(
            "demande écrite", page.xpath("//*[@id='error']")[0].text_content()
        )
        self.assertEqual(
            page.xpath("//input[@name='subject']/@value"),
            ["La paye ne se calcule plus"],
        )
        self.assertIn("mise à jour", page.xpath("//textarea")[0].text_content())
        self.assertTrue(page.xpath("//option[@selected and . = 'Commune B']"))
        self.submit("paid", collectivite=self.commune_b.id, written_request="on")
        ticket = self.newest()
        self.assertEqual(ticket.collectivite_id, self.commune_b)
        self.assertEqual(ticket.written_request_by, self.user_ab.name)

    def test_only_for_my_collectivites(self):
        self.login(self.user_ab)
        before = self.newest()
        for wanted in ("", self.env.company.partner_id.id, "x", "99999999999"):
            with self.subTest(wanted):
                response = self.submit("software", collectivite=wanted)
                self.assertIn("Dites pour quelle collectivité", response.text)
        self.login(self.user_a)
        self.submit("software", collectivite=self.commune_b.id)
        self.assertEqual((self.newest() - before).collectivite_id, self.commune_a)

    def test_category_of_another_form_refused(self):
        self.login(self.user_a)
        before = self.newest()
        hidden = self.env["helpdesk.ticket.category"].create({"name": "Interne"})
        for wanted in (hidden.id, "0", "", "abc"):
            response = self.post(
                "/submitted/ticket",
                {"category": wanted, "subject": "S", "description": "D"},
            )
            self.assertIn("Choisissez", response.text)
        self.assertEqual(self.newest(), before)

    def test_submit_only_by_post(self):
        self.login(self.user_a)
        before = self.newest()
        category = self.category("software").id
        response = self.url_open(
            f"/submitted/ticket?category={category}&subject=S&description=D"
        )
        self.assertEqual(response.status_code, 405)
        self.assertEqual(self.newest(), before)

    # === Pages ===
    def test_page_in_the_words_of_the_secretary(self):
        data = self.full_data(self.commune_a, self.user_a.partner_id)
        self.login(self.user_a)
        text = self.url_open(f"/my/ticket/{data['ticket'].id}").text
        page = html.fromstring(text)
        self.assertEqual(len(page.xpath("//h1")), 1)
        shown = page.xpath("//*[@id='wrap']")[0].text_content()
        for words in (
            "Annexe 3 V",
            "dépannage",
            data["order"].name,
            "2 h 00",
            "0 h 20",
            "Au-delà du devis\N{NO-BREAK SPACE}: non facturé",
            "Capture Commune A",
            "Agent de Commune A",
        ):
            with self.subTest(words):
                self.assertIn(words, shown)
        self.assertFalse(page.xpath("//table[not(caption)]"))

    def test_time_leads_to_its_invoice(self):
        data = self.full_data(self.commune_a, self.user_a.partner_id)
        invoice = data["order"]._create_invoices()
        self.login(self.user_a)
        url = f"/my/ticket/{data['ticket'].id}"
        link = f"//*[@id='time']//a[@href='/my/invoices/{invoice.id}']"
        self.assertFalse(html.fromstring(self.url_open(url).text).xpath(link))
        invoice.action_post()
        (found,) = html.fromstring(self.url_open(url).text).xpath(link)
        self.assertEqual(found.text_content().strip(), invoice.name)
        self.assertEqual(self.url_open(found.get("href")).status_code, 200)

    def test_list(self):
        data = self.full_data(self.commune_a, self.user_a.partner_id)
        self.login(self.user_a)
        for query in (
            "",
            "?filterby=zzz&sortby=zzz&groupby=zzz&search_in=zzz&collectivite=zzz",
            "?search=Secret&date_begin=hier&date_end=demain",
            "/page/999",
        ):
            response = self.url_open(f"/my/tickets{query}")
            with self.subTest(query):
                self.assertEqual(response.status_code, 200)
                page = html.fromstring(response.text)
                self.assertEqual(len(page.xpath("//h1")), 1)
                if query != "/page/999":
                    self.assertIn(data["ticket"].name, response.text)
        response = self.url_open("/my/tickets?filterby=closed")
        self.assertNotIn(data["ticket"].name, response.text)

    def test_oca_list_survives_unknown_keys(self):
        """Whoever acts for none keeps OCA's list, without its HTTP 500."""
        self.login(self.user_nobody)
        for query in (
            "sortby=zzz",
            "filterby=zzz",
            "groupby=zzz",
            "date_begin=zzz&date_end=1",
        ):
            with self.subTest(query):
                response = self.url_open(f"/my/tickets?{query}")
                self.assertEqual(response.status_code, 200)

    def test_files_too_heavy_in_all_are_told(self):
        before = self.env["helpdesk.ticket"].search_count([])
        self.login(self.user_a)
        heavy = b"x" * (11 * 1024 * 1024)
        files = [("attachment", (f"{n}.txt", heavy, "text/plain")) for n in range(4)]
        page = self.submit("software", files=files).text
        self.assertIn("40 Mo", page)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), before)

    def test_no_request_of_who_acts_for_nobody(self):
        """g16: OCA's form writes what anybody sends."""
        for user in (self.user_nobody, self.user_former):
            self.login(user)
            before = self.env["helpdesk.ticket"].search_count([])
            self.assertTrue(self.url_open("/new/ticket").url.endswith("/my/forfait"))
            answer = self.submit("software")
            self.assertTrue(answer.url.endswith("/my/forfait"), answer.url)
            self.assertEqual(self.env["helpdesk.ticket"].search_count([]), before)

    def test_an_employee_asks_at_the_desk(self):
        self.authenticate(self.technician.login, self.technician.login)
        before = self.env["helpdesk.ticket"].search_count([])
        for answer in (
            self.url_open("/new/ticket", allow_redirects=False),
            self.post("/submitted/ticket", {"subject": "x"}, allow_redirects=False),
        ):
            self.assertEqual(answer.headers["Location"], "/odoo/helpdesk.ticket/new")
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), before)

    def test_one_card_and_first_on_the_home(self):
        self.login(self.user_a)
        page = html.fromstring(self.url_open("/my").text)
        self.assertEqual(len(page.xpath("//a[@href='/my/tickets']")), 1)
        cards = page.xpath("//div[@id='portal_client_category']//a/@href")
        self.assertEqual(cards[:2], ["/my/tickets", "/my/forfait"])

    # === Close and reopen ===
    def test_closed_by_its_collectivite_and_reopened(self):
        ticket = self.make_ticket(self.commune_a, partner_id=self.user_a.partner_id.id)
        done = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        self.login(self.user_a)
        self.post("/ticket/close", {"ticket_id": ticket.id, "stage_id": done.id})
        self.assertEqual(ticket.stage_id, done)
        mail = self.env["mail.mail"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)],
            order="id desc",
            limit=1,
        )
        self.assertIn("terminée", mail.subject)
        self.assertIn("/rate/", mail.body_html)
        response = self.post(f"/my/ticket/{ticket.id}/reopen", {"reason": "  "})
        self.assertIn("Dites ce qui reste", response.text)
        self.post(f"/my/ticket/{ticket.id}/reopen", {"reason": "Encore en panne"})
        self.assertFalse(ticket.closed)
        self.assertFalse(ticket.closed_date)
        self.assertIn("Encore en panne", "".join(ticket.message_ids.mapped("body")))

    def test_an_address_writes_nothing_on_the_page(self):
        ticket = self.make_ticket(self.commune_a)
        self.login(self.user_a)
        for name in ("error", "ticket_sudo"):
            with self.subTest(name=name):
                page = self.url_open(f"/my/ticket/{ticket.id}?{name}=Trompeur")
                shown = html.fromstring(page.text).xpath("//*[@id='wrap']")[0]
                self.assertIn(ticket.name, shown.text_content())
                self.assertNotIn("Trompeur", shown.text_content())

    def test_too_late_to_reopen(self):
        ticket = self.make_ticket(self.commune_a)
        ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        self.assertTrue(ticket._may_reopen())
        ticket.closed_date = fields.Datetime.now() - timedelta(days=16)
        self.login(self.user_a)
        response = self.post(f"/my/ticket/{ticket.id}/reopen", {"reason": "Encore"})
        self.assertIn("trop longtemps", response.text)
        self.assertTrue(ticket.closed)

    def test_nothing_changes_on_get(self):
        ticket = self.make_ticket(self.commune_a)
        done = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        self.login(self.user_a)
        for url in (
            f"/ticket/close?ticket_id={ticket.id}&stage_id={done.id}",
            f"/my/ticket/{ticket.id}/reopen?reason=x",
            f"/my/ticket/{ticket.id}/collectivite?collectivite={self.commune_a.id}",
        ):
            self.url_open(url)
        self.assertFalse(ticket.closed)
        closed = self.make_ticket(self.commune_a)
        closed.stage_id = done
        self.url_open(f"/my/ticket/{closed.id}/reopen?reason=x")
        self.assertTrue(closed.closed)

    def test_close_with_garbage(self):
        self.login(self.user_a)
        for data in (
            {},
            {"ticket_id": "abc", "stage_id": "1"},
            {"ticket_id": "99999999999", "stage_id": "-1"},
        ):
            with self.subTest(data):
                response = self.post("/ticket/close", data)
                self.assertEqual(response.status_code, 200)
