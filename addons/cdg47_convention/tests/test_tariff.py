# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The prices of a year: a grid to read, change, copy, import and export."""

from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged

from odoo.addons.base.models import ir_binary
from odoo.addons.cdg47_convention.lib.xlsx_sheet import XLSX

from .common import ConventionCase, ConventionMixin
from .ledger_common import LedgerCase
from .table_common import ImportMixin, write_csv, write_ods, write_xlsx


@tagged("post_install", "-at_install")
@freeze_time("2026-11-29 10:00:00")
class TestTariff(ImportMixin, ConventionCase):
    def setUp(self):
        super().setUp()
        self.importer = self.env["cdg47.tariff.import"].with_user(self.user_manager)
        self.tariff = self.env.company._cdg47_tariff()
        self.metiers_s1 = self.metiers.product_variant_ids.filtered(
            lambda p: p.stratum_id.code == "S1"
        )

    def price(self, product, day):
        return self.tariff._cdg47_price(product, date.fromisoformat(day))

    def grid(self, year=2027, **values):
        grids = self.env["cdg47.tariff.grid"].with_user(self.user_manager)
        return grids.create({"year": year, **values})

    def test_grid_as_csv_xlsx_ods(self):
        before = self.price(self.metiers_s1, "2027-06-01")
        rows = [
            ["Tarifs 2027"],
            ["Code", "Libellé", "Prix", "S1", "S2"],
            ["FORFAIT-METIERS", "Forfait Métiers", None, 355.5, 410],
            ["EPP", "Certificat", 181, None, None],
            ["TTIM", "Technicien", "sur étude", None, None],
        ]
        for content in (
            write_csv(rows, "cp1252", delimiter=";"),
            write_xlsx(rows),
            write_ods(rows),
        ):
            wizard = self.wizard(content, year=2027)
            self.assertFalse(wizard.error_ids.mapped("message"))
            self.assertEqual(wizard.updated_count, 3)
            shown = wizard.update_ids.mapped("after")
            self.assertTrue(any("355" in text for text in shown))
        wizard.action_apply()
        self.assertEqual(self.price(self.metiers_s1, "2027-01-01"), 355.5)
        self.assertEqual(self.price(self.metiers_s1, "2027-12-31"), 355.5)
        self.assertEqual(self.price(self.metiers_s1, "2026-12-31"), before)
        self.assertEqual(self.price(self.metiers_s1, "2028-01-01"), before)
        self.assertEqual(self.price(self.service("EPP"), "2027-06-01"), 181)
        again = self.wizard(content, year=2027)
        self.assertEqual((again.updated_count, again.unchanged_count), (0, 3))

    def test_pasted_cells(self):
        wizard = self.importer.create(
            {"year": 2027, "pasted": "code\tprix\nEPP\t1 190,50 €\n"}
        )
        wizard.action_preview()
        self.assertFalse(wizard.error_ids.mapped("message"))
        wizard.action_apply()
        self.assertEqual(self.price(self.service("EPP"), "2027-06-01"), 1190.5)

    def test_one_price_by_line(self):
        self.apply(
            "code;strate;prix_eur_an\nFORFAIT-METIERS;S1;351\nEPP;;12\n", year=2027
        )
        self.assertEqual(self.price(self.metiers_s1, "2027-06-01"), 351)

    def test_faults(self):
        rows = [
            ["code", "prix", "S1", "S2"],
            ["INCONNU", 1, None, None],
            ["EPP", None, 3, None],
            ["FORFAIT-METIERS", 4, None, None],
            ["EDR", 0, None, None],
            ["EDR", "cher", None, None],
            ["EDR", "1,234", None, None],
        ]
        wizard = self.wizard(write_xlsx(rows), year=2027)
        self.assertEqual(wizard.error_ids.mapped("line"), [2, 3, 4, 5, 6, 7])
        wizard = self.wizard("code;nom\nEPP;x\n", year=2027)
        self.assertEqual(wizard.error_ids.name, "prix")
        with self.assertRaises(UserError):
            self.importer.create({"year": 27})

    def test_what_is_exported_is_read(self):
        content = self.model()
        self.apply(content, year=2027)
        again = self.wizard(content, year=2027)
        self.assertEqual((again.updated_count, again.created_count), (0, 0))
        self.assertGreater(again.unchanged_count, 20)

    def test_a_year_is_copied_with_a_rise(self):
        self.apply("code;strate;prix\nFORFAIT-METIERS;S1;351\n", year=2026)
        grid = self.grid(rate=2, rounding=1)
        self.assertTrue(grid.undated_count)
        self.assertEqual(grid.source_year, 2026)
        grid.action_copy()
        line = grid.line_ids.filtered(lambda x: x.code == "FORFAIT-METIERS")
        self.assertEqual(line.price_s1, 358)
        self.assertNotEqual(self.price(self.metiers_s1, "2027-06-01"), 358)
        line.price_s1 = 360
        grid.action_save()
        self.assertEqual(self.price(self.metiers_s1, "2027-06-01"), 360)
        self.assertEqual(self.price(self.metiers_s1, "2026-06-01"), 351)
        self.assertFalse(self.grid().undated_count)
        items = self.env["product.pricelist.item"].search_count([])
        grid.action_save()
        self.assertEqual(self.env["product.pricelist.item"].search_count([]), items)

    def test_a_price_is_changed_once_recorded(self):
        self.apply("code;prix\nEPP;12\n", year=2027)
        self.apply("code;prix\nEPP;13\n", year=2027)
        self.assertEqual(self.price(self.service("EPP"), "2027-06-01"), 13)

    def test_the_form_keeps_what_is_entered(self):
        grids = self.env["cdg47.tariff.grid"].with_user(self.user_manager)
        form = Form(grids)
        form.year = 2030
        codes = [line["code"] for line in form.line_ids._records]
        with form.line_ids.edit(codes.index("FORFAIT-METIERS")) as line:
            line.price_s1 = 372.5
        with form.line_ids.edit(codes.index("EPP")) as line:
            line.price = 29
        form.save().action_save()
        self.assertEqual(self.price(self.metiers_s1, "2030-06-01"), 372.5)
        self.assertEqual(self.price(self.service("EPP"), "2030-06-01"), 29)

    def test_a_campaign_says_prices_that_are_not_of_its_year(self):
        campaign = self.env["cdg47.campaign"].create({"year": 2027})
        self.assertTrue(campaign.undated_price_count)
        self.grid().action_save()
        campaign.invalidate_recordset()
        self.assertFalse(campaign.undated_price_count)

    def test_managers_only(self):
        for model in ("cdg47.tariff.import", "cdg47.tariff.grid"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.user_user).create({"year": 2027})


@tagged("post_install", "-at_install")
class TestTariffInBrowser(ConventionMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_convention()
        cls.env["res.lang"]._activate_lang("en_US")

    def test_a_year_is_copied_and_recorded(self):
        tariff = self.env.company._cdg47_tariff()
        self.assertTrue(tariff._cdg47_undated(2044))
        # Made during the tour, they would hold its requests back on a loaded machine.
        self.env["ir.qweb"]._pregenerate_assets_bundles()
        self.start_tour(
            "/odoo/action-cdg47_convention.cdg47_tariff_grid_action",
            "cdg47_tariff_copy",
            login="cdg47_manager",
        )
        self.assertFalse(tariff._cdg47_undated(2044))

    def test_the_workbook_comes_down(self):
        wizard = (
            self.env["cdg47.tariff.import"]
            .with_user(self.user_manager)
            .create({"year": 2044})
        )
        self.authenticate("cdg47_manager", "cdg47_manager")
        # Without libmagic, Odoo's own guess warns on the beginning of an archive.
        with patch.object(ir_binary, "guess_mimetype") as guess:
            answer = self.url_open(wizard.action_model_file()["url"])
        guess.assert_not_called()
        self.assertEqual(answer.headers["Content-Type"], XLSX)
        self.assertEqual(answer.status_code, 200)
        self.assertTrue(answer.content.startswith(b"PK"))
        self.assertIn(".xlsx", answer.headers["Content-Disposition"])


@tagged("post_install", "-at_install")
@freeze_time("2026-11-29 10:00:00")
class TestEmptyTariff(LedgerCase):
    """A base without demonstration: nothing is sold at an invented price."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.held = cls.make_convention_since("2026-01-01")
        cls.tariff.item_ids.unlink()

    def assertAsked(self):
        return self.assertRefused(UserError, "Saisissez l'annexe 2")

    def test_no_convention_is_proposed(self):
        wizard = self.propose(self.make_commune(300))
        with self.assertAsked():
            wizard.action_propose()

    def test_no_campaign_is_simulated(self):
        campaign = self.env["cdg47.campaign"].create({"year": 2027})
        with self.assertAsked():
            campaign.action_simulate()

    def test_no_quotation_goes(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.held.partner_id.id,
                "order_line": [Command.create({"product_id": self.service("TTIM").id})],
            }
        )
        for method in ("action_quotation_sent", "action_confirm"):
            with self.subTest(method), self.assertAsked():
                getattr(order, method)()

    def test_sold_once_prices_are_entered(self):
        self.env["cdg47.catalogue"]._load_demo_tariff()
        self.env["cdg47.campaign"].create({"year": 2027}).action_simulate()
