# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""« Mon forfait » and its history: one's own, plain, and nothing else."""

from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import MODULE, PASSWORD
from .test_portal import PortalPageCase
from .test_portal_isolation import IsolationCase


class ForfaitMixin:
    """Communes A and B, which used their rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.half_day = cls.env.ref(f"{MODULE}.uom_half_day")
        cls.page_a = f"/my/forfait/{cls.commune_a.id}"
        cls.page_b = f"/my/forfait/{cls.commune_b.id}"
        cls.use_a = cls.use(cls.data_a, 3)
        cls.use_b = cls.use(cls.data_b, 1)

    @classmethod
    def use(cls, data, quantity, day=None, code="FORM-GROUPE"):
        return data["convention"]._consume(
            cls.service(code), quantity, cls.half_day, day or cls.today
        )


class ForfaitPageCase(ForfaitMixin, PortalPageCase):
    def _rows(self, path, user=None):
        """Return the text of the table rows, by the first words of their header."""
        rows = self._page(path, user).xpath("//tbody/tr")
        return [" ".join(row.text_content().split()) for row in rows]


@tagged("post_install", "-at_install")
class TestPortalForfait(ForfaitPageCase):
    def test_what_is_left(self):
        rows = self._rows(self.page_a)
        (training,) = [row for row in rows if "formation de groupe" in row.lower()]
        self.assertIn("1 half-day beyond", training.replace("\xa0", " "))
        self.assertIn("Exceeded", training)
        self.assertIn(f"1 Jan {self.today.year + 1}", training)
        (audit,) = [row for row in rows if row.startswith("Audit")]
        self.assertIn("1 day left", audit.replace("\xa0", " "))
        self.assertIn("Can be asked for now.", audit)
        self.assertIn("Assistance technique", self._text(self.page_a))

    def test_one_collectivite_or_several(self):
        """The only one at once; several are a list that leads to each."""
        text = self._text("/my/forfait", self.user_b)
        self.assertIn("Commune B", text)
        self.assertIn("Exceeded" if self.use_b.billable_amount else "Used", text)
        page = self._page("/my/forfait", self.user_ab)
        links = page.xpath("//li[contains(@class, 'o_cdg47_card')]//a/@href")
        expected = self.commune_a | self.commune_b | self.annexe_a
        self.assertEqual(set(links), {f"/my/forfait/{p.id}" for p in expected})
        self.assertIn("beyond", self._text("/my/forfait", self.user_ab))

    def test_an_address_breaks_nothing(self):
        for name in ("partner_sudo", "mine_sudo", "asked_day"):
            with self.subTest(name=name):
                self.assertIn(
                    "Commune B", self._text(f"/my/forfait?{name}=1", self.user_b)
                )

    def test_empty_states(self):
        text = self._text("/my/forfait", self.user_nobody)
        self.assertIn("You act for no collectivité today", text)
        commune = self._new_commune("Commune sans convention", 90)
        user = self.new_contact("secretary_none", commune)
        self.assertIn("No convention is in force", self._text("/my/forfait", user))
        history = f"/my/forfait/{commune.id}/historique"
        self.assertIn("No use to show here.", self._text(history, user))

    def test_on_another_day(self):
        eve = self.today - timedelta(days=1)
        first = date(self.today.year, 1, 1)
        if eve >= first:
            (row,) = self._training(f"{self.page_a}?date={eve.isoformat()}")
            self.assertIn("2 half-days left", row)
        for nonsense in ("zzz", "2026-13-45", "", "9" * 400, "\x00"):
            (row,) = self._training(f"{self.page_a}?date={nonsense}")
            self.assertIn("beyond", row)

    def _training(self, path):
        return [
            row.replace("\xa0", " ")
            for row in self._rows(path)
            if "formation de groupe" in row.lower()
        ]

    # === History ===
    def test_history_with_verdicts(self):
        text = self._text(f"{self.page_a}/historique").replace("\xa0", " ")
        self.assertIn(" ".join(self.use_a.verdict.split()).replace("\xa0", " "), text)
        self.assertIn("3 half-days", text)

    def test_history_keys_are_whitelisted(self):
        audit = self.use(self.data_a, 1, code="AUDIT-SECU")
        page = f"{self.page_a}/historique"
        theirs = self.use_b.entitlement_id.id
        for query, count in (
            ("", 2),
            ("?sortby=zzz&filterby=zzz&droit=zzz", 2),
            (f"?droit={theirs}", 2),
            ("?filterby=billable", 1),
            ("?filterby=covered&sortby=service", 2),
            ("?sortby=oldest", 2),
            (f"?droit={audit.entitlement_id.id}", 1),
            (f"?droit={'9' * 30}", 2),
        ):
            with self.subTest(query):
                self.assertEqual(len(self._rows(page + query)), count)

    def test_history_is_paginated(self):
        uses = self.env["cdg47.consumption"].create(
            [
                {
                    "partner_id": self.commune_a.id,
                    "product_id": self.service("FORM-GROUPE").id,
                    "date": self.today - timedelta(days=365 * 3 + number),
                    "quantity": 1,
                    "uom_id": self.half_day.id,
                }
                for number in range(85)
            ]
        )
        self.assertEqual(len(uses), 85)
        page = f"{self.page_a}/historique"
        self.assertEqual(len(self._rows(page)), 80)
        self.assertEqual(len(self._rows(f"{page}/page/2")), 6)
        self.assertTrue(self._rows(f"{page}/page/999"))

    def test_counter(self):
        self.authenticate(self.user_a.login, PASSWORD)
        counters = self.url_open(
            "/my/counters", json={"params": {"counters": ["forfait_count"]}}
        ).json()["result"]
        self.assertEqual(counters["forfait_count"], 1)

    # === Queries ===
    def test_same_queries_for_5_and_50_uses(self):
        paths = (self.page_a, f"{self.page_a}/historique")
        self.authenticate(self.user_a.login, PASSWORD)
        self._more_uses(5)
        few = [self._queries(path) for path in paths]
        self._more_uses(45)
        self.assertEqual([self._queries(path) for path in paths], few)

    def _more_uses(self, number):
        for _use in range(number):
            self.use(self.data_a, 0.5)
        self.env.flush_all()

    def _queries(self, path):
        self.url_open(path)
        with self.counted_queries() as queries:
            self.assertEqual(self.url_open(path).status_code, 200)
        return queries.number


@tagged("post_install", "-at_install")
class TestPortalForfaitIsolation(ForfaitMixin, IsolationCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.use_a._reverse("secret of A")

    def test_others_are_closed(self):
        closed = {
            self.user_a: (self.page_b,),
            self.user_b: (self.page_a,),
            self.user_annexe: (self.page_a, self.page_b),
            self.user_former: (self.page_a, self.page_b),
            self.user_nobody: (self.page_a, self.page_b),
            self.user_epci: (self.page_b,),
        }
        for user, pages in closed.items():
            self.authenticate(user.login, PASSWORD)
            for page in pages:
                for path in (page, f"{page}/historique", f"{page}/historique/page/1"):
                    with self.subTest(user=user.login, path=path):
                        self.assert_closed(path)

    def test_own_are_open(self):
        """Positive twin: each one's own, and the annexed budget of the commune."""
        for user, partners in (
            (self.user_a, self.commune_a | self.annexe_a),
            (self.user_ab, self.commune_a | self.commune_b),
            (self.user_annexe, self.annexe_a),
        ):
            self.authenticate(user.login, PASSWORD)
            for partner in partners:
                for path in ("", "/historique"):
                    response = self._get(f"/my/forfait/{partner.id}{path}")
                    self.assertEqual(response.status_code, 200)
                    self.assertIn(partner.name, response.text)
                    self.assertEqual(
                        "secret of A" in response.text,
                        bool(path) and partner == self.commune_a,
                    )

    def test_an_employee_has_no_forfait(self):
        """The pages are those of a contact: an employee has the back office."""
        self.authenticate("cdg47_employee", "cdg47_employee")
        self.assert_closed(self.page_a)

    def test_missing_records_answer_alike(self):
        self.authenticate(self.user_a.login, PASSWORD)
        for number in (10**7, 2**31, 10**20):
            self.assert_closed(f"/my/forfait/{number}")
            self.assert_closed(f"/my/forfait/{number}/historique")

    def test_by_rpc_nothing(self):
        """The ledger has no access at all: the pages alone show it."""
        for record in (self.use_a, self.use_a.entitlement_id):
            theirs = record.with_user(self.user_a)
            for operation in ("read", "write", "create", "unlink"):
                self.assertFalse(theirs.has_access(operation))
            for call in (theirs.search, theirs.search_count, theirs.search_read):
                with self.assertRaises(AccessError):
                    call([])
            with self.assertRaises(AccessError):
                theirs._read_group([], [], ["__count"])
            with self.assertRaises(UserError):
                theirs.export_data(["id"])

    def test_mandate_that_ends(self):
        self.authenticate(self.user_b.login, PASSWORD)
        self.assertEqual(self.url_open(self.page_b).status_code, 200)
        self.user_b.partner_id.own_mandate_ids.date_end = self._days_ago(1)
        self.assert_closed(self.page_b)

    def test_not_signed_in(self):
        self.authenticate(None, None)
        for path in ("/my/forfait", self.page_a, f"{self.page_a}/historique"):
            response = self.url_open(path, allow_redirects=False)
            self.assertEqual(response.status_code, 303)
            self.assertIn("/web/login", response.headers["Location"])
