# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Each service of the catalogue, for each membership, by each way to a quotation.

A quotation that is priced, or a sentence that says why there is none: never a crash.
"""

from collections import Counter

from freezegun import freeze_time

from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.cdg47_convention.models.money.service_request import request_service

from .membership_common import MEMBERSHIPS, MembershipMixin
from .test_plain_quotation import PlainSaleCase


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestEachServiceQuoted(MembershipMixin, PlainSaleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.services = cls.env["product.product"].search(
            [("cdg47_is_service", "=", True)]
        )

    def each(self, way, memberships=MEMBERSHIPS):
        """Ask every service for every membership, and check each answer.

        :param way: function of a commune and a service that returns an order
        """
        self.assertGreater(len(self.services), 40)
        communes = self.memberships()
        self.assertEqual(tuple(communes), MEMBERSHIPS)
        answers = Counter()
        for membership in memberships:
            commune = communes[membership]
            for service in self.services:
                with self.subTest(membership, service=service.default_code):
                    order, sentence = self.asked(lambda c=commune, s=service: way(c, s))
                    self.assertAnswered(order, sentence)
                    answers[bool(order)] += 1
        # Both happen: the way does quote, and does refuse.
        self.assertEqual(set(answers), {True, False})

    def asked(self, ask):
        """Return what a way answers: an order, or the sentence that refuses it."""
        try:
            with self.env.cr.savepoint():
                order = ask()
                self.env.flush_all()
                return order, ""
        except (UserError, RedirectWarning) as refusal:
            return self.env["sale.order"], refusal.args[0]

    def assertAnswered(self, order, sentence):
        """An order whose lines are priced or included, or words and no code."""
        if order:
            for line in order.order_line.filtered(lambda ln: not ln.display_type):
                self.assertTrue(line.price_unit or line.cdg47_explanation, line.name)
        else:
            self.assertGreater(len(sentence), 20)
            self.assertNotRegex(sentence, r"None|False|Traceback|object|\bres\.")

    def test_typed_in_sales(self):
        self.each(self.typed)

    def typed(self, commune, service):
        line = Command.create({"product_id": service.id})
        orders = self.env["sale.order"].with_user(self.seller)
        orders = orders.with_context(tracking_disable=True)
        return orders.create({"partner_id": commune.id, "order_line": [line]})

    def test_quoted_from_the_convention(self):
        self.each(self.quoted, MEMBERSHIPS[1:])

    def quoted(self, commune, service):
        convention = commune.convention_ids.with_user(self.user_user)
        return convention._quote_services([{"product_id": service, "quantity": 1}])

    def test_asked_for_in_the_portal(self):
        self.contact = self.make_contact()
        # Hundreds of requests: their mails are not what is told here.
        self.patch(self.env.registry["mail.template"], "send_mail", lambda *_, **__: 0)
        self.each(self.requested, MEMBERSHIPS[1:])

    def requested(self, commune, service):
        quiet = commune.with_context(tracking_disable=True, mail_notrack=True)
        convention = quiet.convention_ids.sudo()
        order = request_service(convention, service, 1.0, "", self.contact)
        if not order:
            # The forfaits cover it: who follows the convention is told.
            self.assertTrue(convention.activity_ids)
            raise UserError(convention.activity_ids[-1].summary)
        return order
