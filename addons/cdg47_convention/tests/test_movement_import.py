# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""INSEE's movements of communes lead to mergers, which nobody does in silence."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ConventionCase
from .table_common import ImportMixin, write_csv, write_ods, write_xlsx

HEADER = (
    "MOD", "DATE_EFF", "TYPECOM_AV", "COM_AV", "TNCC_AV", "NCC_AV", "NCCENR_AV",
    "LIBELLE_AV", "TYPECOM_AP", "COM_AP", "TNCC_AP", "NCC_AP", "NCCENR_AP",
    "LIBELLE_AP",
)  # fmt: skip
NEW = "Agmé-et-Hautesvignes"


def movement(mod, before, after, day="2026-01-01"):
    """Return one line as INSEE writes it; (type, code, name) of each side."""

    def side(kind, code, name):
        return [kind, code, "0", name.upper(), name, name]

    return [mod, day, *side(*before), *side(*after)]


def of_new_commune(day="2026-01-01"):
    """Return the lines of a commune nouvelle, which keeps a code of the former ones."""
    agme, other = ("COM", "47002", "Agmé"), ("COM", "47118", "Hautesvignes")
    new = ("COM", "47002", NEW)
    return [
        movement("32", agme, new, day),
        movement("32", agme, ("COMD", "47002", "Agmé"), day),
        movement("32", other, new, day),
        movement("32", other, ("COMD", "47118", "Hautesvignes"), day),
    ]


@tagged("post_install", "-at_install")
@freeze_time("2026-02-01 10:00:00")
class TestMovementImport(ImportMixin, ConventionCase):
    filename = "mvtcommune_2026.csv"

    def setUp(self):
        super().setUp()
        self.importer = self.env["cdg47.movement.import"].with_user(self.user_manager)
        communes = self.env["res.partner"].with_context(active_test=False)
        communes.search([("insee_code", "in", ("47002", "47118", "47999"))]).write(
            {"insee_code": False}
        )
        self.agme = self.make_commune(insee_code="47002", name="Agmé")
        self.other = self.make_commune(insee_code="47118", name="Hautesvignes")

    def formats(self, rows):
        """Return the same table as INSEE's csv, as Excel and as LibreOffice keep it."""
        typed = [
            [
                date.fromisoformat(cell) if place == 1 else cell
                for place, cell in enumerate(row)
            ]
            for row in rows
        ]
        for row in typed:
            row[0] = int(row[0])
            for place in (3, 9):
                row[place] = int(row[place]) if row[place].isdigit() else row[place]
        return {
            "csv": write_csv([HEADER, *rows], delimiter=","),
            "xlsx": write_xlsx([HEADER, *typed]),
            "ods": write_ods([HEADER, *typed]),
        }

    def test_a_commune_nouvelle_in_each_format(self):
        for kind, content in self.formats(of_new_commune()).items():
            with self.subTest(kind):
                wizard = self.wizard(content)
                self.assertFalse(wizard.error_ids.mapped("message"))
                self.assertEqual(wizard.updated_count, 1)
                line = wizard.update_ids
                self.assertEqual(line.name, "Hautesvignes")
                self.assertIn(NEW, line.after)
                self.assertIn("commune déléguée", line.message)
                self.assertIn("2026", line.message)
                self.assertFalse(self.agme.predecessor_ids)

    def test_leads_to_the_assistant_of_mergers(self):
        content = self.formats(of_new_commune())["csv"]
        wizard = self.wizard(content)
        action = wizard.update_ids.action_merge()
        self.assertEqual(action["res_model"], "cdg47.collectivite.merge")
        merger = (
            self.env["cdg47.collectivite.merge"]
            .with_user(self.user_manager)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(merger.partner_id, self.agme)
        self.assertEqual(merger.former_ids, self.other)
        self.assertEqual(merger.date, date(2026, 1, 1))
        merger.action_merge()
        again = self.wizard(content)
        self.assertEqual((again.updated_count, again.unchanged_count), (0, 1))
        self.assertFalse(again.update_ids)

    def test_nothing_is_merged_in_silence(self):
        wizard = self.wizard(self.formats(of_new_commune())["csv"])
        with self.assertRefused(UserError, "."):
            wizard.action_apply()
        self.assertFalse(self.agme.predecessor_ids)

    def test_a_commune_that_is_not_known_yet(self):
        lines = [
            movement("31", ("COM", "47118", "Hautesvignes"), ("COM", "47999", "Neuve"))
        ]
        wizard = self.wizard(self.formats(lines)["csv"])
        self.assertFalse(wizard.update_ids.merge_values)
        self.assertIn("47999", " ".join(wizard.notice_ids.mapped("message")))
        with self.assertRefused(UserError, "."):
            wizard.update_ids.action_merge()
        self.make_commune(insee_code="47999", name="Neuve")
        wizard = self.wizard(self.formats(lines)["csv"])
        self.assertTrue(wizard.update_ids.merge_values)
        self.assertNotIn("déléguée", wizard.update_ids.message)

    def test_false_friends(self):
        """Neither of others, nor a name, a déléguée that ends, a change of county."""
        agme = ("COM", "47002", "Agmé")
        lines = [
            movement(
                "31", ("COM", "01001", "L'Abergement"), ("COM", "01002", "Ambérieu")
            ),
            movement("10", agme, ("COM", "47002", "Agmé-sur-Lot")),
            movement("35", ("COMD", "47118", "Hautesvignes"), agme),
            movement("41", ("COM", "47118", "Hautesvignes"), ("COM", "24118", "H.")),
        ]
        for kind, content in self.formats(lines).items():
            with self.subTest(kind):
                wizard = self.wizard(content)
                self.assertFalse(wizard.error_count)
                self.assertFalse(wizard.updated_count)
                said = " ".join(wizard.notice_ids.mapped("message"))
                self.assertIn("Agmé-sur-Lot", said)
                self.assertEqual(self.agme.name, "Agmé")

    def test_another_file_is_refused_with_a_sentence(self):
        for rows in ([("siret", "nom"), ("1", "x")], [HEADER]):
            with self.subTest(rows[0]):
                wizard = self.wizard(write_csv(rows, delimiter=";"))
                self.assertTrue(wizard.error_count)
        wrong = self.formats(of_new_commune())["csv"].replace(b"2026-01-01", b"demain")
        self.assertTrue(self.wizard(wrong).error_count)

    def test_the_model_is_read_back(self):
        content = self.filled(self.model())
        self.assertTrue(self.wizard(content, "modele.xlsx").error_ids)

    def test_managers_only(self):
        with self.assertRaises(AccessError):
            self.env["cdg47.movement.import"].with_user(self.user_user).create({})
