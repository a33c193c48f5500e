# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
from collections import Counter
from functools import partial

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import file_open, mute_logger

from .queries_common import QueriesMixin
from .table_common import ImportMixin

HEADER = "code_insee,nom,siren,code_postal,population_totale,population_municipale"
STRATA_2025 = {
    "S1": 7, "S2": 77, "S3": 92, "S4": 74, "S5": 36, "S6": 17, "S7": 6, "S8": 7,
    "S9": 3,
}  # fmt: skip
CHANGES_2025 = {"47045", "47064", "47071", "47281", "47289"}


def demo_file(name):
    with file_open(f"cdg47_convention/demo/{name}", "rb") as file:
        return file.read()


class CensusImportCase(QueriesMixin, ImportMixin, TransactionCase):
    filename = "communes_2025.csv"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A database with demonstration data has these collectivités already: their
        # codes are put aside, whatever refers to them.
        known = cls.env["res.partner"].with_context(active_test=False)
        known.search([("collectivite_type", "!=", False)]).write(
            {"insee_code": False, "company_registry": False}
        )
        cls.user = new_test_user(
            cls.env,
            login="census_user",
            groups="cdg47_convention.group_convention_user",
        )
        cls.importer = cls.env["cdg47.census.import"].with_user(cls.user)
        cls.partners = cls.env["res.partner"].with_context(active_test=False)

    def lines(self, *rows):
        return "\n".join((HEADER, *rows)) + "\n"

    def counts(self, wizard):
        return (wizard.created_count, wizard.updated_count, wizard.unchanged_count)

    def partner(self, insee_code):
        return self.partners.search([("insee_code", "=", insee_code)])

    def written(self):
        """Count what an import may write."""
        self.env.flush_all()
        return (
            self.partners.search_count([]),
            self.env["cdg47.census"].search_count([]),
            self.env["cdg47.ledger"].search_count([]),
        )


@tagged("post_install", "-at_install")
class TestCensusImport(CensusImportCase):
    def test_two_years_of_the_department(self):
        first = self.apply(demo_file("communes_47_2024.csv"), "communes_47_2024.csv")
        self.assertEqual(self.counts(first), (319, 0, 0))
        self.assertEqual(str(first.date_from), "2024-01-01")
        second = self.wizard(demo_file("communes_47_2025.csv"), "communes_47_2025.csv")
        self.assertEqual(self.counts(second), (0, 319, 0))
        self.assertEqual(second.change_count, 5)
        calignac = second.change_ids.filtered(lambda line: line.name == "Calignac")
        self.assertIn("S3 · 496", calignac.before)
        self.assertIn("S4 · 502", calignac.after)
        second.action_apply()
        changed = self.partners.search(second.action_view_changes()["domain"])
        self.assertEqual(set(changed.mapped("insee_code")), CHANGES_2025)
        shown = self.partners.search(second.action_view_collectivites()["domain"])
        self.assertEqual(len(shown), 319)
        self.assertEqual(Counter(p.stratum_id.code for p in shown), STRATA_2025)

    def test_municipal_population_moves_seven_communes(self):
        self.apply(demo_file("communes_47_2025.csv"), "communes_47_2025.csv")
        communes = self.partners.search([("insee_code", "=like", "47%")])
        total = {p: p.stratum_id for p in communes}
        self.env.company.cdg47_population_basis = "municipal"
        communes.invalidate_recordset()
        self.assertEqual(sum(p.stratum_id != total[p] for p in communes), 7)

    def test_importing_again_changes_nothing(self):
        for name, count in (("communes_47_2025.csv", 319), ("epci_47.csv", 12)):
            self.apply(demo_file(name), name)
            before = self.written()
            again = self.wizard(demo_file(name), name)
            self.assertEqual(self.counts(again), (0, 0, count))
            again.action_apply()
            self.assertEqual(self.written(), before)

    def test_what_a_commune_becomes(self):
        self.apply(
            self.lines("01004,Ambérieu-en-Bugey,210100046,01500,15930,15554"),
            "communes_2025.csv",
        )
        commune = self.partner("01004")
        self.assertRecordValues(
            commune,
            [
                {
                    "name": "Ambérieu-en-Bugey",
                    "collectivite_type": "commune",
                    "is_company": True,
                    "company_registry": "210100046",
                    "zip": "01500",
                    "city": "Ambérieu-en-Bugey",
                    "country_id": self.env.ref("base.fr").id,
                }
            ],
        )
        self.assertRecordValues(
            commune.census_ids,
            [
                {
                    "population_total": 15930,
                    "population_municipal": 15554,
                    "has_population": True,
                    "has_agents": False,
                    "source": "communes_2025.csv",
                }
            ],
        )
        self.assertTrue(commune.ledger_ids)

    def test_establishments_have_agents_and_affiliation(self):
        self.apply(demo_file("epci_47.csv"), "epci_47_2025.csv")
        albret = self.partners.search([("company_registry", "=", "200068948")])
        self.assertEqual(albret.collectivite_type, "etablissement")
        self.assertEqual(albret.census_ids.agents, 118)
        self.assertEqual(albret.stratum_id.code, "S8")
        agen = self.partners.search([("company_registry", "=", "200096956")])
        self.assertFalse(agen.is_affiliated)
        self.assertEqual(agen.stratum_id.code, "S9")

    def test_preview_writes_nothing(self):
        before = self.written()
        wizard = self.wizard(demo_file("communes_47_2025.csv"), "communes_47_2025.csv")
        self.assertEqual(self.counts(wizard), (319, 0, 0))
        self.assertEqual(len(wizard.sample_ids), 100)
        self.assertEqual(self.written(), before)

    def test_every_commune_of_france_is_read(self):
        path = "cdg47_convention/tests/data/communes_france.csv.gz"
        with file_open(path, "rb") as file:
            wizard = self.wizard(file.read(), "communes_france_2025.csv.gz")
        self.assertEqual((wizard.error_count, wizard.notice_count), (0, 0))
        self.assertEqual(self.counts(wizard), (34969, 0, 0))
        todo = wizard._plan().todo
        codes = {change.partner_vals["insee_code"] for change in todo}
        self.assertTrue({"01001", "2A004", "97411"} <= codes)
        # Real holes: those communes are created without the fact that is missing.
        unknown = [c for c in todo if "population_total" not in c.census_vals]
        self.assertEqual(len(unknown), 98)

    def test_zero_is_a_fact_and_an_empty_cell_is_not(self):
        self.apply(
            self.lines(
                "47001,Agen,,47000,0,0",
                "47002,Agmé,,47350,,",
                "47003,Agnac,,47800,,458",
            )
        )
        self.assertTrue(self.partner("47001").census_ids.has_population)
        self.assertEqual(self.partner("47001").stratum_id.code, "S1")
        self.assertFalse(self.partner("47002").census_ids)
        # One population alone never makes the other read as 0.
        self.assertFalse(self.partner("47003").stratum_id)
        self.env.company.cdg47_population_basis = "municipal"
        self.partner("47003").invalidate_recordset()
        self.assertEqual(self.partner("47003").stratum_id.code, "S3")

    def test_same_date_updates_the_columns_given(self):
        self.apply(self.lines("47001,Agen,214700015,47000,33299,32485"))
        self.apply("code_insee,agents\n47001,640\n", "agents_2025.csv")
        census = self.partner("47001").census_ids
        self.assertEqual(len(census), 1)
        self.assertEqual(
            (census.population_total, census.agents, census.source),
            (33299, 640, "communes_2025.csv, agents_2025.csv"),
        )
        self.apply(self.lines("47001,Agen,,,33300,"))
        self.assertEqual(
            (census.population_total, census.population_municipal), (33300, 32485)
        )

    def test_a_known_contact_is_adopted_and_its_siret_kept(self):
        contact = self.partners.create(
            {
                "name": "Mairie d'Agen",
                "is_company": True,
                "company_registry": "21470001500016",
                "country_id": self.env.ref("base.fr").id,
            }
        )
        wizard = self.apply(self.lines("47001,Agen,214700015,47000,10,10"))
        self.assertEqual(self.counts(wizard), (0, 1, 0))
        self.assertEqual(contact.insee_code, "47001")
        self.assertEqual(contact.collectivite_type, "commune")
        self.assertEqual(contact.company_registry, "21470001500016")

    def test_another_siren_is_kept_with_a_remark(self):
        self.apply(self.lines("47001,Agen,214700015,47000,10,10"))
        wizard = self.apply(self.lines("47001,Agen,214700023,47000,10,10"))
        self.assertEqual(self.counts(wizard), (0, 0, 1))
        self.assertEqual(wizard.notice_count, 1)
        self.assertEqual(self.partner("47001").company_registry, "214700015")

    def test_archived_collectivites_get_no_twin(self):
        self.apply(self.lines("47001,Agen,214700015,47000,10,10"))
        self.partner("47001").active = False
        wizard = self.apply(self.lines("47001,Agen,214700015,47000,11,10"))
        self.assertEqual(self.counts(wizard), (0, 1, 0))
        self.assertIn("archived", wizard.notice_ids.message)

    def test_sheet_of_facts(self):
        self.apply(
            self.lines(
                "47001,Agen,214700015,47000,33299,32485",
                "47002,Agmé,214700023,47350,111,107",
                "47003,Agnac,214700031,47800,469,458",
            )
        )
        wizard = self.apply(
            "siren,code_insee,agents,affiliation,hebergement,hebergee_par\n"
            ",47002,2,,hebergee,214700015\n"
            "214700031,,0,non_affiliee,propre,\n",
            "faits_2025.csv",
        )
        self.assertEqual(self.counts(wizard), (0, 2, 0))
        self.assertEqual(wizard.change_count, 2)
        self.assertEqual(self.partner("47002").stratum_id.code, "HEB")
        self.assertEqual(self.partner("47002").hosted_by_id, self.partner("47001"))
        self.assertEqual(self.partner("47003").stratum_id.code, "S9")
        self.assertTrue(self.partner("47003").census_ids.has_agents)
        again = self.apply(
            "siren,agents,hebergement,hebergee_par\n214700023,2,hebergee,47001\n",
            "faits_2025.csv",
        )
        self.assertEqual(self.counts(again), (0, 0, 1))
        # Given back its own database, it is sized by its population again.
        self.apply("code_insee,hebergement\n47002,propre\n", "faits_2025.csv")
        self.assertEqual(self.partner("47002").stratum_id.code, "S2")

    def test_an_annexed_budget_is_named_by_its_siret(self):
        self.apply(self.lines("47001,Agen,214700015,47000,33299,32485"))
        annexe = self.partners.create(
            {
                "name": "Budget annexe de l'eau",
                "is_company": True,
                "collectivite_type": "budget_annexe",
                "parent_id": self.partner("47001").id,
                "country_id": self.env.ref("base.fr").id,
            }
        )
        annexe.company_registry = "21470001500024"
        self.apply("siren,agents\n21470001500024,9\n", "agents_2025.csv")
        self.assertEqual(annexe.stratum_id.code, "S4")

    def test_a_demonstration_file_is_imported_at_once(self):
        self.env["cdg47.census.import"]._import_demo_file("epci_47.csv")
        self.assertTrue(self.partners.search([("company_registry", "=", "248200016")]))

    def test_communes_go_into_their_intercommunalite(self):
        """Once it is known; a commune of none keeps what somebody entered."""
        imports = self.env["cdg47.census.import"]
        imports._import_demo_file("communes_47_2024.csv")
        agme = self.partner("47002")
        self.assertFalse(agme.epci_id)
        imports._import_demo_file("epci_47.csv")
        imports._import_demo_file("communes_47_2025.csv")
        self.assertEqual(agme.epci_id.company_registry, "200030674")
        header = "code_insee,nom,siren,population_totale,population_municipale,EPCI\n"
        self.apply(header + "47002,Agmé,214700023,110,106,ZZZZZZZZZ\n", "x_2026.csv")
        self.assertEqual(agme.epci_id.company_registry, "200030674")

    def test_date_of_the_census(self):
        wizard = self.importer.create({"filename": "communes_2019.csv"})
        self.assertEqual(str(wizard.date_from), "2019-01-01")
        wizard = self.importer.create(
            {"filename": "communes_2019.csv", "date_from": "2020-03-01"}
        )
        self.assertEqual(str(wizard.date_from), "2020-03-01")

    def test_only_convention_users_import(self):
        employee = new_test_user(self.env, login="census_employee")
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            self.env["cdg47.census.import"].with_user(employee).create({})


@tagged("post_install", "-at_install")
class TestCensusImportRefusals(CensusImportCase):
    def assertErrors(self, content, *expected, filename="x_2025.csv", **values):
        """Assert the errors as (line, words) and that nothing can be applied."""
        before = self.written()
        wizard = self.wizard(content, filename, **values)
        found = [(line.line, line.message) for line in wizard.error_ids]
        self.assertEqual([line for line, _m in found], [line for line, _w in expected])
        for (_line, message), (_number, words) in zip(found, expected, strict=True):
            self.assertIn(words, message)
        wizard.action_apply()
        self.assertEqual(wizard.state, "preview")
        self.assertEqual(self.written(), before)
        return wizard

    def test_one_bad_line_stops_the_whole_file(self):
        self.assertErrors(
            self.lines("47001,Agen,,47000,10,10", "47002,Agmé,,47350,x,10"),
            (3, "whole number"),
        )

    def test_cells(self):
        self.assertErrors(
            self.lines(
                "101,Abc,,47000,10,10",
                "47002,Agmé,214700024,47350,10,10",
                "47003,Agnac,,47800,-4,10",
                "47004,,,47800,4,4",
                ",Sans code,,47800,4,4",
            ),
            (2, "five characters"),
            (3, "check digit"),
            (4, "negative"),
            (5, "« nom » is empty"),
            (6, "« code_insee » is empty"),
        )

    def test_missing_columns_are_named(self):
        wizard = self.assertErrors(
            "code_insee,nom,code_postal,population_totale\n47001,Agen,47000,1\n",
            (1, "columns are missing"),
        )
        self.assertEqual(wizard.error_ids.name, "population_municipale")
        self.assertErrors("a,b\n1,2\n", (1, "columns are missing"))

    def test_a_file_without_its_codes(self):
        content = demo_file("communes_47_2025.csv").replace(b"code_insee", b"code", 1)
        wizard = self.assertErrors(content, (1, "columns are missing"))
        self.assertEqual(wizard.error_ids.name, "code_insee")

    def test_duplicates_cite_both_lines(self):
        self.assertErrors(
            self.lines("47001,Agen,,47000,1,1", "47002,B,,,1,1", "47001,Agen,,,1,1"),
            (4, "already on line 2"),
        )
        self.apply(self.lines("47001,Agen,214700015,47000,33299,32485"))
        self.assertErrors(
            "code_insee,siren,agents\n47001,,1\n,214700015,1\n",
            (3, "already on line 2"),
        )

    def test_unknown_collectivites(self):
        self.assertErrors("code_insee,agents\n47999,1\n", (2, "No collectivité"))
        self.assertErrors("siren,agents\n214700015,1\n", (2, "No collectivité"))
        self.assertErrors(
            self.lines("47001,Agen,214700015,47000,1,1"),
            (2, "No collectivité"),
            create_missing=False,
        )

    def test_hosts(self):
        self.apply(self.lines("47001,Agen,214700015,47000,33299,32485"))
        header = "code_insee,hebergement,hebergee_par\n"
        self.assertErrors(header + "47001,hebergee,\n", (2, "needs its host"))
        self.assertErrors(header + "47001,hebergee,47999\n", (2, "No collectivité"))
        self.assertErrors(header + "47001,hebergee,47001\n", (2, "its own host"))
        self.assertErrors(header + "47001,propre,47001\n", (2, "A host is given"))
        self.assertErrors(header + "47001,louee,\n", (2, "must be one of"))

    def test_two_contacts_with_the_same_siren(self):
        values = {
            "is_company": True,
            "company_registry": "214700015",
            "country_id": self.env.ref("base.fr").id,
        }
        self.partners.create(
            [{"name": "Mairie", **values}, {"name": "Ville", **values}]
        )
        self.assertErrors(
            self.lines("47001,Agen,214700015,47000,1,1"), (2, "Several contacts")
        )

    def test_files_that_are_no_table(self):
        self.assertErrors(b"\x00\x01\x02", (0, "not a table"))
        self.assertErrors(b"\x1f\x8b broken", (0, "damaged"))
        with self.assertRaisesRegex(UserError, "Choose a file"):
            self.importer.create({}).action_preview()

    def test_a_huge_upload_is_refused_before_it_is_stored(self):
        huge = "QUFB" * (25 * 1024 * 1024)  # 75 MB once decoded
        with self.assertRaisesRegex(UserError, "larger than 30 MB"):
            self.importer.create({"file": huge, "filename": "huge.csv"})

    def test_import_at_once_lists_the_errors(self):
        before = self.written()
        with self.assertRaisesRegex(UserError, "Line 2, « x »: « population_totale »"):
            self.importer._import_file(
                self.lines("47001,Agen,,47000,x,1").encode(), "communes_2025.csv"
            )
        self.assertEqual(self.written(), before)

    def test_many_errors_are_counted_and_the_first_shown(self):
        rows = [f"47{i:03},C{i},,47000,x,1" for i in range(150)]
        wizard = self.wizard(self.lines(*rows))
        self.assertEqual((wizard.error_count, len(wizard.error_ids)), (150, 100))


@tagged("post_install", "-at_install")
class TestCensusImportQueries(CensusImportCase):
    """The same number of queries for 5 and 50 rows."""

    def communes(self, size, population):
        return self.lines(
            *(f"01{i:03},Commune {i},,01000,{population},1" for i in range(size))
        )

    def assertFlat(self, prepare, act):
        """Assert that an act costs the same on 5 and 50 rows.

        A first run asks for what Odoo then caches, such as the rules of the user.
        """
        costs = []
        for size in (3, 5, 50):
            wizard = prepare(size)
            costs.append(self.queries_of(partial(act, wizard)))
        self.assertEqual(costs[1], costs[2])

    def new(self, content, filename):
        return self.importer.create(
            {"file": base64.b64encode(content.encode()), "filename": filename}
        )

    def test_preview_of_creations(self):
        self.assertFlat(
            lambda size: self.new(self.communes(size, 99), "a_2024.csv"),
            lambda wizard: wizard.action_preview(),
        )

    def test_creating(self):
        def prepare(size):
            self.partners.search([("insee_code", "=like", "01%")]).insee_code = False
            return self.new(self.communes(size, 99), "a_2024.csv")

        self.assertFlat(prepare, lambda wizard: wizard.action_apply())

    def test_updating_facts_and_strata(self):
        self.apply(self.communes(50, 99), "a_2024.csv")

        def prepare(size):
            self.partners.search([("insee_code", "=like", "01%")]).census_ids.filtered(
                lambda census: census.date_from.year == 2025
            ).unlink()
            return self.new(self.communes(size, 100), "a_2025.csv")

        self.assertFlat(prepare, lambda wizard: wizard.action_preview())
        self.assertFlat(prepare, lambda wizard: wizard.action_apply())

    def test_updating_the_same_date(self):
        self.apply(self.communes(50, 99), "a_2024.csv")
        population = iter(range(100, 200))
        self.assertFlat(
            lambda size: self.new(self.communes(size, next(population)), "a_2024.csv"),
            lambda wizard: wizard.action_apply(),
        )

    def test_list_of_collectivites(self):
        self.apply(self.communes(50, 99), "a_2024.csv")
        view = self.env.ref("cdg47_convention.res_partner_view_list_collectivite")
        arch = self.env["res.partner"].get_view(view.id, "list")["arch"]
        names = [node.get("name") for node in etree.fromstring(arch).iter("field")]
        self.assertIn("stratum_id", names)
        specification = {
            name: {"fields": {"display_name": {}}}
            if self.env["res.partner"]._fields[name].relational
            else {}
            for name in [*names, "convention_count"]
        }
        domain = [("insee_code", "=like", "01%")]
        partners = self.partners.with_user(self.user)

        def read(limit):
            records = partners.web_search_read(domain, specification, limit=limit)
            self.assertEqual(len(records["records"]), limit)
            self.assertTrue(all(r["stratum_id"] for r in records["records"]))

        read(3)
        self.assertEqual(
            self.queries_of(lambda: read(5)), self.queries_of(lambda: read(50))
        )
