# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io
from datetime import date
from itertools import pairwise
from unittest.mock import patch

from freezegun import freeze_time
from lxml import html
from pypdf import PdfReader

from odoo.http import Request
from odoo.tests import HttpCase, tagged

from odoo.addons.cdg47_convention.controllers.convention import ConventionPortal

from ..portal import convention_page
from ..portal.words import in_full
from ..reading.campaign.campaign_levels import CampaignLevels
from ..reading.next_year import estimate
from .common import PASSWORD
from .portal_common import PortalCase

PAGES = ("/my/conventions", "/my/collectivites", "/my/dotations", "/my/forfait")
STOCK_PAGES = (
    "/my",
    "/my/account",
    "/my/addresses",
    "/my/security",
    "/my/orders",
    "/my/quotes",
    "/my/invoices",
)


class PortalPageCase(PortalCase, HttpCase):
    """Pages are read in English, the language of the sources."""

    in_english = True

    def _page(self, path, user=None):
        self.authenticate((user or self.user_a).login, PASSWORD)
        self.opener.cookies["frontend_lang"] = "en_US"
        response = self.url_open(path)
        self.assertEqual(response.status_code, 200, path)
        return html.fromstring(response.text)

    def _text(self, path, user=None):
        main = self._page(path, user).xpath("//div[@id='wrap']")[0]
        return " ".join(main.text_content().split())

    def _listed(self, path, user=None):
        rows = self._page(path, user).xpath("//table//tbody//th/a/text()")
        return [name.strip() for name in rows]


@tagged("post_install", "-at_install")
class TestPortalHome(PortalPageCase):
    def test_cards_stand_at_zero_without_javascript(self):
        page = self._page("/my", self.user_nobody)
        for address in ("/my/conventions", "/my/collectivites", "/my/forfait"):
            card = page.xpath(f"//a[@href='{address}']/..")[0]
            self.assertNotIn("d-none", card.get("class"))

    def test_counters_are_computed_when_asked(self):
        self.authenticate(self.user_ab.login, PASSWORD)

        def ask(*counters):
            return self.make_jsonrpc_request(
                "/my/counters", {"counters": list(counters)}
            )

        answer = ask("convention_count", "collectivite_count", "quotation_count")
        self.assertEqual(answer["convention_count"], 3)
        self.assertEqual(answer["collectivite_count"], 3)
        self.assertEqual(answer["quotation_count"], 3)
        self.assertEqual(ask(), {})
        path = (
            "odoo.addons.cdg47_convention.models.convention.cdg47_convention."
            "Cdg47Convention.search_count"
        )
        with patch(path, side_effect=AssertionError("counted"), create=True):
            self.assertEqual(ask("collectivite_count"), {"collectivite_count": 3})
            self.assertEqual(self.url_open("/my").status_code, 200)

    def test_a_contact_renames_neither_the_commune_nor_its_services(self):
        service = self.env["res.partner"].create(
            {"name": "Service", "parent_id": self.commune_a.id, "type": "invoice"}
        )
        self.authenticate(self.user_a.login, PASSWORD)
        form = {
            "csrf_token": Request.csrf_token(self),
            "name": "Contact renamed",
            "email": "contact@example.com",
            "phone": "05 53 00 00 01",
            "street": "1 rue de la Mairie",
            "city": "Agen",
            "zip": "47000",
            "country_id": str(self.env.ref("base.fr").id),
            "company_name": "Commune renamed",
        }
        own = {**form, "partner_id": str(self.user_a.partner_id.id)}
        answer = self.url_open("/my/address/submit", data=own).json()
        self.assertIn("redirectUrl", answer)
        self.assertEqual(self.user_a.partner_id.name, "Contact renamed")
        self.assertEqual(self.commune_a.name, "Commune A")
        answer = self.url_open("/my/address/submit", data=form).json()
        self.assertTrue(answer["messages"])
        theirs = {**form, "partner_id": str(service.id)}
        response = self.url_open("/my/address/submit", data=theirs)
        self.assertEqual(response.status_code, 403)
        self.assertEqual(service.name, "Service")
        self.assertEqual(self.commune_a.child_ids.filtered("type"), self._children())

    def _children(self):
        return self.commune_a.child_ids.filtered(
            lambda child: child.name != "Contact renamed" or child.user_ids
        )


@tagged("post_install", "-at_install")
class TestPortalList(PortalPageCase):
    def test_default_and_unknown_keys(self):
        """Unknown keys count as absent, on our lists and on Odoo's."""
        default = self._listed("/my/conventions", self.user_ab)
        self.assertEqual(len(default), 3)
        for query in (
            "sortby=zzz",
            "filterby=zzz",
            "collectivite=zzz",
            "collectivite=-1",
            "collectivite=99999999999999999999",
            "collectivite=%C2%B2",
            "search=%00",
            "page=zzz",
            "sortby=&filterby=&search=&collectivite=",
        ):
            with self.subTest(query=query):
                listed = self._listed(f"/my/conventions?{query}", self.user_ab)
                self.assertEqual(listed, default)
        for path in ("/my/orders", "/my/quotes", "/my/invoices"):
            query = "sortby=zzz&filterby=zzz&date_begin=zzz&date_end=zzz&page=zzz"
            with self.subTest(path=path):
                self._page(f"{path}?{query}", self.user_ab)
                self._page(f"{path}/page/999999999999", self.user_ab)

    def test_collectivite_is_checked(self):
        name_a = self.data_a["convention"].name
        path = f"/my/conventions?collectivite={self.commune_a.id}"
        self.assertEqual(self._listed(path, self.user_ab), [name_a])
        # That of another is ignored, not obeyed.
        path = f"/my/conventions?collectivite={self.commune_b.id}"
        self.assertEqual(len(self._listed(path)), 2)
        self.assertNotIn(self.data_b["convention"].name, self._listed(path))

    def test_search_filter_sort(self):
        name_b = self.data_b["convention"].name
        find = self._listed(f"/my/conventions?search={name_b}", self.user_ab)
        self.assertEqual(find, [name_b])
        find = self._listed("/my/conventions?search=commune+b", self.user_ab)
        self.assertEqual(find, [name_b])
        self.data_a["sent_order"]._action_cancel()
        find = self._listed("/my/conventions?filterby=to_sign", self.user_ab)
        self.assertNotIn(self.data_a["convention"].name, find)
        self.assertIn(name_b, find)
        self.assertFalse(self._listed("/my/conventions?filterby=ended", self.user_ab))
        listed = self._listed("/my/conventions?sortby=number", self.user_ab)
        self.assertEqual(listed, sorted(listed))
        page = self._page("/my/conventions?sortby=collectivite", self.user_ab)
        names = page.xpath("//table//tbody//tr/td[1]/text()")
        self.assertEqual(names, sorted(names))

    def test_pager(self):
        with patch.object(ConventionPortal, "_items_per_page", 2):
            first = self._page("/my/conventions?sortby=number", self.user_ab)
            self.assertEqual(len(first.xpath("//tbody/tr")), 2)
            current = first.xpath("//nav//a[@aria-current='page']")[0]
            self.assertEqual(current.text_content().split(), ["Page", "1"])
            following = first.xpath("//a[@rel='next']/@href")[0]
            self.assertIn("sortby=number", following)
            self.assertEqual(len(self._listed(following, self.user_ab)), 1)

    def test_empty_state(self):
        text = self._text("/my/conventions", self.user_epci)
        self.assertIn("How to join", text)
        self.assertIn("cdg@example.com", text)
        text = self._text("/my/conventions", self.user_nobody)
        self.assertIn("You act for no collectivité today", text)
        text = self._text("/my/conventions?search=zzz", self.user_ab)
        self.assertIn("No convention matches", text)
        self.assertIn(
            "You act for no collectivité",
            self._text("/my/collectivites", self.user_nobody),
        )

    def test_my_collectivites(self):
        mandate = self.data_a["mandate"]
        mandate = self.user_a.partner_id.own_mandate_ids
        mandate.date_end = date(self.today.year + 1, 3, 31)
        text = self._text("/my/collectivites")
        self.assertIn("Secretary, until 31 March", text)
        self.assertIn("through Commune A", text)
        self.assertIn("450 inhabitants", text)
        self.assertIn(self.data_a["convention"].name, text)
        self.assertIn(f"Quotation {self.data_a['sent_order'].name} to be signed", text)
        self.assertNotIn("Commune B", text)


@tagged("post_install", "-at_install")
class TestPortalPage(PortalPageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.convention = cls.data_a["convention"]
        cls.path = cls.convention.access_url

    def _row(self, page, code):
        """Return the text of the row of one rule of the forfaits."""
        rule = self.env["cdg47.quota.rule"].search(
            [("product_ids.default_code", "=", code), ("condition", "=", False)],
            limit=1,
        )
        rows = [
            " ".join(row.text_content().split())
            for row in page.xpath("//section[@aria-labelledby='contents']//tr")
        ]
        return next(row for row in rows if row.startswith(rule.name))

    def test_stratum_and_forfaits(self):
        page = self._page(self.path)
        text = " ".join(page.text_content().split())
        self.assertIn(self.convention.stratum_id.name, text)
        self.assertIn("450 inhabitants", text)
        self.assertEqual(self.convention.stratum_id.code, "S3")
        # Annexe 1: one licence, 9 Go, one certificate for 250 to 499 inhabitants.
        self.assertIn("1 licence included", self._row(page, "EPP"))
        self.assertIn("9 GB included", self._row(page, "BACKUP"))
        self.assertIn("1 certificate included", self._row(page, "CERT"))
        self.assertIn("Annexe 3 II 1", self._row(page, "EPP"))
        # Annexe 3, in its own words.
        self.assertIn("leur administration distante", self._row(page, "EPP"))
        self.assertIn("Not included", self._row(page, "SECU-NOUVELLE"))
        self.assertIn("Depends on your", self._row(page, "PES"))

    def test_zero_is_none(self):
        """A hosted commune has no licence and no certificate (R2)."""
        hosted = self._new_commune("Hosted", 80)
        self.make_census(
            hosted, "2021-01-01", hosting="hosted", hosted_by_id=self.epci.id
        )
        convention = self._new_convention(hosted)
        self.new_contact("secretary_hosted", hosted)
        user = self.env["res.users"].search([("login", "=", "secretary_hosted")])
        page = self._page(convention.access_url, user)
        self.assertIn("None for your stratum", self._row(page, "EPP"))
        self.assertIn("4 GB included", self._row(page, "BACKUP"))
        self.assertIn("Hosted by EPCI", page.text_content())

    def test_to_sign(self):
        order = self.data_a["sent_order"]
        page = self._page(self.path)
        link = page.xpath(f"//a[@href='/my/orders/{order.id}']")[0]
        self.assertIn("Read before signature", link.text_content())
        signatory = self.new_contact("mayor_a", self.commune_a, role="signatory")
        link = self._page(self.path, signatory).xpath(
            f"//a[@href='/my/orders/{order.id}']"
        )[0]
        self.assertIn("Read and sign", link.text_content())
        order._action_cancel()
        self.assertFalse(self._page(self.path).xpath("//h2[@id='todo']"))

    def test_deliberation_is_asked_before_signature(self):
        waiting = self._new_convention(
            self._new_commune("Commune W", 90), signed=False, deliberation_number=False
        )
        user = self.new_contact("secretary_w", waiting.partner_id)
        text = self._text(waiting.access_url, user)
        self.assertIn("To be signed", text)
        self.assertIn("model deliberation", text)
        self.assertIn("number and the date of the deliberation", text)
        self.assertIn(
            "approved by a deliberation", self._text("/my/collectivites", user)
        )

    def test_accesses(self):
        activation = self.data_a["activation"]
        page = self._page(self.path)
        bar = page.xpath("//div[@role='progressbar'][@aria-valuenow!='0']")[0]
        label = page.xpath(f"//*[@id='{bar.get('aria-labelledby')}']")[0]
        self.assertIn(f"{activation.progress}", label.text_content())
        link = page.xpath("//a[contains(@href, '/deliverables/')]/@href")[0]
        response = self.url_open(link)
        self.assertEqual(
            response.content, b"secret of " + activation.display_name.encode()
        )
        self.assertIn("attachment", response.headers["Content-Disposition"])
        activation.write({"state": "active", "platform_url": "https://example.com/a"})
        page = self._page(self.path)
        self.assertTrue(page.xpath("//a[@href='https://example.com/a']"))

    def test_orders_and_invoices(self):
        page = self._page(self.path)
        for href in (
            f"/my/orders/{self.data_a['order'].id}",
            f"/my/invoices/{self.data_a['invoice'].id}",
            f"/my/invoices/{self.data_a['invoice'].id}?report_type=pdf&download=true",
        ):
            self.assertTrue(page.xpath(f"//a[@href='{href}']"), href)
        text = page.text_content()
        self.assertNotIn(self.data_a["draft_order"].name, text)
        signed = self.url_open(f"{self.path}/documents/signed")
        self.assertIn(b"secret of", signed.content)
        # Nothing in that slot: home, without an error.
        response = self.url_open(f"{self.path}/documents/gdpr", allow_redirects=False)
        self.assertEqual(response.status_code, 303)

    def test_budget(self):
        """Next year's fees and quotas, said to be an estimate."""
        year = self.today.year + 1
        text = self._text(self.path)
        self.assertIn(f"Estimate for {year}", text)
        self.assertTrue(estimate(self.convention, year)["total"])
        self.assertIn("commits neither you", text)
        self.assertNotIn("Your stratum changes", text)
        self.make_census(
            self.commune_a,
            date(year, 1, 1),
            population_total=600,
            population_municipal=600,
        )
        page = self._page(self.path)
        text = " ".join(page.text_content().split())
        self.assertIn("Your stratum changes", text)
        self.assertIn("2 licences included", text)
        self.assertNotIn("accepted and still held", text)
        accepted = self.data_a["order"].order_line[:1]
        with patch.object(CampaignLevels, "supplements", return_value=[(accepted, 2)]):
            self.assertIn("accepted and still held", self._text(self.path))
        # A convention that ends this year has no budget for the next.
        self.convention.date_end = date(self.today.year, 12, 31)
        self.assertFalse(self._page(self.path).xpath("//h2[@id='budget']"))

    def test_budget_for_the_assembly(self):
        """The PDF says what the page says, in one page; nobody else has it."""
        year = self.today.year + 1
        self.assertTrue(self._page(self.path).xpath(f"//a[@href='{self.path}/budget']"))
        response = self.url_open(f"{self.path}/budget")
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        reports = (
            self.env["ir.actions.report"]
            .with_user(self.user_a)
            .with_context(force_report_rendering=True)
        )
        content, _type = reports._render_qweb_pdf(
            "cdg47_convention.action_report_budget", self.convention.ids
        )
        pages = PdfReader(io.BytesIO(content)).pages
        self.assertEqual(len(pages), 1)
        text = " ".join(pages[0].extract_text().split())
        total = estimate(self.convention, year)["total"]
        for words in (f"Budget {year}", self.commune_a.name, f"{total:,.2f}"):
            self.assertIn(words, text)
        other = self.data_b["convention"]
        response = self.url_open(
            f"/my/conventions/{other.id}/budget", allow_redirects=False
        )
        self.assertEqual(response.status_code, 303)
        # One that ends this year has no budget: its page says the rest.
        self.convention.date_end = date(self.today.year, 12, 31)
        response = self.url_open(f"{self.path}/budget", allow_redirects=False)
        self.assertEqual(response.status_code, 303)

    def test_missing_price_says_so(self):
        tariff = self.env.company._cdg47_tariff()
        tariff.item_ids.write({"date_end": f"{self.today.year}-12-31 12:00:00"})
        self.assertIn("Not in the tariff yet", self._text(self.path))

    def test_internal_user_previews(self):
        """An employee sees the page of a draft, as the button of the form does."""
        draft = self.data_a["draft_convention"]
        admin = self.env.ref("base.user_admin")
        admin.password = PASSWORD
        self.assertIn(draft.name, self._text(draft.access_url, admin))


@tagged("post_install", "-at_install")
class TestPortalWords(PortalCase):
    """Status, renewal and notice, whatever the day."""

    in_english = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.convention = cls.data_a["convention"]
        cls.convention.write(
            {"date_start": date(2026, 1, 1), "date_end": date(2031, 12, 31)}
        )

    def test_status(self):
        cases = [
            ("2025-12-31", {}, "Signed, not started yet"),
            ("2026-01-01", {}, "In force"),
            ("2031-12-31", {}, "In force"),
            ("2032-01-01", {}, "Expired"),
            ("2026-06-01", {"termination_date": "2026-12-31"}, "In force, ends soon"),
            ("2026-06-01", {"state": "sent"}, "To be signed"),
            ("2027-06-01", {"state": "terminated"}, "Terminated"),
        ]
        for day, values, word in cases:
            with self.subTest(day=day, values=values), freeze_time(f"{day} 12:00:00"):
                self.convention.write(
                    {"state": "active", "termination_date": False, **values}
                )
                self.assertEqual(convention_page.status(self.convention)[0], word)

    def test_notice(self):
        cases = [
            ("2026-06-01", "end it on 31 December 2026", "by 30 September 2026"),
            ("2026-09-30", "end it on 31 December 2026", "by 30 September 2026"),
            ("2026-10-01", "end it on 31 December 2027", "by 30 September 2027"),
            ("2031-09-30", "end it on 31 December 2031", "by 30 September 2031"),
        ]
        for day, end, limit in cases:
            with self.subTest(day=day), freeze_time(f"{day} 12:00:00"):
                sentences = " ".join(convention_page.renewal(self.convention))
                self.assertIn(end, sentences)
                self.assertIn(limit, sentences)
                self.assertIn("tacitly", sentences)
        with freeze_time("2031-10-01 12:00:00"):
            self.assertEqual(len(convention_page.renewal(self.convention)), 1)

    def test_other_renewals(self):
        with freeze_time("2026-06-01 12:00:00"):
            self.convention.renewal = "express"
            self.convention.date_end = date(2026, 12, 31)
            self.assertIn(
                "not renewed by itself", convention_page.renewal(self.convention)[0]
            )
            self.convention.write(
                {"termination_date": "2026-12-31", "termination_reason": "Merger"}
            )
            self.assertIn("Merger", convention_page.renewal(self.convention)[0])
        with freeze_time("2027-06-01 12:00:00"):
            self.assertIn(
                "ended on 31 December", convention_page.renewal(self.convention)[0]
            )

    def test_french(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        french = self.convention.with_context(lang="fr_FR")
        self.assertEqual(in_full(french.env, date(2026, 8, 3)), "3 août 2026")


@tagged("post_install", "-at_install")
class TestPortalAccessibility(PortalPageCase):
    """What a machine can check of the RGAA on every page."""

    def _check(self, page, path):
        self.assertEqual(len(page.xpath("//h1")), 1, path)
        self.assertFalse(page.xpath("//img[not(@alt)]"), path)
        self.assertTrue(page.xpath("/html/@lang"), path)

    def test_every_page(self):
        for path in (*PAGES, *STOCK_PAGES, self.data_a["convention"].access_url):
            with self.subTest(path=path):
                self._check(self._page(path), path)

    def test_our_pages(self):
        for path in (*PAGES, self.data_a["convention"].access_url):
            main = self._page(path, self.user_ab).xpath("//div[@id='wrap']")[0]
            with self.subTest(path=path):
                self.assertFalse(main.xpath(".//table[not(caption)]"))
                self.assertFalse(main.xpath(".//th[not(@scope)]"))
                for field in main.xpath(".//input | .//select"):
                    labels = main.xpath(f".//label[@for='{field.get('id')}']")
                    self.assertEqual(len(labels), 1)
                ids = main.xpath(".//@id")
                self.assertEqual(len(ids), len(set(ids)))
                # A state is a word: its icon says nothing alone.
                for icon in main.xpath(".//i"):
                    self.assertEqual(icon.get("aria-hidden"), "true")
                levels = [int(h.tag[1]) for h in main.xpath(".//h1|.//h2|.//h3|.//h4")]
                steps = pairwise(levels)
                self.assertTrue(all(b - a <= 1 for a, b in steps), levels)
                for bar in main.xpath(".//*[@role='progressbar']"):
                    target = bar.get("aria-labelledby")
                    self.assertTrue(main.xpath(f".//*[@id='{target}']"))
