# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The back office: the sheet on screen, what is found by it, the use by month."""

from ast import literal_eval

from freezegun import freeze_time
from lxml import etree, html

from odoo.tests import tagged

from .common import MODULE
from .ledger_common import LedgerCase


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestQuotaSearch(LedgerCase):
    def filtered(self, view, name):
        """Apply the filter of a search view, as a user clicks it."""
        arch = etree.fromstring(self.env.ref(f"{MODULE}.{view}").arch)
        domain = literal_eval(arch.find(f".//filter[@name='{name}']").get("domain"))
        model = self.env.ref(f"{MODULE}.{view}").model
        return self.env[model].with_user(self.user_employee).search(domain)

    def test_quotas_exceeded(self):
        view = "res_partner_view_search_collectivite"
        self.assertNotIn(self.commune, self.filtered(view, "over_quota"))
        self.use(self.convention, "FORM-GROUPE", 3, "half_day", "2025-02-10")
        self.assertNotIn(self.commune, self.filtered(view, "over_quota"), "last year")
        self.use(self.convention, "FORM-GROUPE", 3, "half_day", "2026-02-10")
        self.assertIn(self.commune, self.filtered(view, "over_quota"))
        held = self.make_convention_since("2024-01-01").partner_id
        self.env["cdg47.allocation"].create(
            {
                "partner_id": held.id,
                "product_id": self.service("EPP").id,
                "quantity": 9,
                "date_start": "2026-01-01",
                "state": "active",
            }
        )
        self.assertIn(held, self.filtered(view, "over_quota"))

    def test_three_year_rights_opening_this_quarter(self):
        """Used in spring 2023: open again in spring 2026, never used since."""
        expected = self.env["res.partner"]
        for day, is_found in (
            ("2023-03-31", False),
            ("2023-04-01", True),
            ("2023-06-30", True),
            ("2023-07-01", False),
            ("2024-05-05", False),
        ):
            convention = self.make_convention_since("2023-01-01")
            self.use(convention, "AUDIT-SECU", 1, "day", day)
            expected |= convention.partner_id if is_found else expected.browse()
        # A yearly right opens every January, and is none of these.
        self.use(self.convention, "FORM-GROUPE", 1, "half_day", "2025-06-10")
        rights = self.filtered("cdg47_entitlement_view_search", "opening")
        self.assertEqual(rights.partner_id, expected)
        view = "res_partner_view_search_collectivite"
        self.assertEqual(self.filtered(view, "rights_opening"), expected)
        self.assertTrue(all(right.opens_this_quarter for right in rights))

    def test_windows_of_today(self):
        self.use(self.convention, "FORM-GROUPE", 1, "half_day", "2025-02-10")
        self.use(self.convention, "FORM-GROUPE", 1, "half_day", "2026-02-10")
        self.use(self.convention, "ACTES-ACCOMP", 1, "day", "2024-02-10")
        rights = self.filtered("cdg47_entitlement_view_search", "current")
        rights = rights.filtered(lambda right: right.partner_id == self.commune)
        self.assertEqual(sorted(rights.mapped("key")), ["ACTES-ACCOMP", "FORM-GROUPE"])
        self.assertTrue(all(right.is_current for right in rights))

    def test_sheet_on_screen(self):
        self.use(self.convention, "FORM-GROUPE", 3, "half_day", "2026-02-10")
        action = self.convention.with_user(self.user_employee).action_view_quota_sheet()
        sheet = self.env["cdg47.quota.sheet"].with_user(self.user_employee)
        sheet = sheet.with_context(**action["context"]).create({})
        self.assertEqual(sheet.partner_id, self.commune)
        page = html.fromstring(str(sheet.content))
        row = page.xpath("//tr[th[contains(., 'Formation de Groupe')]]")
        row = row or page.xpath("//tr[th[contains(., 'Formation de groupe')]]")
        text = row[0].text_content()
        self.assertIn("1 demi-journée", text.replace("\xa0", " "))
        bar = row[0].xpath(".//*[@role='progressbar']")[0]
        self.assertEqual(bar.get("aria-valuenow"), "100")
        self.assertEqual(len(page.xpath("//table/caption")), 2)
        sheet.date = "2020-01-01"
        self.assertIn("alert-info", sheet.content)

    def test_use_by_service_and_month(self):
        self.use(self.convention, "FORM-GROUPE", 3, "half_day", "2026-02-10")
        self.use(self.convention, "AUDIT-SECU", 0.5, "day", "2026-03-10")
        wrong = self.use(self.convention, "AUDIT-SECU", 0.5, "day", "2026-03-11")
        wrong._reverse("Erreur")
        self.env.flush_all()
        report = self.env["cdg47.use.report"].with_user(self.user_employee)
        rows = report._read_group(
            [("partner_id", "=", self.commune.id)],
            ["product_id"],
            ["hours:sum", "covered_hours:sum", "billable_hours:sum"],
        )
        self.assertEqual(
            {product.default_code: tuple(hours) for product, *hours in rows},
            {"FORM-GROUPE": (10.5, 7, 3.5), "AUDIT-SECU": (3.5, 3.5, 0)},
        )
