# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""« L'année »: what is left to do, and the list where it is done."""

import json

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import ConventionCase
from .test_accounting import AccountingCase


class YearMixin:
    def page(self, year=2027, user=None):
        pages = self.env["cdg47.year"].with_user(user or self.user_manager)
        return pages.browse(pages.action_open(year)["res_id"])

    def sent(self, **values):
        """Propose a convention to a commune, and send it to its mayor."""
        commune = self.make_commune(750, **values)
        self.make_signatory(commune)
        convention = self.make_convention(commune)
        convention.action_send()
        return convention

    def step(self, key, **kwargs):
        return self.page(**kwargs).step_ids.filtered(lambda step: step.key == key)

    def shown(self, step):
        """Return what the list behind a step holds."""
        action = step.action_open()
        return step.env[action["res_model"]].search(action["domain"])


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestYear(YearMixin, ConventionCase):
    def test_where_nothing_was_done(self):
        """An empty year says what to begin with; every step opens something."""
        page = self.page(2031)
        self.assertEqual(self.step("unsigned", year=2031).state, "done")
        self.assertIn("Not prepared yet", self.step("campaign", year=2031).sentence)
        for step in page.step_ids:
            with self.subTest(step.key):
                self.assertTrue(step.sentence)
                self.assertIn("type", step.action_open())

    def test_what_is_missing_is_mended_in_its_list(self):
        commune = self.sent(company_registry=False).partner_id
        step = self.step("siret")
        self.assertEqual(step.state, "todo")
        self.assertIn(commune, self.shown(step))
        left = step.left
        view = self.env.ref("cdg47_convention.res_partner_view_list_to_complete")
        with Form(commune.with_user(self.user_manager), view) as line:
            line.company_registry = "21470001500016"
        self.assertEqual(self.step("siret").left, left - 1)
        self.assertNotIn(commune, self.shown(self.step("siret")))

    def test_the_life_of_a_convention(self):
        """Drafted, awaited, signed, counter-signed: each step in its turn."""
        before = {step.key: step.left for step in self.page().step_ids}

        def told():
            now = {step.key: step.left for step in self.page().step_ids}
            return {key for key in now if now[key] > before[key]}

        convention = self.sent()
        self.assertIn("unsigned", told())
        with freeze_time("2027-09-15 10:00:00"):
            self.assertIn("92 days", self.step("unsigned").sentence)
        self.sign(convention)
        self.assertNotIn("unsigned", told())
        self.assertIn("countersigning", told())
        convention.with_user(self.user_manager).action_countersign()
        self.assertNotIn("countersigning", told())
        ending = self.step("endings", year=convention.date_end.year)
        self.assertIn(convention, self.shown(ending))

    def test_a_signatory_signs_for_the_annexed_budget(self):
        commune = self.make_commune(750)
        budget = self.make_annexe(commune)
        for partner in (commune, budget):
            self.env["cdg47.convention"].create(
                {"partner_id": partner.id, "date_start": "2027-01-01", "state": "sent"}
            )
        self.assertLessEqual(commune | budget, self.shown(self.step("signatories")))
        self.make_signatory(commune)
        self.assertFalse((commune | budget) & self.shown(self.step("signatories")))

    def test_a_census_is_owed_by_who_is_priced_by_it(self):
        """The campaign and the page read one rule: S9 is priced by no population."""
        old = self.make_commune(750)
        outside = self.make_commune(750)
        self.make_census(outside, "2021-01-01", affiliation="non_affiliated")
        nobody = self.make_commune(None)
        conventions = self.make_convention(old) | self.make_convention(outside)
        conventions |= self.env["cdg47.convention"].create(
            {"partner_id": nobody.id, "date_start": "2027-01-01"}
        )
        conventions.state = "sent"
        owed = self.shown(self.step("census"))
        self.assertLessEqual(old | nobody, owed)
        self.assertNotIn(outside, owed)
        self.make_census(old, "2027-01-01", population_total=760)
        self.assertNotIn(old, self.shown(self.step("census")))

    def test_the_years_beside(self):
        page = self.page()
        for name, year in (("previous", 2026), ("next", 2028), ("refresh", 2027)):
            action = getattr(page, f"action_{name}")()
            self.assertEqual(page.browse(action["res_id"]).year, year)

    def test_only_who_manages_conventions(self):
        for user in (self.user_accountant, self.user_employee):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.page(user=user)
        page = self.page(user=self.user_user)
        self.assertTrue(page.step_ids)
        # What they may not open has no list.
        self.assertFalse(self.step("tariff", user=self.user_user).action_open())

    def test_as_many_queries_for_many_collectivites(self):
        def count_with(more):
            for _number in range(more):
                self.sent(company_registry=False)
            self.env.flush_all()
            # What Odoo keeps of groups and rules is read first.
            return [self.queries_of(self.page) for _time in range(3)][-1]

        self.assertEqual(count_with(2), count_with(8))


@freeze_time("2027-01-10 10:00:00")
@tagged("post_install", "-at_install")
class TestYearMoney(YearMixin, AccountingCase):
    def test_its_money_by_month(self):
        move = self.posted()
        year = move.invoice_date.year
        graph = json.loads(self.page(year).billed_graph)[0]
        months = [point["value"] for point in graph["values"]]
        self.assertEqual(len(months), 12)
        self.assertAlmostEqual(
            months[move.invoice_date.month - 1], move.amount_untaxed_signed
        )
        titles = self.step("titles", year=year)
        self.assertIn(move, self.shown(titles))
        move.write({"cdg47_title_number": "27", "cdg47_collection": "issued"})
        self.assertNotIn(move, self.shown(self.step("titles", year=year)))
