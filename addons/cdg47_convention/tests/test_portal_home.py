# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The home of a collectivité, and what the law asks to find under every page."""

from freezegun import freeze_time
from lxml import html

from odoo import http
from odoo.tests import HttpCase, tagged

from odoo.addons.cdg47_convention.portal.home_page import HomePage
from odoo.addons.cdg47_convention.reading.yearly_costs import yearly_costs

from .common import PASSWORD
from .portal_common import PortalCase

LEGAL = ("/accessibilite", "/mentions-legales", "/donnees-personnelles")
SIREN, SIRET = "214700015", "21470001500016"


class PagesCase(PortalCase, HttpCase):
    in_english = True

    def page(self, path, user=None):
        if user:
            self.authenticate(user.login, PASSWORD)
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200, path)
        return html.fromstring(answer.text)

    @staticmethod
    def text(node):
        return " ".join(node.text_content().split())

    def euros(self, page, name):
        """Return the sum shown, as a number."""
        shown = page.xpath(f"//dd[@id='home_{name}']")[0].text_content()
        return float("".join(c for c in shown if c.isdigit() or c == "."))


@tagged("post_install", "-at_install")
class TestHome(PagesCase):
    def test_what_awaits_says_who_and_how_much(self):
        order = self.data_a["sent_order"]
        mayor = self.make_signatory(self.commune_a)
        self.commune_a.company_registry = False
        page = self.page("/my", self.user_a)
        self.assertEqual(self.text(page.xpath("//h1")[0]), "Commune A")
        self.assertEqual(len(page.xpath("//h1")), 1)
        todo = page.xpath("//section[@id='home_todo']")[0]
        links = todo.xpath(f".//a[@href='/my/orders/{order.id}']")
        self.assertEqual(len(links), 1, "one button each")
        card = self.text(links[0].getparent())
        self.assertIn(f"{order.amount_total:,.2f}", card)
        self.assertIn(mayor.name, card)
        self.assertIn("Complete the SIRET", self.text(todo))

    def test_the_sums_are_those_of_the_orders_and_invoices(self):
        page = self.page("/my", self.user_a)
        mine = self.env["account.move"].search(
            [
                ("cdg47_convention_id.partner_id", "=", self.commune_a.id),
                ("state", "=", "posted"),
            ]
        )
        self.assertTrue(mine)
        self.assertEqual(
            self.euros(page, "invoiced"), sum(mine.mapped("amount_total_signed"))
        )
        signed = self.data_a["order"]
        self.assertEqual(self.euros(page, "fee"), signed.amount_total)
        self.assertEqual(self.euros(page, "accepted"), 0)
        self.assertEqual(
            self.euros(page, "to_sign"), self.data_a["sent_order"].amount_total
        )

    def test_a_convention_to_come_is_said_in_its_year(self):
        """A proposal of next year costs nothing this year."""
        commune = self._new_commune("Commune Z", 300)
        convention = self._new_convention(commune, signed=False)
        year = convention.date_start.year
        with freeze_time(f"{year - 1}-11-29 10:00:00"):
            costs = HomePage(commune, True).costs()
            fee = convention.pending_order_id.amount_total
            self.assertTrue(fee)
            self.assertEqual((costs["year"], costs["to_sign"]), (year, fee))
            self.assertEqual(yearly_costs(commune, year - 1).to_sign, 0)

    def test_the_choice_stays(self):
        page = self.page(f"/my?collectivite={self.commune_b.id}", self.user_ab)
        self.assertEqual(self.text(page.xpath("//h1")[0]), "Commune B")
        page = self.page("/my")
        self.assertEqual(self.text(page.xpath("//h1")[0]), "Commune B")
        chosen = page.xpath("//select[@name='collectivite']/option[@selected]/@value")
        self.assertEqual(chosen, [str(self.commune_b.id)])
        for foreign in (self.epci.id, "x", "0"):
            page = self.page(f"/my?collectivite={foreign}")
            self.assertEqual(self.text(page.xpath("//h1")[0]), "Commune B")
        self.assertNotIn("EPCI", self.text(page))

    def test_an_agent_reads_no_sums(self):
        agent = self.new_contact("agent_a")
        self.env["cdg47.mandate"].create(
            {
                "contact_id": agent.partner_id.id,
                "collectivite_id": self.commune_a.id,
                "role": "agent",
            }
        )
        page = self.page("/my", agent)
        self.assertFalse(page.xpath("//section[@id='home_costs']"))
        self.assertFalse(page.xpath("//section[@id='home_todo']//a"))

    def test_who_acts_for_none_has_the_home_of_odoo(self):
        page = self.page("/my", self.user_nobody)
        self.assertFalse(page.xpath("//section[@id='home_todo']"))
        self.assertEqual(len(page.xpath("//h1")), 1)

    # === The SIRET ===
    def send_siret(self, partner, text):
        return self.url_open(
            f"/my/collectivites/{partner.id}/siret",
            data={"siret": text, "csrf_token": http.Request.csrf_token(self)},
        )

    def test_a_secretary_completes_the_siret(self):
        self.commune_a.company_registry = SIREN
        self.authenticate(self.user_a.login, PASSWORD)
        for wrong in ("", "12345", "21470001500015", "73282932000074"):
            with self.subTest(wrong):
                page = html.fromstring(self.send_siret(self.commune_a, wrong).text)
                field = page.xpath("//input[@id='siret']")[0]
                error = page.xpath(f"//*[@id='{field.get('aria-describedby')}']")
                self.assertTrue(error[0].text_content().strip())
                self.assertEqual(self.commune_a.company_registry, SIREN)
        self.send_siret(self.commune_a, "214 700 015 00016")
        self.env.invalidate_all()
        self.assertEqual(self.commune_a.company_registry, SIRET)
        self.assertNotIn("Complete the SIRET", self.text(self.page("/my")))

    def test_another_does_not(self):
        self.authenticate(self.user_b.login, PASSWORD)
        before = self.commune_a.company_registry
        self.send_siret(self.commune_a, SIRET)
        self.env.invalidate_all()
        self.assertEqual(self.commune_a.company_registry, before)

    def test_as_many_queries_for_many_collectivites(self):
        many = self.new_contact("secretary_many", self.commune_a)
        self.authenticate(many.login, PASSWORD)

        def count():
            self.url_open("/my")
            return self.queries_of(lambda: self.url_open("/my"))

        count()
        few = count()
        for number in range(20):
            commune = self._new_commune(f"Zone {number:02}", 100 + number)
            self._new_convention(commune, signed=False)
            self.env["cdg47.mandate"].create(
                {"contact_id": many.partner_id.id, "collectivite_id": commune.id}
            )
        self.env.flush_all()
        self.assertLessEqual(count(), few)


@tagged("post_install", "-at_install")
class TestLegal(PagesCase):
    def paths(self):
        return (
            "/my",
            "/my/conventions",
            f"/my/conventions/{self.data_a['convention'].id}",
            f"/my/forfait/{self.commune_a.id}",
            "/my/collectivites",
            "/my/dotations",
            "/my/demandes/prestation",
            f"/my/collectivites/{self.commune_a.id}/siret",
            "/my/orders",
            f"/my/orders/{self.data_a['order'].id}",
            "/my/quotes",
            "/my/invoices",
            f"/my/invoices/{self.data_a['invoice'].id}",
            "/my/account",
            "/my/security",
            "/my/addresses",
            *LEGAL,
        )

    def assert_page(self, path):
        page = self.page(path)
        (footer,) = page.xpath("//footer[@id='bottom']")
        for legal in LEGAL:
            self.assertTrue(footer.xpath(f".//a[@href='{legal}']"), path)
        self.assertIn("Accessibility: partially compliant", self.text(footer))
        self.assertEqual(len(page.xpath("//h1")), 1, path)
        return page.xpath("string(//head/title)").split(" · ")

    def test_every_page_signed_in(self):
        self.authenticate(self.user_a.login, PASSWORD)
        company = self.env.company.name
        for path in self.paths():
            with self.subTest(path):
                title = self.assert_page(path)
                self.assertEqual(title[-1], company)
                self.assertGreater(len(title), 1)
                self.assertTrue(all(word.strip() for word in title))
        self.assertEqual(
            self.page(f"/my/forfait/{self.commune_a.id}").xpath("string(//head/title)"),
            f"My forfait · Commune A · {company}",
        )

    def test_every_page_before_signing_in(self):
        self.authenticate(None, None)
        for path in (*LEGAL, "/web/login", "/web/reset_password"):
            with self.subTest(path):
                self.assert_page(path)

    def test_a_page_that_is_not_there(self):
        answer = self.url_open("/my/nothing-here")
        self.assertEqual(answer.status_code, 404)
        page = html.fromstring(answer.text)
        self.assertTrue(page.xpath("//footer//a[@href='/accessibilite']"))

    def test_the_settings_are_what_is_published(self):
        self.env.company.write(
            {
                "cdg47_accessibility": "none",
                "cdg47_accessibility_issues": "The map\n\nThe film",
                "cdg47_processors": "Hosting Ltd ; servers ; Paris\nMailer;letters",
                "cdg47_dpo": "dpo@example.com",
                "cdg47_host": "Hosting Ltd, Paris",
                "cdg47_publication_director": "The president",
            }
        )
        statement = self.page("/accessibilite")
        self.assertIn("not compliant", self.text(statement.xpath("//main")[0]))
        self.assertEqual(
            [self.text(li) for li in statement.xpath("//main//li")],
            ["The map", "The film"],
        )
        data = self.page("/donnees-personnelles")
        rows = [self.text(row) for row in data.xpath("//main//tbody/tr")]
        self.assertEqual(len(rows), 2)
        self.assertIn("Hosting Ltd", rows[0])
        self.assertIn("dpo@example.com", self.text(data))
        notice = self.text(self.page("/mentions-legales"))
        self.assertIn("The president", notice)
        self.assertIn("Hosting Ltd, Paris", notice)
