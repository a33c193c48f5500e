# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Anti-spam after its study, paid mailboxes as the included one (R9)."""

from freezegun import freeze_time

from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import tagged

from .test_allocation import AllocationCase


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestStudied(AllocationCase):
    """With a domain of one's own: study, price, then the access opens."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.convention = cls.commune.convention_ids
        cls.allocate("DOMAINE-PROPRE")

    def quoted(self, price=120):
        order = self.convention._quote_services(
            [
                {
                    "product_id": self.service("ANTISPAM"),
                    "quantity": 1,
                    "kind": "supplement",
                }
            ],
            allow_missing_price=True,
        )
        order.order_line.price_unit = price
        return order

    def accept(self, order):
        order_sudo = order.sudo()
        order_sudo.write({"signed_by": "Maire", "signed_on": "2027-01-05 09:00:00"})
        order_sudo._validate_order()

    def access(self):
        return self.convention.activation_ids.filtered(
            lambda a: a.product_id == self.service("ANTISPAM")
        )

    def obstacle(self):
        return self.commune._cdg47_obstacle(self.service("ANTISPAM"))

    def test_once_accepted_it_opens(self):
        order = self.quoted()
        self.assertIn("étude", self.obstacle()[0])
        self.accept(order)
        self.assertFalse(self.obstacle())
        access = self.access()
        self.assertEqual(len(access), 1)
        access.with_user(self.user_user).action_start()
        access.with_user(self.user_user).action_activate()
        self.assertEqual(access.state, "active")
        self.assertEqual(order.order_line.qty_to_invoice, 1)

    def test_an_access_that_waited_for_it(self):
        access = self.env["cdg47.service.activation"].create(
            {
                "convention_id": self.convention.id,
                "product_id": self.service("ANTISPAM").id,
            }
        )
        with self.assertRaises(RedirectWarning):
            access.action_start()
        self.accept(self.quoted())
        self.assertEqual(self.access(), access)
        access.action_start()

    def test_refused_or_taken_back_it_is_studied_anew(self):
        order = self.quoted()
        self.accept(order)
        order._action_cancel()
        self.assertIn("étude", self.obstacle()[0])
        self.quoted()._action_cancel()
        self.assertIn("étude", self.obstacle()[0])

    def test_without_a_price_it_is_not_accepted(self):
        with self.assertRaises(UserError):
            self.accept(self.quoted(0))
            self.env.flush_all()
        self.assertTrue(self.obstacle())


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestPaidMailboxes(AllocationCase):
    CODES = ("MAIL-5", "MAIL-10", "MAIL-25")

    def test_need_a_domain_as_the_included_one(self):
        for code in self.CODES:
            with self.subTest(code=code):
                with self.assertRaises(RedirectWarning) as caught:
                    self.allocate(code, identifier="a@b.fr")
                message, action = caught.exception.args[:2]
                self.assertIn(self.service(code).name, message)
                self.assertTrue(action["context"]["active_id"], self.commune.id)

    def test_quoted_neither(self):
        convention = self.commune.convention_ids
        for code in self.CODES:
            line = {
                "product_id": self.service(code),
                "quantity": 1,
                "kind": "supplement",
            }
            with self.subTest(code=code), self.assertRaises(RedirectWarning):
                convention._quote_services([line])

    def test_with_any_domain(self):
        for domain in ("DOMAINE-CDG", "DOMAINE-PROPRE"):
            with self.subTest(domain=domain), self.env.cr.savepoint():
                held = self.allocate(domain)
                for code in self.CODES:
                    self.allocate(code, identifier=f"{code}@b.fr")
                self.commune.allocation_ids.sudo().unlink()
                self.assertFalse(held.exists())
