# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Titres, measures and conventions as people have them in their files (R19)."""

from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .table_common import (
    ImportMixin,
    case_file,
    typed,
    write_csv,
    write_ods,
    write_xlsx,
)
from .test_accounting import AccountingCase
from .test_allocation import AllocationCase
from .test_takeover_import import AGEN, TakeoverImportCase

EXAMPLE = "FAC/2026/00001"
TITLE_COLUMNS = ["facture", "titre", "etat", "recouvre"]


@tagged("post_install", "-at_install")
@freeze_time("2027-01-10 10:00:00")
class TestTitleFiles(ImportMixin, AccountingCase):
    def setUp(self):
        super().setUp()
        self.importer = self.env["cdg47.title.import"].with_user(self.user_accountant)
        self.invoice, self.other = self.posted(2)

    def case(self, name):
        content = case_file(name)
        return content.replace(EXAMPLE.encode(), self.invoice.name.encode())

    def refuse(self, content, *words, **values):
        wizard = self.wizard(content, **values)
        self.assertEqual(wizard.error_count, 1, wizard.error_ids.mapped("message"))
        for word in words:
            self.assertIn(word, wizard.error_ids.message)

    def test_semicolon_and_windows(self):
        self.apply(self.case("titres_h_semicolon_cp1252.csv"))
        self.assertEqual(self.invoice.cdg47_collection, "issued")
        self.assertEqual(self.invoice.cdg47_title_date, date(2026, 11, 12))

    def test_amount_with_a_narrow_space(self):
        self.apply(self.case("titres_h_amount_nnbsp.csv"))
        self.assertEqual(self.invoice.cdg47_collected_amount, 1234.56)
        self.assertEqual(self.invoice.cdg47_collection, "partial")

    def test_dates_day_first(self):
        for written, expected in (
            ("1/2/2026", date(2026, 2, 1)),
            ("12/11/26", date(2026, 11, 12)),
            ("46338", date(2026, 11, 12)),
            ("2026-11-12 00:00:00", date(2026, 11, 12)),
            ("12 novembre 2026", date(2026, 11, 12)),
        ):
            content = self.case("titres_h_date_fr_short.csv")
            self.apply(content.replace(b"1/2/2026", written.encode()))
            self.assertEqual(self.invoice.cdg47_title_date, expected)
        self.refuse(content.replace(b"1/2/2026", b"11/29/2026"), "le jour en premier")

    def test_states_as_accountants_write_them(self):
        for written, state in (
            ("Recouvrée", "collected"), ("Soldé", "collected"), ("Payé", "collected"),
            ("EMIS", "issued"), ("Pris en charge", "issued"), ("Annulé", "cancelled"),
            ("Partiellement recouvré", "partial"), ("Admis en non-valeur", "lost"),
        ):  # fmt: skip
            content = self.case("titres_h_etat_recouvree.csv").decode()
            self.apply(content.replace("Recouvrée", written))
            self.assertEqual(self.invoice.cdg47_collection, state)
        self.assertEqual(self.invoice.cdg47_title_number, "123")

    def test_the_same_line_twice_is_read_once(self):
        wizard = self.apply(self.case("titres_h_twice_same_titre.csv"))
        self.assertEqual((wizard.updated_count, wizard.notice_count), (1, 1))
        self.assertIn("une seule fois", wizard.notice_ids.message)

    def test_one_titre_for_two_invoices_is_on_purpose(self):
        other = self.other
        rows = [
            TITLE_COLUMNS,
            [self.invoice.name, 123, "emis", None],
            [other.name, 123, "emis", None],
        ]
        self.refuse(write_csv(rows), "aussi celui", self.invoice.name)
        self.apply(write_csv(rows[:2]))
        del rows[1]
        self.refuse(write_xlsx(rows), "aussi celui", self.invoice.name)
        self.apply(write_ods(rows), grouped=True)
        self.assertEqual(other.cdg47_title_number, "123")

    def test_collected_is_the_whole_sum(self):
        self.refuse(self.case("titres_h_collected_less.csv"), "1,00", "470,00")

    def test_our_own_statement_filled_in_another_software(self):
        content = self.case("titres_roundtrip_export_filled.csv")
        wizard = self.apply(content)
        self.assertEqual(self.invoice.cdg47_title_number, "1234")
        self.assertFalse(self.invoice.cdg47_title_date)
        self.assertIn("Total", wizard.notice_ids.mapped("name")[0])

    def test_our_own_statement_out_filled_in(self):
        for lang in ("en_US", "fr_FR"):
            user = self.user_accountant
            user.lang = lang
            reports = self.env["ir.actions.report"].with_user(user)
            content, _kind = reports.with_context(lang=lang)._render_xlsx(
                "cdg47_convention.report_titles_xlsx", self.invoice.ids, {}
            )
            untouched = self.wizard(content)
            self.assertFalse(untouched.error_ids.mapped("message"))
            header = {
                "en_US": ("Titre number", "Titre date", "State"),
                "fr_FR": ("Numéro de titre", "Date du titre", "Statut"),
            }[lang]
            values = dict(zip(header, (77, date(2027, 1, 9), "Soldé"), strict=True))
            self.apply(self.filled(content, **values))
            self.assertEqual(self.invoice.cdg47_title_number, "77")
            self.assertEqual(self.invoice.cdg47_collection, "collected")
            self.assertEqual(self.invoice.cdg47_title_date, date(2027, 1, 9))
            self.invoice.write(
                {
                    "cdg47_title_number": False,
                    "cdg47_title_date": False,
                    "cdg47_collection": "to_issue",
                    "cdg47_collected_amount": 0,
                }
            )

    def test_twins(self):
        for name in (
            "titres_h_date_fr_short.csv",
            "titres_h_etat_recouvree.csv",
            "titres_h_twice_same_titre.csv",
        ):
            rows = typed(self.case(name), delimiter=",")
            texts = self.wizard(self.case(name))._plan().todo
            for write in (write_xlsx, write_ods):
                wizard = self.wizard(write(rows))
                self.assertFalse(wizard.error_ids.mapped("message"))
                self.assertEqual(wizard._plan().todo, texts)

    def test_model(self):
        content = self.model()
        untouched = self.wizard(content)
        self.assertFalse(untouched.error_ids.mapped("message"))
        self.assertEqual(untouched.updated_count, 0)
        self.apply(self.filled(content, titre=88), grouped=True)
        self.assertEqual(self.invoice.cdg47_title_number, "88")


@tagged("post_install", "-at_install")
@freeze_time("2027-03-15 10:00:00")
class TestVolumeFiles(ImportMixin, AllocationCase):
    def setUp(self):
        super().setUp()
        self.importer = self.env["cdg47.volume.import"].with_user(self.user_user)
        self.commune.insee_code = "47004"

    def test_semicolon_and_comma(self):
        content = case_file("volumes_semicolon_comma_decimal.csv")
        self.apply(content.replace(b"15/11/2026", b"15/01/2027"))
        volume = self.commune.allocation_ids.filtered(lambda a: a.kind == "storage")
        self.assertEqual(volume.quantity, 13)
        for value in ("12,7", "12.7", "12,70", "12,7 "):
            wizard = self.wizard(
                f"collectivite;code;quantite;date\n47004;backup;{value};15/1/27\n"
            )
            self.assertFalse(wizard.error_ids.mapped("message"))
            self.assertEqual(wizard.unchanged_count, 1)

    def test_twins_and_model(self):
        rows = [
            ["Code INSEE", "Service", "Volume (Go)", "Date de mesure"],
            [47004, "BACKUP", 12.7, date(2027, 1, 15)],
            [None, None, None, None],
            ["Total", None, 12.7, None],
        ]
        for content in (
            write_csv(rows, delimiter=";"),
            write_xlsx(rows),
            write_ods(rows),
        ):
            wizard = self.apply(content)
            self.assertIn(": 1 ", wizard.understood)
        wizard = self.wizard(self.model())
        self.assertFalse(wizard.error_ids.mapped("message"))
        self.assertGreater(wizard.updated_count, 0)

    def test_no_false_sentence(self):
        wizard = self.wizard(
            "collectivite;code;quantite;date\n47004;BACKUP;beaucoup;15/01/2027\n"
        )
        self.assertNotIn("entier", wizard.error_ids.message)
        self.assertIn("12,5", wizard.error_ids.message)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestTakeoverFiles(ImportMixin, TakeoverImportCase):
    def test_semicolons(self):
        content = case_file("reprise_semicolon_utf8.csv").replace(
            b"47003", AGEN.encode()
        )
        wizard = self.apply(content)
        self.assertEqual(wizard.created_count, 1)
        convention = self.agen.convention_ids
        self.assertEqual(convention.date_start, date(2026, 1, 1))
        self.assertEqual(convention.deliberation_date, date(2025, 12, 12))

    def test_units_however_they_are_written(self):
        self.apply(
            case_file("reprise_semicolon_utf8.csv").replace(b"47003", AGEN.encode())
        )
        content = case_file("reprise_unit_accent.csv").decode().replace("47004", AGEN)
        for unit in ("demi-journée", "Demi-journées", "demi journee", "½ journée"):
            wizard = self.wizard(content.replace("demi-journée", unit))
            self.assertFalse(wizard.error_ids.mapped("message"))
        wizard = self.wizard(content.replace("1,demi-journée", "2,jours"))
        self.assertFalse(wizard.error_ids.mapped("message"))

    def test_twins(self):
        rows = typed(
            case_file("reprise_semicolon_utf8.csv").replace(b"47003", AGEN.encode())
        )
        for write in (write_xlsx, write_ods):
            wizard = self.wizard(write(rows))
            self.assertFalse(wizard.error_ids.mapped("message"))
            (draft,) = wizard._plan().conventions
            self.assertEqual(draft.date_start, date(2026, 1, 1))

    def test_model_reads_back(self):
        self.apply(
            case_file("reprise_semicolon_utf8.csv").replace(b"47003", AGEN.encode())
        )
        wizard = self.wizard(self.model())
        self.assertFalse(wizard.error_ids.mapped("message"))
        self.assertEqual((wizard.created_count, wizard.updated_count), (0, 0))
