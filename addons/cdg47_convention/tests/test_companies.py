# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A second company sees and counts nothing of the first."""

from odoo.tests import new_test_user, tagged

from .common import MODULE
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestCompanies(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.env["res.company"].create({"name": "CDG voisin"})
        cls.neighbour = new_test_user(
            cls.env,
            "neighbour",
            groups=f"{MODULE}.group_convention_manager",
            company_id=cls.second.id,
            company_ids=[(6, 0, cls.second.ids)],
        )

    def test_nothing_is_listed(self):
        for key in (
            "convention", "line", "term", "activation", "step", "duty", "order",
            "order_line", "invoice", "invoice_line",
        ):  # fmt: skip
            record = self.data_a[key]
            with self.subTest(key):
                theirs = record.with_user(self.neighbour)
                self.assertFalse(theirs.has_access("read"))
                self.assertFalse(theirs.search([("id", "in", record.ids)]))
                mine = record.with_user(self.user_manager)
                self.assertTrue(mine.has_access("read"))

    def test_nothing_is_counted(self):
        commune = self.commune_a
        self.assertEqual(commune.with_user(self.user_manager).convention_count, 2)
        self.assertEqual(commune.with_user(self.neighbour).convention_count, 0)
        self.assertFalse(commune.with_user(self.neighbour).active_convention_id)
        action = self.env["cdg47.campaign"].with_user(self.neighbour)
        campaign = action.create({"year": self.today.year + 1})
        campaign.action_simulate()
        self.assertFalse(campaign.line_ids)

    def test_each_has_a_campaign_of_its_own(self):
        year = self.today.year + 1
        ours = self.env["cdg47.campaign"].with_user(self.user_manager)
        ours = ours.create({"year": year})
        theirs = self.env["cdg47.campaign"].with_user(self.neighbour)
        self.assertFalse(theirs.search([("id", "=", ours.id)]))
