# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The directory of mayors becomes contacts and mandates of signatories."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..lib.words import same_person
from .common import ConventionCase
from .table_common import (
    ImportMixin,
    case_file,
    typed,
    write_csv,
    write_ods,
    write_xlsx,
)

HEADER = ["Code INSEE", "Commune", "Nom", "Prénom", "Date de début de la fonction"]
RNE = "rne_maires_published.csv"


@tagged("post_install", "-at_install")
@freeze_time("2026-11-29 10:00:00")
class TestMayorImport(ImportMixin, ConventionCase):
    def setUp(self):
        super().setUp()
        self.importer = self.env["cdg47.mayor.import"].with_user(self.user_manager)
        communes = self.env["res.partner"].with_context(active_test=False)
        communes.search([("insee_code", "=", "47002")]).insee_code = False
        self.commune = self.make_commune(insee_code="47002", name="Agmé")

    def mandates(self):
        return self.env["cdg47.mandate"].search(
            [
                ("collectivite_id", "=", self.commune.id),
                ("role", "=", "signatory"),
            ],
            order="date_start",
        )

    def know(self, name, day="2020-05-25"):
        contact = self.make_contact(name, parent_id=self.commune.id)
        self.make_mandate(contact, self.commune, "signatory", date_start=day)
        return contact

    def test_first_mayor(self):
        wizard = self.apply(case_file(RNE))
        mandate = self.mandates()
        self.assertEqual(mandate.contact_id.name, "Camille MARTIN")
        self.assertEqual(mandate.contact_id.parent_id, self.commune)
        self.assertEqual(mandate.date_start, date(2026, 3, 24))
        self.assertFalse(mandate.date_end)
        self.assertEqual(wizard.updated_count, 1)
        again = self.wizard(case_file(RNE))
        self.assertEqual((again.updated_count, again.unchanged_count), (0, 1))

    def test_the_predecessor_leaves_the_day_before(self):
        self.know("Dominique PETIT")
        wizard = self.wizard(case_file(RNE))
        (shown,) = wizard.update_ids
        self.assertEqual(
            (shown.name, shown.before, shown.after),
            ("Agmé", "Dominique PETIT", "Camille MARTIN"),
        )
        self.assertEqual(len(self.mandates()), 1)
        wizard.action_apply()
        former, new = self.mandates()
        self.assertEqual(former.date_end, date(2026, 3, 23))
        self.assertEqual(new.contact_id.name, "Camille MARTIN")

    def test_the_same_person_stays(self):
        self.know("Mme Camille Martin")
        wizard = self.wizard(case_file(RNE))
        self.assertEqual((wizard.updated_count, wizard.unchanged_count), (0, 1))

    def test_a_known_contact_is_not_created_again(self):
        contact = self.make_contact("MARTIN Camille", parent_id=self.commune.id)
        self.apply(case_file(RNE))
        self.assertEqual(self.mandates().contact_id, contact)

    def test_what_we_know_later_is_kept(self):
        self.know("Dominique PETIT", "2026-10-01")
        wizard = self.wizard(case_file(RNE))
        self.assertEqual(wizard.updated_count, 0)
        self.assertIn("Dominique PETIT", " ".join(wizard.notice_ids.mapped("message")))

    def test_communes_of_others_are_left_out(self):
        rows = [HEADER, ["01001", "Ailleurs", "DURAND", "Alex", date(2026, 3, 20)]]
        codes = self.env["res.partner"].with_context(active_test=False)
        codes.search([("insee_code", "=", "01001")]).insee_code = False
        for content in (
            write_csv(rows, "cp1252", delimiter=";"),
            write_xlsx(rows),
            write_ods(rows),
        ):
            wizard = self.wizard(content)
            self.assertFalse(wizard.error_count)
            self.assertEqual(wizard.updated_count, 0)
            self.assertEqual(wizard.notice_count, 1)

    def test_twins(self):
        rows = typed(case_file(RNE))
        for write in (write_xlsx, write_ods):
            (mayor,) = self.wizard(write(rows))._plan().todo
            self.assertEqual(mayor.name, "Camille MARTIN")
            self.assertEqual(mayor.date_start, date(2026, 3, 24))

    def test_faults(self):
        rows = [
            HEADER,
            ["47002", "Agmé", "MARTIN", "Camille", "bientôt"],
            ["47002", "Agmé", "MARTIN", "", "24/03/2026"],
            ["47002", "Agmé", "MARTIN", "Camille", "24/03/2026"],
            ["47002", "Agmé", "PETIT", "Dominique", "24/03/2026"],
        ]
        wizard = self.wizard(write_csv(rows))
        self.assertEqual(wizard.error_ids.mapped("line"), [2, 3, 5])
        self.assertEqual(self.wizard("a;b\n1;2\n").error_count, 1)

    def test_model(self):
        wizard = self.wizard(self.model())
        self.assertFalse(wizard.error_ids.mapped("message"))
        self.assertEqual(wizard.updated_count, 0)

    def test_names(self):
        for known, name, same in (
            ("M. Jean-Pierre LE GOFF", "Jean-Pierre LE GOFF", True),
            ("Le Goff Jean Pierre", "Jean-Pierre LE GOFF", True),
            ("Françoise Dupré-Durand", "Françoise DUPRE", True),
            ("Maire", "Maire", False),
            ("Jean Martin", "Camille MARTIN", False),
            (False, "Camille MARTIN", False),
        ):
            self.assertEqual(same_person(known, name), same)

    def test_managers_only(self):
        with self.assertRaises(AccessError):
            self.env["cdg47.mayor.import"].with_user(self.user_user).create({})
