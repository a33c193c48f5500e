# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A quarter is that of the services, not of their orders; kinds are decided (R14)."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .test_overage import OverageCase


@freeze_time("2024-07-05 10:00:00")
@tagged("post_install", "-at_install")
class TestQuarterByDay(OverageCase):
    def quarter(self, number, year=2024):
        return (
            self.env["cdg47.quarter.invoice"]
            .with_user(self.user_accountant)
            .create({"year": year, "quarter": str(number)})
        )

    def used(self, *days, quantity=1):
        """Use an audit a day each, and have what is beyond accepted on 5 July."""
        facts = self.env["cdg47.consumption"].union(
            *(
                self.use(self.convention, "AUDIT-SECU", quantity, "day", day)
                for day in days
            )
        )
        beyond = facts.filtered("billable_amount")
        order = self.quote_over(beyond, len(beyond) * quantity)
        return self.accept(order)

    def test_served_before_it_is_ordered(self):
        order = self.used("2024-03-10", "2024-05-02")
        self.assertEqual(self.quarter(1).order_count, 0)
        wizard = self.quarter(2)
        self.assertEqual((wizard.order_count, wizard.amount), (1, 420))
        wizard.action_invoice()
        self.assertEqual(order.invoice_ids.amount_untaxed, 420)
        self.assertEqual(self.quarter(3).order_count, 0)

    def test_each_use_in_its_quarter(self):
        """One order, a day of May and a day of July: one invoice each."""
        order = self.used("2024-03-10", "2024-05-02", "2024-07-02")
        wizard = self.quarter(2)
        self.assertEqual(wizard.amount, 420)
        wizard.action_invoice()
        self.assertEqual(order.invoice_ids.amount_untaxed, 420)
        self.assertEqual(order.order_line.qty_to_invoice, 1)
        self.assertEqual(self.quarter(2).order_count, 0)
        later = self.quarter(3)
        self.assertEqual(later.amount, 420)
        later.action_invoice()
        self.assertEqual(sum(order.invoice_ids.mapped("amount_untaxed")), 840)
        self.assertEqual(order.order_line.qty_to_invoice, 0)

    def test_what_is_bought_counts_from_its_acceptance(self):
        order = self.accept(self.quote("CERT", 1, "supplement"))
        self.assertEqual(self.quarter(2).order_count, 0)
        self.assertEqual(self.quarter(3).amount, 180)
        self.assertEqual(self.quarter(3).order_count, 1)
        order.action_lock()
        self.assertEqual(self.quarter(3).order_count, 1)

    def test_a_commune_and_its_annexed_budget(self):
        """What is too small for a paper of its own waits; the other is made."""
        annexe = self.make_annexe(self.commune)
        convention = self.make_convention_since("2024-01-01", annexe)
        convention.invoice_partner_id = annexe
        self.accept(self.quote("BACKUP", 2, "supplement"))
        bought = convention._quote_services(
            [
                {
                    "product_id": self.service("BACKUP"),
                    "quantity": 1,
                    "kind": "supplement",
                }
            ]
        )
        self.accept(bought)
        wizard = self.quarter(3)
        wizard.action_invoice()
        self.assertFalse(wizard.report)
        self.assertEqual(wizard.invoice_ids.partner_id, self.commune)
        self.assertEqual(sum(wizard.invoice_ids.mapped("amount_untaxed")), 24)


@freeze_time("2024-06-20 10:00:00")
@tagged("post_install", "-at_install")
class TestKindIsDecided(OverageCase):
    """« Convention line » says who accepts and what delivers: nobody enters it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            "vendeur-essai",
            groups="sales_team.group_sale_salesman_all_leads",
            lang="fr_FR",
        )

    def typed(self, code, **values):
        orders = self.env["sale.order"].with_user(self.seller)
        return orders.create(
            {
                "partner_id": self.commune.id,
                "order_line": [
                    Command.create({"product_id": self.service(code).id, **values})
                ],
            }
        ).order_line

    def test_given_at_creation_it_is_computed(self):
        for code, expected in (("CERT", "supplement"), ("FORM-SITE", "supplement")):
            for given in (False, "time", "fee", "overage", "supplement"):
                with self.subTest(code=code, given=given):
                    line = self.typed(code, cdg47_kind=given)
                    self.assertEqual(line.cdg47_kind, expected)
                    self.assertTrue(line.order_id.convention_id)
                    with self.assertRaises(UserError):
                        line.order_id.action_confirm()

    def test_written_on_a_draft_it_is_refused(self):
        line = self.typed("CERT")
        for given in (False, "time", "fee", "overage"):
            with self.subTest(given=given), self.assertRefused(UserError, "décid"):
                line.cdg47_kind = given
        line.write({"cdg47_kind": "supplement", "product_uom_qty": 3})
        self.assertEqual((line.cdg47_asked_quantity, line.product_uom_qty), (3, 2))

    def test_an_ordinary_sale_has_none(self):
        pen = self.env["product.product"].create({"name": "Pen", "list_price": 2})
        orders = self.env["sale.order"].with_user(self.seller)
        line = orders.create(
            {
                "partner_id": self.commune.id,
                "order_line": [
                    Command.create({"product_id": pen.id, "cdg47_kind": "time"})
                ],
            }
        ).order_line
        self.assertFalse(line.cdg47_kind)

    def test_what_the_project_draws_keeps_its_kind(self):
        convention = self.convention.with_user(self.user_manager)
        order = convention._quote_services(
            [{"product_id": self.service("CERT"), "quantity": 1, "kind": "supplement"}]
        )
        self.assertEqual(order.order_line.cdg47_kind, "supplement")
        self.assertEqual(order.create_uid, self.user_manager)
