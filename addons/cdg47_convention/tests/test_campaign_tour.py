# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""In a browser: the campaign from its simulation to the posted invoices."""

from odoo.tests import HttpCase, tagged

from .campaign_common import CampaignMixin
from .common import ConventionMixin


@tagged("post_install", "-at_install")
class TestCampaignTour(CampaignMixin, ConventionMixin, HttpCase):
    def test_from_simulation_to_posted_invoices(self):
        self._set_up_convention()
        self.env["res.lang"]._activate_lang("en_US")
        commune = self.make_commune(750, name="Commune de la campagne")
        convention = self.make_conventions_in_bulk(
            commune, self.metiers | self.techno, 2042
        )
        self.start_tour(
            "/odoo/action-cdg47_convention.cdg47_campaign_action",
            "cdg47_campaign_run",
            login="cdg47_manager",
        )
        campaign = self.env["cdg47.campaign"].search([("year", "=", 2043)])
        self.assertEqual((campaign.state, campaign.todo_count), ("running", 1))
        self.env.ref("cdg47_convention.cron_campaign_1").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(campaign.state, "done")
        self.start_tour(
            f"/odoo/action-cdg47_convention.cdg47_campaign_action/{campaign.id}",
            "cdg47_campaign_post",
            login="cdg47_accountant",
        )
        invoice = convention.order_ids.invoice_ids
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", 1470))
