# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ConventionCase

TODAY = date(2026, 11, 23)

# Inhabitants, agents → stratum: both sides of every bound of Annexe 1.
COMMUNES = [
    (0, "S1"), (1, "S1"), (99, "S1"), (100, "S2"), (249, "S2"), (250, "S3"),
    (499, "S3"), (500, "S4"), (999, "S4"), (1000, "S5"), (1999, "S5"), (2000, "S6"),
    (3499, "S6"), (3500, "S7"), (4999, "S7"), (5000, "S8"), (9999, "S8"),
    (10000, "S9"), (500000, "S9"),
]  # fmt: skip
ESTABLISHMENTS = [
    (0, "S2"), (1, "S2"), (3, "S2"), (4, "S3"), (7, "S3"), (8, "S4"), (9, "S4"),
    (10, "S5"), (19, "S5"), (20, "S6"), (29, "S6"), (30, "S7"), (59, "S7"),
    (60, "S8"), (119, "S8"), (120, "S9"), (5000, "S9"),
]  # fmt: skip


@freeze_time("2026-11-23 10:00:00")
@tagged("post_install", "-at_install")
class TestStratum(ConventionCase):
    def assert_stratum(self, partner, code, day=TODAY):
        stratum, reason = partner._cdg47_stratum_at(day)
        self.assertEqual(stratum.code or None, code, reason)
        return reason

    # === Bounds (R1) ===
    def test_commune_bounds(self):
        for population, code in COMMUNES:
            with self.subTest(population=population):
                self.assert_stratum(self.make_commune(population), code)

    def test_establishment_bounds(self):
        for agents, code in ESTABLISHMENTS:
            with self.subTest(agents=agents):
                self.assert_stratum(self.make_establishment(agents), code)

    def test_annexed_budget_by_its_own_agents(self):
        """An annexed budget is sized by its agents, whatever its commune's size."""
        mother = self.make_commune(12000)
        for agents, code in ESTABLISHMENTS:
            with self.subTest(agents=agents):
                self.assert_stratum(self.make_annexe(mother, agents), code)

    def test_a_commune_is_not_sized_by_its_agents(self):
        commune = self.make_commune(80)
        self.make_census(commune, "2021-01-01", agents=200)
        self.assert_stratum(commune, "S1")

    def test_reason_names_the_size_and_its_date(self):
        self.assertIn("750", self.assert_stratum(self.make_commune(750), "S4"))
        reason = self.assert_stratum(self.make_establishment(7), "S3")
        self.assertIn("7 ", reason)
        self.assertIn("2020", reason)

    # === Status before size ===
    def test_status_precedence(self):
        host = self.make_commune(900)
        hosted = {"hosting": "hosted", "hosted_by_id": host.id}
        cases = [
            ("affiliated", {"affiliation": "affiliated"}, "S1"),
            ("non-affiliated", {"affiliation": "non_affiliated"}, "S9"),
            ("hosted", hosted, "HEB"),
            ("own database", {"hosting": "own"}, "S1"),
            ("both", {"affiliation": "non_affiliated", **hosted}, None),
        ]
        for label, facts, code in cases:
            with self.subTest(label):
                commune = self.make_commune(80)
                self.make_census(commune, "2021-01-01", **facts)
                reason = self.assert_stratum(commune, code)
                self.assertTrue(reason)
        self.assertIn(commune.name, reason)
        self.assertIn("manager", reason)

    def test_hosted_whatever_the_size(self):
        host = self.make_commune(900)
        hosted = {"hosting": "hosted", "hosted_by_id": host.id}
        for partner in (
            self.make_commune(0),
            self.make_commune(15000),
            self.make_commune(None),
            self.make_establishment(300),
        ):
            with self.subTest(partner=partner.collectivite_type):
                self.make_census(partner, "2021-01-01", **hosted)
                self.assertIn(host.name, self.assert_stratum(partner, "HEB"))

    def test_status_decides_without_any_size(self):
        establishment = self.make_establishment(None)
        self.make_census(establishment, affiliation="non_affiliated")
        self.assert_stratum(establishment, "S9")

    def test_hosted_needs_a_host(self):
        commune, host = self.make_commune(), self.make_commune()
        for facts in (
            {"hosting": "hosted"},
            {"hosting": "own", "hosted_by_id": host.id},
            {"hosted_by_id": host.id},
            {"hosting": "hosted", "hosted_by_id": commune.id},
        ):
            with self.subTest(facts=facts), self.assertRaises(ValidationError):
                self.make_census(commune, "2021-01-01", **facts)

    # === Missing facts ===
    def test_missing_facts_are_named(self):
        commune = self.make_commune(None)
        reason = self.assert_stratum(commune, None)
        self.assertIn("population", reason)
        self.assertIn(commune.name, reason)
        for partner in (self.make_establishment(None), self.make_annexe(commune, None)):
            reason = self.assert_stratum(partner, None)
            self.assertIn("agents", reason)
            self.assertIn(partner.name, reason)

    def test_the_other_size_does_not_help(self):
        commune = self.make_collectivite("commune", {"agents": 3})
        establishment = self.make_collectivite(
            "etablissement", {"population_total": 300}
        )
        self.assert_stratum(commune, None)
        self.assert_stratum(establishment, None)

    def test_not_a_collectivite(self):
        company = self.env["res.partner"].create({"name": "Shop", "is_company": True})
        self.assert_stratum(company, None)
        self.assertFalse(company.stratum_id)
        self.assertFalse(company.stratum_reason)

    # === 0 is a fact, empty is not ===
    def test_zero_and_empty_on_create(self):
        cases = [
            ({"population_total": 0}, "S1"),
            ({"population_total": 0, "population_municipal": 0}, "S1"),
            ({"population_total": False}, None),
            ({"population_total": None}, None),
            ({}, None),
            ({"has_population": True}, "S1"),
            ({"has_population": False, "population_total": 0}, None),
            ({"population_total": 120, "population_municipal": 118}, "S2"),
        ]
        for facts, code in cases:
            with self.subTest(facts=facts):
                commune = self.make_commune(None)
                self.make_census(commune, **facts)
                self.assert_stratum(commune, code)

    def test_zero_and_empty_agents_on_create(self):
        for facts, code in [
            ({"agents": 0}, "S2"),
            ({"agents": False}, None),
            ({"has_agents": True}, "S2"),
            ({"has_agents": False, "agents": 0}, None),
        ]:
            with self.subTest(facts=facts):
                establishment = self.make_establishment(None)
                self.make_census(establishment, **facts)
                self.assert_stratum(establishment, code)

    def test_zero_and_empty_through_the_form(self):
        commune = self.make_commune(None)
        with Form(self.env["cdg47.census"]) as form:
            form.partner_id = commune
            form.date_from = "2021-01-01"
        self.assert_stratum(commune, None)
        with Form(commune.census_ids) as form:
            form.has_population = True
        self.assert_stratum(commune, "S1")
        with Form(commune.census_ids) as form:
            form.population_total = 260
        self.assertTrue(commune.census_ids.has_population)
        self.assert_stratum(commune, "S3")

    def test_zero_written_later_is_a_fact(self):
        commune, establishment = self.make_commune(None), self.make_establishment(None)
        census = self.make_census(commune, source="Letter")
        census.population_total = 0
        self.assert_stratum(commune, "S1")
        census = self.make_census(establishment, source="Letter")
        census.write({"agents": 0})
        self.assert_stratum(establishment, "S2")

    def test_empty_fact_is_unchanged(self):
        commune, host = self.make_commune(750), self.make_commune()
        self.make_census(commune, "2021-01-01", affiliation="non_affiliated")
        self.make_census(commune, "2022-01-01", population_total=200)
        self.assert_stratum(commune, "S9")
        self.make_census(commune, "2023-01-01", affiliation="affiliated")
        self.assert_stratum(commune, "S2")
        self.make_census(commune, "2024-01-01", hosting="hosted", hosted_by_id=host.id)
        self.make_census(commune, "2025-01-01", source="Letter")
        self.assert_stratum(commune, "HEB")
        self.make_census(commune, "2026-01-01", hosting="own")
        self.assert_stratum(commune, "S2")

    def test_sizes_are_never_negative(self):
        commune = self.make_commune()
        for name in ("population_total", "population_municipal", "agents"):
            with (
                self.subTest(name),
                mute_logger("odoo.sql_db"),
                self.assertRaises(Exception) as caught,
            ):
                self.make_census(commune, "2021-01-01", **{name: -1})
            self.assertIn("sizes_positive", str(caught.exception))

    # === Dates ===
    def test_facts_are_dated(self):
        commune = self.make_commune(240)
        self.make_census(commune, "2025-01-01", population_total=260)
        self.make_census(commune, "2027-01-01", population_total=510)
        for day, code in [
            (date(2019, 12, 31), None),
            (date(2020, 1, 1), "S2"),
            (date(2024, 12, 31), "S2"),
            (date(2025, 1, 1), "S3"),
            (date(2026, 12, 31), "S3"),
            (date(2027, 1, 1), "S4"),
        ]:
            with self.subTest(day=day):
                self.assert_stratum(commune, code, day)
        self.assertEqual(commune.stratum_id, self.stratum("S3"))

    def test_today_is_a_day_in_paris(self):
        """At 23:30 UTC on 31 December, France is already in the new year."""
        commune = self.make_commune(240)
        self.make_census(commune, "2027-01-01", population_total=510)
        with freeze_time("2026-12-31 23:30:00"):
            commune.invalidate_recordset()
            self.assertEqual(commune.stratum_id.code, "S4")
        with freeze_time("2026-12-31 22:30:00"):
            commune.invalidate_recordset()
            self.assertEqual(commune.stratum_id.code, "S2")

    def test_of_today_follows_the_census(self):
        commune = self.make_commune(99)
        self.assertEqual(commune.stratum_id.code, "S1")
        commune.census_ids.population_total = 100
        self.assertEqual(commune.stratum_id.code, "S2")
        commune.census_ids.affiliation = "non_affiliated"
        self.assertEqual(commune.stratum_id.code, "S9")
        self.assertFalse(commune.is_affiliated)
        commune.census_ids.unlink()
        self.assertFalse(commune.stratum_id)
        self.assertTrue(commune.is_affiliated)

    # === Settings ===
    def test_population_basis(self):
        commune = self.make_collectivite(
            "commune", {"population_total": 503, "population_municipal": 495}
        )
        self.assertEqual(commune.stratum_id.code, "S4")
        self.company.cdg47_population_basis = "municipal"
        commune.invalidate_recordset()
        self.assertEqual(commune.stratum_id.code, "S3")
        self.assertIn("495", commune.stratum_reason)

    def test_population_basis_without_that_figure(self):
        """A missing municipal figure is missing: not 0 inhabitants, not the total."""
        only_total = self.make_collectivite("commune", {"population_total": 503})
        only_municipal = self.make_collectivite(
            "commune", {"population_municipal": 495}
        )
        self.assert_stratum(only_total, "S4")
        self.assertIn("population", self.assert_stratum(only_municipal, None))
        self.company.cdg47_population_basis = "municipal"
        self.assertIn("population", self.assert_stratum(only_total, None))
        self.assert_stratum(only_municipal, "S3")

    def test_bounds_of_a_stratum(self):
        stratum = self.stratum("S3")
        for values in ({"population_max": 100}, {"agents_min": -1}):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                stratum.write(values)

    # === Search ===
    def test_search_by_stratum(self):
        partners = self.env["res.partner"]
        small, middle = self.make_commune(50), self.make_commune(750)
        unknown = self.make_commune(None)
        company = partners.create({"name": "Shop", "is_company": True})
        ours = small | middle | unknown | company

        def found(*leaf):
            return partners.search([("id", "in", ours.ids), leaf])

        s1, s4 = self.stratum("S1"), self.stratum("S4")
        self.assertEqual(found("stratum_id", "=", s1.id), small)
        self.assertEqual(found("stratum_id", "in", [s1.id, s4.id]), small | middle)
        self.assertEqual(found("stratum_id", "ilike", "S4"), middle)
        self.assertEqual(found("stratum_id.code", "=", "S4"), middle)
        self.assertEqual(found("stratum_id", "=", False) & unknown, unknown)
        self.assertFalse(found("stratum_id", "=", False) & (small | middle))
        self.assertIn(middle, found("stratum_id", "!=", s1.id))
        self.assertNotIn(small, found("stratum_id", "!=", s1.id))
        self.assertEqual(found("stratum_id", "!=", False), small | middle)

    def test_search_by_affiliation(self):
        member, other = self.make_commune(), self.make_commune()
        self.make_census(other, "2021-01-01", affiliation="non_affiliated")
        both = [("id", "in", (member | other).ids)]
        partners = self.env["res.partner"]
        self.assertEqual(partners.search([*both, ("is_affiliated", "=", True)]), member)
        self.assertEqual(partners.search([*both, ("is_affiliated", "=", False)]), other)

    # === Portal ===
    def test_portal_reads_its_stratum_and_no_other(self):
        """Its host is out of its sight: the sentence is still readable."""
        mine, host = self.make_commune(80), self.make_commune(900)
        self.make_census(mine, "2021-01-01", hosting="hosted", hosted_by_id=host.id)
        contact = self.make_contact(parent_id=mine.id)
        self.make_mandate(contact, mine)
        user = self.make_portal_user(contact)
        mine_as_portal = mine.with_user(user)
        mine_as_portal.invalidate_recordset()
        self.assertEqual(mine_as_portal.stratum_id.code, "HEB")
        self.assertIn(host.name, mine_as_portal.stratum_reason)
        self.assertEqual(mine_as_portal.census_ids, mine.census_ids)
        with self.assertRaises(AccessError):
            host.with_user(user).read(["stratum_id"])

    # === Slope ===
    def test_same_queries_for_5_and_50(self):
        partners = self.env["res.partner"]
        for number in range(50):
            partners |= self.make_commune(number * 100)

        def queries(records):
            with self.counted_queries() as queries:
                records.mapped("stratum_id.code")
                records.mapped("stratum_reason")
                records.mapped("is_affiliated")
                records.mapped("hosted_by_id")
            return queries.number

        queries(partners)
        self.assertEqual(queries(partners[:5]), queries(partners))
