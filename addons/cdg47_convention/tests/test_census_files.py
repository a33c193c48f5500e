# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Census files as INSEE, BANATIC and French spreadsheets write them (R19)."""

import base64
import io
import re

import openpyxl

from odoo.tests import tagged

from .table_common import case_file, typed, write_csv, write_ods, write_xlsx
from .test_census_import import CensusImportCase

AGME = "census_a1_excel_fr_csv_utf8.csv"
HEADER = ["code_insee", "nom", "population_totale", "population_municipale"]


class CensusFileCase(CensusImportCase):
    def preview(self, name, **values):
        return self.wizard(case_file(name), "communes_2026.csv", **values)

    def know_agme(self, name="Agmé"):
        """Record Agmé as it is before each file."""
        self.apply(
            self.lines(f"47002,{name},214700023,47350,111,107"), "communes_2025.csv"
        )
        return self.partner("47002")

    def messages(self, wizard):
        return " ".join(wizard.notice_ids.mapped("message"))

    def assertSheets(self, rows, check, filename="communes_2026.csv"):
        """Check the same rows as csv, xlsx and ods."""
        for content in (
            write_csv(rows, "cp1252", delimiter=";"),
            write_xlsx(rows),
            write_ods(rows),
        ):
            check(self.wizard(content, filename))

    def workbook(self, action):
        """Return the bytes of the workbook that a button downloads."""
        model, record_id = re.match(
            r"/web/content/([\w.]+)/(\d+)/", action["url"]
        ).groups()
        wizard = self.env[model].browse(int(record_id))
        return base64.b64decode(wizard.with_context(bin_size=False).sheet)


@tagged("post_install", "-at_install")
class TestCensusFiles(CensusFileCase):
    def test_every_dialect_reads_as_is(self):
        for name in (
            AGME,
            "census_a2_excel_fr_csv_cp1252.csv",
            "census_a5_tab_utf8.csv",
            "census_a8_sep_line.csv",
            "census_b3_banner.csv",
            "census_b5_total_row.csv",
            "census_b1_insee_donnees_communes.csv",
        ):
            with self.subTest(name):
                wizard = self.preview(name)
                self.assertFalse(wizard.error_ids.mapped("message"))
                (change,) = wizard._plan().todo
                self.assertEqual(change.partner_vals["insee_code"], "47002")
                self.assertEqual(change.partner_vals["name"], "Agmé")
                facts = change.census_vals
                self.assertEqual(
                    (facts["population_total"], facts["population_municipal"]),
                    (111, 107),
                )

    def test_workbooks_read_as_is(self):
        rows = typed(case_file(AGME))
        self.assertEqual(rows[1][0], 47002.0)
        rows[1:1] = [[None] * 3]
        rows.append([1001, "L'Abergement-Clémenciat", 210100012, 1400, 1, 859, 832])
        for write in (write_xlsx, write_ods):
            wizard = self.wizard(write(rows), "communes_2026.xlsx")
            self.assertFalse(wizard.error_ids.mapped("message"))
            agme, abergement = wizard._plan().todo
            self.assertEqual(agme.partner_vals["company_registry"], "214700023")
            self.assertEqual(abergement.partner_vals["insee_code"], "01001")
            self.assertEqual(abergement.partner_vals["zip"], "01400")
            self.assertIn("it is restored", self.messages(wizard))
            self.assertIn("header on line 1: 2 lines read", wizard.understood)

    def test_what_is_no_data_is_left_out_and_counted(self):
        banner = self.preview("census_b3_banner.csv")
        self.assertEqual(banner.notice_ids.mapped("line"), [1, 2])
        self.assertIn("2 lines are no data", banner.understood)
        total = self.preview("census_b5_total_row.csv")
        self.assertEqual(total.notice_ids.mapped("line"), [3])
        self.assertEqual(self.counts(total), (1, 0, 0))

    def test_a_department_overseas_as_insee_publishes_it(self):
        rows = [["CODDEP", "CODCOM", "COM", "PMUN", "PTOT"]]
        for department, commune in (("971", "01"), ("972", "201"), ("1", 4), ("2A", 4)):
            rows.append([department, commune, f"C{len(rows)}", 10, 11])
        wizard = self.wizard(write_csv(rows), "communes_2026.csv")
        codes = [change.partner_vals["insee_code"] for change in wizard._plan().todo]
        self.assertEqual(codes, ["97101", "97201", "01004", "2A004"])

    def test_banatic(self):
        wizard = self.apply(case_file("etab_g1_banatic_like.csv"), "banatic_2026.csv")
        self.assertEqual(wizard.kind, "etablissements")
        agen = self.partners.search([("company_registry", "=", "200096956")])
        self.assertEqual(agen.collectivite_type, "etablissement")
        self.assertEqual(agen.name, "CA Agglomération d'Agen")
        self.assertEqual(agen.census_ids.population_total, 102345)

    def test_numbers_as_french_software_writes_them(self):
        for name in ("census_c1_number_nnbsp.csv", "census_c6_number_float.csv"):
            (change,) = self.preview(name)._plan().todo
            self.assertEqual(change.census_vals["population_total"], 32988)
        rows = [HEADER, [47002.0, "Agmé", 32988.0, "32 193"]]

        def check(wizard):
            facts = wizard._plan().todo[0].census_vals
            self.assertEqual(facts["population_municipal"], 32193)

        self.assertSheets(rows, check)

    def test_an_unknown_number_is_an_empty_fact(self):
        for value in ("n.d.", "-", "NC", "nd"):
            content = case_file("census_c8_number_nd.csv").decode()
            wizard = self.wizard(content.replace("n.d.", value), "communes_2026.csv")
            (change,) = wizard._plan().todo
            self.assertNotIn("population_total", change.census_vals)
            self.assertIn(f"says « {value} »", self.messages(wizard))

    def test_the_same_name_is_not_overwritten(self):
        self.know_agme()
        for name in ("census_d1_nfd.csv", "census_d5_upper.csv"):
            wizard = self.preview(name)
            self.assertEqual(
                set(wizard.update_ids.mapped("message")),
                {"Total population", "Municipal population"},
            )
            (change,) = wizard._plan().todo
            self.assertFalse(change.partner_vals)

    def test_a_new_name_is_shown(self):
        partner = self.know_agme("Agmé-le-Vieux")
        wizard = self.preview(AGME)
        shown = wizard.update_ids.filtered(lambda line: line.message == "Name")
        self.assertEqual((shown.before, shown.after), ("Agmé-le-Vieux", "Agmé"))
        wizard.action_apply()
        self.assertEqual(partner.name, "Agmé")

    def test_old_and_new_facts_are_shown(self):
        self.know_agme()
        self.apply("code_insee,affiliation,agents\n47002,affiliee,3\n", "a_2025.csv")
        wizard = self.wizard(
            "code_insee,affiliation,agents\n47002,non_affiliee,4\n", "a_2026.csv"
        )
        shown = {u.message: (u.before, u.after) for u in wizard.update_ids}
        self.assertEqual(
            shown,
            {
                "Agents": ("3", "4"),
                "Affiliation": ("Affiliated", "Non-affiliated"),
            },
        )
        (change,) = wizard.change_ids
        self.assertEqual(change.message, "Today")

    def test_a_stratum_that_does_not_change_today(self):
        self.know_agme()
        self.assertEqual(self.partner("47002").stratum_id.code, "S2")
        wizard = self.wizard(
            self.lines("47002,Agmé,214700023,47350,99,98"), "communes_2099.csv"
        )
        self.assertIn("2099", wizard.change_ids.message)
        # What is said of a later day prevails today.
        wizard = self.wizard(
            self.lines("47002,Agmé,214700023,47350,99,98"), "communes_2020.csv"
        )
        self.assertFalse("Today" in wizard.change_ids.mapped("message"))

    def test_siret_in_the_column_of_siren(self):
        self.apply(case_file("census_d7_siret_in_siren.csv"), "communes_2026.csv")
        partner = self.partner("47002")
        self.assertEqual(partner.company_registry, "21470002300010")
        self.know_agme()
        self.assertEqual(partner.company_registry, "21470002300010")

    def test_siret_completes_a_siren(self):
        partner = self.know_agme()
        wizard = self.apply(case_file("census_d7_siret_in_siren.csv"), "c_2026.csv")
        self.assertEqual(partner.company_registry, "21470002300010")
        self.assertIn("21470002300010", wizard.update_ids.mapped("after"))

    def test_leading_zeros(self):
        wizard = self.preview("census_d11_leading_zero.csv")
        (change,) = wizard._plan().todo
        self.assertEqual(change.partner_vals["insee_code"], "01001")
        self.assertEqual(change.partner_vals["zip"], "01400")
        self.assertEqual(
            wizard.notice_ids.mapped("name"), ["1001 → 01001", "1400 → 01400"]
        )

    def test_swapped_populations_are_impossible(self):
        wizard = self.preview("census_f1_swapped.csv")
        self.assertEqual(wizard.error_count, 1)
        message = wizard.error_ids.message
        self.assertIn("« population_municipale » cannot exceed", message)
        self.assertIn("« population_totale »", message)

    def test_former_communes_are_left_out(self):
        wizard = self.preview("census_f8_deleguee.csv")
        self.assertEqual(self.counts(wizard), (0, 0, 0))
        self.assertFalse(wizard.error_ids)
        self.assertIn("commune déléguée", self.messages(wizard))

    def test_affiliation_however_it_is_written(self):
        partner = self.know_agme()
        for name, affiliation in (
            ("facts_e2_Affiliee_acc.csv", "affiliated"),
            ("facts_e3_NonAff_space.csv", "non_affiliated"),
            ("facts_e9_cap.csv", "affiliated"),
        ):
            self.apply(case_file(name), "faits_2026.csv")
            census = partner.census_ids.filtered(lambda c: c.date_from.year == 2026)
            self.assertEqual(census.affiliation, affiliation)
            self.assertEqual(census.agents, 3)

    def test_sheet_of_siret(self):
        partner = self.know_agme()
        rows = [["SIRET", "Code INSEE", "Nom"], ["214 700 023 00010", 47002, "Agmé"]]

        def check(wizard):
            self.assertEqual(wizard.kind, "registry")
            self.assertFalse(wizard.error_ids.mapped("message"))
            self.assertEqual(wizard._plan().todo[0].partner_id, partner.id)

        self.assertSheets(rows, check, "siret.csv")
        self.apply(write_csv(rows), "siret.csv")
        self.assertEqual(partner.company_registry, "21470002300010")
        again = self.wizard(write_csv(rows), "siret.csv")
        self.assertEqual(self.counts(again), (0, 0, 1))

    def test_year_of_reference_and_year_in_force(self):
        for filename, expected in (
            ("populations_legales_2022_en_vigueur_1er_janvier_2025.csv", "2025-01-01"),
            ("Populations de référence 2023 (1er janvier 2026).xlsx", "2026-01-01"),
            ("ensemble_2021_2024.csv", "2024-01-01"),
            ("communes-2026.csv.gz", "2026-01-01"),
            ("populations_legales_2022.csv", "False"),
            ("donnees_communes_2022.csv", "False"),
            ("2022.csv", "False"),
            ("communes_2019_2024.csv", "False"),
        ):
            with self.subTest(filename):
                wizard = self.importer.create({"filename": filename})
                self.assertEqual(str(wizard.date_from), expected)

    def test_the_date_is_asked_for(self):
        wizard = self.wizard(case_file(AGME), "populations_legales_2022.csv")
        self.assertIn("in force", wizard.error_ids.message)
        wizard = self.wizard(
            case_file(AGME), "populations_legales_2022.csv", date_from="2022-01-01"
        )
        self.assertIn("year of reference", wizard.error_ids.message)
        name = "populations_legales_2022_en_vigueur_1er_janvier_2025.csv"
        wizard = self.apply(case_file(name), name)
        self.assertEqual(str(wizard.date_from), "2025-01-01")

    def test_errors_come_back_as_a_sheet_that_can_be_mended(self):
        wizard = self.wizard(
            "Code INSEE;Nom;PTOT;PMUN\n47001;Agen;33000;32000\n47002;Agmé;x;107\n",
            "communes_2026.csv",
        )
        content = self.workbook(wizard.action_error_sheet())
        rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)
        self.assertEqual(rows[0], ("Code INSEE", "Nom", "PTOT", "PMUN", "To correct"))
        self.assertIsNone(rows[1][4])
        self.assertIn("« PTOT » must be a whole number", rows[2][4])
        book = openpyxl.load_workbook(io.BytesIO(content))
        book.active["C3"] = 111
        stream = io.BytesIO()
        book.save(stream)
        mended = self.apply(stream.getvalue(), "communes_2026.xlsx")
        self.assertEqual(self.counts(mended), (2, 0, 0))
        self.assertFalse(mended.notice_ids)

    def test_models_read_back(self):
        self.know_agme()
        self.apply("code_insee,agents,affiliation\n47002,3,affiliee\n", "a_2026.csv")
        model = self.workbook(self.importer.create({}).action_model_file())
        again = self.wizard(model, "faits_2026.xlsx")
        self.assertEqual(again.kind, "facts")
        self.assertEqual(self.counts(again)[2], 1)
        model = self.workbook(self.importer.create({}).action_registry_model())
        book = openpyxl.load_workbook(io.BytesIO(model))
        lines = {row[1].value: row for row in book.active.iter_rows(min_row=2)}
        lines["47002"][0].value = "21470002300010"
        for code in set(lines) - {"47002"}:
            book.active.delete_rows(lines[code][0].row)
        stream = io.BytesIO()
        book.save(stream)
        self.apply(stream.getvalue(), "siret.xlsx")
        self.assertEqual(self.partner("47002").company_registry, "21470002300010")
