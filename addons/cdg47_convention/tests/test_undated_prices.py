# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A later year priced without its own tariff is said, wherever its price is shown."""

from odoo.fields import Command
from odoo.tests import Form, tagged

from ..lib.dates import today_in_paris
from ..reading.tariff import undated_note
from .common import ConventionCase


@tagged("post_install", "-at_install")
class TestUndatedPrices(ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.year = today_in_paris().year
        cls.commune = cls.make_commune()
        cls.make_signatory(cls.commune)
        cls.sold = cls.metiers._cdg47_sold_to(cls.stratum("S1"))

    def day(self, year):
        return today_in_paris().replace(year=year, month=1, day=1)

    def record(self, year):
        """Record the price of a year, as the grid does."""
        stratum = self.commune._cdg47_stratum_at(self.day(year))[0]
        product = self.metiers._cdg47_sold_to(stratum)
        self.tariff._cdg47_set_prices(year, {product: 400})

    def proposed(self, year):
        return self.propose(self.commune, date_start=self.day(year))

    def test_a_proposal_says_it(self):
        wizard = self.proposed(self.year + 1)
        self.assertTrue(wizard.amount)
        self.assertIn(str(self.year + 1), wizard.undated_note)
        self.record(self.year + 1)
        wizard = self.proposed(self.year + 1)
        self.assertEqual(wizard.amount, 400)
        self.assertFalse(wizard.undated_note)
        # The price of one year is not that of the next.
        self.assertTrue(undated_note(self.tariff, self.sold, self.day(self.year + 2)))

    def test_not_of_the_current_year(self):
        self.assertFalse(self.proposed(self.year).undated_note)

    def test_nothing_is_said_of_nothing(self):
        nothing = self.env["product.product"]
        self.assertFalse(undated_note(self.tariff, nothing, self.day(self.year + 1)))
        wizards = self.env["cdg47.convention.propose"].with_user(self.user_manager)
        self.assertFalse(Form(wizards).undated_note)

    def test_a_quotation_says_it_until_it_is_signed(self):
        convention = self.make_convention(
            self.commune, date_start=self.day(self.year + 1)
        )
        order = convention.pending_order_id
        self.assertIn(str(self.year + 1), order.cdg47_undated_note)
        self.record(self.year + 1)
        order.invalidate_recordset()
        self.assertFalse(order.cdg47_undated_note)
        self.assertFalse(
            self.env["sale.order"]
            .create({"partner_id": self.make_contact().id})
            .cdg47_undated_note
        )

    def test_proposals_in_bulk_say_it(self):
        batch = self.env["cdg47.proposal.batch"].with_user(self.user_manager)
        batch = batch.create(
            {
                "date_start": self.day(self.year + 1),
                "forfait_ids": [Command.set(self.metiers.ids)],
                "line_ids": [Command.create({"partner_id": self.commune.id})],
            }
        )
        self.assertIn(str(self.year + 1), batch.line_ids.undated_note)
        self.record(self.year + 1)
        batch.line_ids.invalidate_recordset()
        self.assertFalse(batch.line_ids.undated_note)
