# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A convention ended and joined again; a collectivité archived (R16)."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import ConventionCase


@freeze_time("2026-11-20 10:00:00")
@tagged("post_install", "-at_install")
class TestReadhesion(ConventionCase):
    """Métiers of stratum S4, 880 € a year, from March to June, then from September."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "fr_FR"})
        cls.commune = cls.make_commune(750)
        cls.make_signatory(cls.commune)
        cls.first = cls.make_signed_convention(cls.commune, date_start="2027-03-01")

    def end(self):
        with freeze_time("2027-07-02 10:00:00"):
            self.first.with_user(self.user_manager)._terminate(
                date(2027, 6, 30), "Retrait"
            )

    def join(self, day="2027-09-01", forfaits=None, **values):
        with freeze_time("2027-08-20 10:00:00"):
            return self.make_signed_convention(
                self.commune, forfaits, date_start=day, **values
            )

    def fees(self):
        orders = self.env["sale.order"].search(
            [("partner_id", "=", self.commune.id), ("state", "=", "sale")]
        )
        return round(sum(orders.mapped("amount_untaxed")), 2)

    def test_billed_once(self):
        owed = round(880 * 10 / 12, 2)
        self.assertEqual(self.fees(), owed)
        self.end()
        again = self.join()
        self.assertEqual(again.state, "active")
        self.assertEqual(self.fees(), owed)
        order = again.order_ids
        self.assertEqual(order.amount_untaxed, 0)
        self.assertIn(self.first.name, order.order_line.name)
        self.assertEqual(order.order_line.qty_to_invoice, 0)
        self.assertNotEqual(order.invoice_status, "to invoice")

    def test_another_forfait_is_owed(self):
        self.end()
        before = self.fees()
        again = self.join(forfaits=self.metiers | self.techno)
        techno = again.order_ids.order_line.filtered(
            lambda line: line.product_template_id == self.techno
        )
        self.assertGreater(techno.price_subtotal, 0)
        self.assertEqual(techno.cdg47_months, 4)
        self.assertEqual(round(self.fees() - before, 2), techno.price_subtotal)

    def price(self, code):
        variant = self.metiers._cdg47_variant_for(self.stratum(code))
        return self.tariff._cdg47_price(variant, date(2027, 9, 1))

    def grow(self, population):
        self.env["cdg47.census"].create(
            {
                "partner_id": self.commune.id,
                "date_from": "2027-08-01",
                "population_total": population,
                "population_municipal": population,
            }
        )

    def test_a_higher_stratum_owes_the_difference(self):
        self.end()
        before = self.fees()
        self.grow(1500)
        self.join()
        difference = (self.price("S5") - self.price("S4")) * 4 / 12
        self.assertGreater(difference, 0)
        self.assertEqual(round(self.fees() - before, 2), round(difference, 2))

    def test_a_lower_one_nothing(self):
        self.end()
        before = self.fees()
        self.grow(50)
        self.join()
        self.assertEqual(self.fees(), before)

    def test_the_next_year_is_whole(self):
        self.end()
        before = self.fees()
        self.join("2028-01-01")
        self.assertEqual(round(self.fees() - before, 2), 880)

    def test_what_was_never_owed_is(self):
        """The first order taken back, nothing of the year is billed already."""
        self.end()
        self.first.order_ids._action_cancel()
        self.join()
        self.assertEqual(self.fees(), round(880 * 4 / 12, 2))


@freeze_time("2026-11-20 10:00:00")
@tagged("post_install", "-at_install")
class TestCommuneNouvelle(ConventionCase):
    """What the communes that it replaces owe of the year, it owes once (R16)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "fr_FR"})
        cls.new = cls.make_commune(1100)
        cls.make_signatory(cls.new)

    def former(self, *populations):
        partners = self.env["res.partner"]
        for population in populations:
            partner = self.make_commune(population)
            self.make_signatory(partner)
            self.make_signed_convention(partner, date_start="2027-01-01")
            partners |= partner
        return partners

    def merge(self, former):
        wizard = self.env["cdg47.collectivite.merge"].with_user(self.user_manager)
        wizard.create(
            {
                "partner_id": self.new.id,
                "former_ids": [Command.set(former.ids)],
                "date": "2027-07-01",
            }
        ).action_merge()

    def join(self, day="2027-07-01"):
        return self.make_signed_convention(self.new, date_start=day).order_ids

    def yearly(self, partner):
        variant = self.metiers._cdg47_sold_to(
            partner._cdg47_stratum_at("2027-01-01")[0]
        )
        return self.tariff._cdg47_price(variant, date(2027, 1, 1))

    def test_the_difference_with_the_one_it_replaces(self):
        former = self.former(750)
        self.merge(former)
        order = self.join()
        difference = (self.yearly(self.new) - self.yearly(former)) * 6 / 12
        self.assertGreater(difference, 0)
        self.assertEqual(order.amount_untaxed, round(difference, 2))
        self.assertIn(former.convention_ids.name, order.order_line.name)

    def test_several_that_owe_more_together(self):
        former = self.former(750, 600)
        self.merge(former)
        order = self.join()
        self.assertEqual(order.amount_untaxed, 0)
        self.assertEqual(order.order_line.qty_to_invoice, 0)
        for convention in former.convention_ids:
            self.assertIn(convention.name, order.order_line.name)

    def test_the_next_year_is_whole(self):
        self.merge(self.former(750, 600))
        order = self.join("2028-01-01")
        self.assertEqual(order.amount_untaxed, self.yearly(self.new))

    def test_not_replaced_it_owes_its_months(self):
        self.former(750)
        order = self.join()
        self.assertEqual(order.amount_untaxed, round(self.yearly(self.new) / 2, 2))


@freeze_time("2027-05-20 10:00:00")
@tagged("post_install", "-at_install")
class TestArchive(ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "fr_FR"})
        cls.commune = cls.make_commune(750, insee_code="47999")
        cls.make_signatory(cls.commune)
        cls.convention = cls.make_signed_convention(
            cls.commune, date_start="2027-01-01"
        )

    def test_each_way_is_refused(self):
        for user in (self.user_user, self.user_manager, self.env.user):
            partner = self.commune.with_user(user)
            for way in (
                partner.action_archive,
                lambda p=partner: p.write({"active": False}),
                lambda p=partner: (p | self.make_commune(80)).write({"active": False}),
            ):
                with (
                    self.subTest(user=user.login),
                    self.assertRefused(UserError, "Résilier la convention"),
                ):
                    way()
        self.assertTrue(self.commune.active)

    def test_nor_who_pays_for_an_annexed_budget(self):
        mother = self.make_commune(750)
        annexe = self.make_annexe(mother)
        self.make_signatory(mother)
        self.make_signed_convention(annexe, date_start="2027-01-01")
        with self.assertRefused(UserError, annexe.name):
            mother.action_archive()

    def test_once_it_has_ended(self):
        self.convention.with_user(self.user_manager)._terminate(
            date(2027, 5, 19), "Retrait"
        )
        self.commune.action_archive()
        self.assertFalse(self.commune.active)

    def test_not_before_its_last_day(self):
        self.convention.with_user(self.user_manager)._terminate(
            date(2027, 6, 30), "Retrait"
        )
        with self.assertRefused(UserError, "30/06/2027"):
            self.commune.action_archive()
