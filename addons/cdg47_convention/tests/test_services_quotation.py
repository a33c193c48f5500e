# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Supplements and what is beyond a quota: quoted, accepted, delivered (R4, R7, R8)."""

from freezegun import freeze_time

from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import tagged

from .ledger_common import LedgerCase


@freeze_time("2024-06-20 10:00:00")
class ServicesCase(LedgerCase):
    """A commune of stratum S4 in 2024, both forfaits held."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_price("CERT", 180)
        cls.set_price("BACKUP", 12)
        cls.set_price("FORM-SITE", 450)
        cls.mayor = cls.make_signatory(cls.commune)

    def quote(self, code, quantity, kind, **values):
        return self.convention._quote_services(
            [
                {
                    "product_id": self.service(code),
                    "quantity": quantity,
                    "kind": kind,
                    **values,
                }
            ]
        )

    def accept(self, order):
        """Sign a quotation as Odoo's portal does."""
        order_sudo = order.sudo()
        order_sudo.write({"signed_by": "Maire", "signed_on": "2024-06-20 09:00:00"})
        order_sudo._validate_order()
        return order

    def hold(self, code, quantity=1, **values):
        return self.env["cdg47.allocation"].create(
            {
                "partner_id": self.commune.id,
                "product_id": self.service(code).id,
                "quantity": quantity,
                "date_start": "2024-06-01",
                "state": "active",
                **values,
            }
        )

    def over_facts(self, days=2):
        """Use one audit day, then some more beyond it."""
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2024-03-10")
        return self.use(self.convention, "AUDIT-SECU", days, "day", "2024-05-02")

    def quote_over(self, fact, quantity=2):
        return self.quote("AUDIT-SECU", quantity, "overage", consumptions=fact)


@tagged("post_install", "-at_install")
class TestQuotation(ServicesCase):
    def test_says_who_what_and_why(self):
        order = self.quote("CERT", 1, "supplement")
        self.assertRecordValues(
            order,
            [
                {
                    "state": "draft",
                    "partner_id": self.commune.id,
                    "partner_invoice_id": self.commune.id,
                    "convention_id": self.convention.id,
                    "term_id": self.convention.term_ids.id,
                    "pricelist_id": self.tariff.id,
                    "amount_total": 180,
                }
            ],
        )
        line = order.order_line
        self.assertEqual(line.name, "Certificat électronique supplémentaire (3 ans)")
        self.assertIn("180,00", line.cdg47_explanation)
        self.assertIn("Annexe 1", line.cdg47_explanation)

    def test_debtor_is_the_conventions(self):
        payer = self.make_establishment(40)
        self.convention.invoice_partner_id = payer
        order = self.quote("CERT", 1, "supplement")
        self.assertEqual(order.partner_invoice_id, payer)

    def test_priced_on_the_day_of_the_quotation(self):
        self.set_price("CERT", 200, "2024-06-21 00:00:00")
        self.assertEqual(self.quote("CERT", 1, "supplement").amount_total, 180)
        with freeze_time("2024-06-22 10:00:00"):
            self.assertEqual(self.quote("CERT", 1, "supplement").amount_total, 200)

    def test_beyond_the_last_term_it_has_none(self):
        """Tacitly renewed, and the next year not drawn yet (R3)."""
        with freeze_time("2025-02-01 10:00:00"):
            order = self.quote("CERT", 1, "supplement")
        self.assertFalse(order.term_id)
        self.assertEqual(order.convention_id, self.convention)

    def test_price_missing_is_refused(self):
        orders = self.convention.order_ids
        with self.assertRefused(UserError, "VPN"):
            self.quote("VPN", 1, "supplement")
        self.assertEqual(self.convention.order_ids, orders)

    def test_on_study_waits_for_its_price(self):
        order = self.convention._quote_services(
            [
                {
                    "product_id": self.service("SECU-NOUVELLE"),
                    "quantity": 1,
                    "kind": "supplement",
                }
            ],
            allow_missing_price=True,
        )
        self.assertTrue(order._cdg47_obstacle())
        order.order_line.price_unit = 700
        self.assertFalse(order._cdg47_obstacle())

    def test_not_before_the_convention_is_signed(self):
        convention = self.make_convention_since("2024-01-01", state="draft")
        with self.assertRefused(UserError, convention.name):
            convention._quote_services(
                [{"product_id": self.service("CERT"), "quantity": 1, "kind": False}]
            )

    def test_what_must_be_held_first(self):
        """A mailbox extension needs a mailbox on the CDG's domain (R9)."""
        self.set_price("MAIL-EXT", 12)
        with self.assertRaises(RedirectWarning):
            self.quote("MAIL-EXT", 1, "supplement")

    def test_what_must_still_be_held_at_the_signature(self):
        self.set_price("MAIL-EXT", 12)
        self.commune._cdg47_use_cdg_domain()
        mailbox = self.hold("MAIL")
        order = self.quote("MAIL-EXT", 1, "supplement")
        self.assertFalse(order._cdg47_obstacle())
        mailbox.action_revoke()
        self.assertIn("Messagerie", order._cdg47_obstacle())
        with self.assertRaises(UserError):
            self.accept(order)

    def test_fee_says_the_stratum(self):
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.tariff.id,
                "applied_on": "1_product",
                "product_tmpl_id": self.metiers.id,
                "compute_price": "fixed",
                "fixed_price": 880,
            }
        )
        convention = self.make_convention(self.make_commune())
        line = convention.pending_order_id.order_line
        self.assertIn(convention.stratum_reason.rstrip("."), line.cdg47_explanation)

    def test_is_not_the_pending_quotation_of_the_convention(self):
        self.quote("CERT", 1, "supplement")
        self.assertFalse(self.convention.pending_order_id)


@tagged("post_install", "-at_install")
class TestAcceptance(ServicesCase):
    def test_unsigned_it_is_not_confirmed(self):
        order = self.quote("CERT", 1, "supplement")
        with self.assertRefused(UserError, order.name):
            order.action_confirm()

    def test_setting_off_the_cdg_confirms_alone(self):
        self.company.cdg47_acceptance_required = False
        order = self.quote("CERT", 1, "supplement")
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_renewal_of_what_was_accepted_needs_no_signature(self):
        line = self.accept(self.quote("CERT", 1, "supplement")).order_line
        held = self.commune.allocation_ids
        self.quote("CERT", 1, "supplement", continues=line).action_confirm()
        self.assertEqual(self.commune.allocation_ids, held)
        more = self.quote("CERT", 2, "supplement", continues=line)
        with self.assertRefused(UserError, more.name):
            more.action_confirm()

    # === Supplements ===
    def test_supplement_is_delivered_when_accepted(self):
        order = self.quote("CERT", 2, "supplement")
        self.assertEqual(order.order_line.qty_delivered, 0)
        self.accept(order)
        self.assertRecordValues(
            order.order_line,
            [
                {
                    "qty_delivered_method": "cdg47_ledger",
                    "qty_delivered": 2,
                    "qty_to_invoice": 2,
                }
            ],
        )

    def test_supplement_of_a_level_asks_for_what_is_held(self):
        order = self.accept(self.quote("CERT", 2, "supplement"))
        self.assertRecordValues(
            order.order_line.cdg47_allocation_ids,
            [
                {
                    "partner_id": self.commune.id,
                    "product_id": self.service("CERT").id,
                    "quantity": 1,
                    "accepted_quantity": 1,
                    "state": "requested",
                }
            ]
            * 2,
        )

    def test_supplement_of_a_volume_is_one_allocation(self):
        order = self.accept(self.quote("BACKUP", 5, "supplement"))
        self.assertEqual(order.order_line.cdg47_allocation_ids.quantity, 5)

    def test_supplement_of_what_is_held_already(self):
        held = self.hold("CERT") | self.hold("CERT")
        over = held.filtered("is_over")
        self.assertEqual(over.over_quantity, 1)
        order = self.quote("CERT", 1, "supplement", allocations=over)
        self.assertIn(over.verdict, order.order_line.cdg47_explanation)
        self.accept(order)
        self.assertEqual(over.accepted_quantity, 1)
        self.assertEqual(self.commune.allocation_ids, held)

    def test_supplement_of_a_flow_feeds_its_right(self):
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2024-03-10")
        order = self.accept(self.quote("AUDIT-SECU", 1, "supplement"))
        answer = self.check(self.convention, "AUDIT-SECU", 2, "day", "2024-07-01")
        self.assertEqual((answer["covered"], answer["billable"]), (1, 1))
        grant = self.commune.entitlement_ids.grant_ids.filtered("sale_line_id")
        self.assertEqual((grant.kind, grant.amount), ("bought", 420))
        order._action_cancel()
        self.assertFalse(grant.exists())
        answer = self.check(self.convention, "AUDIT-SECU", 2, "day", "2024-07-01")
        self.assertEqual((answer["covered"], answer["billable"]), (0, 2))
        self.assertNoDifference()

    def test_service_outside_the_forfaits_feeds_nothing(self):
        convention = self.make_convention_since("2024-01-01", forfaits=self.metiers)
        order = convention._quote_services(
            [
                {
                    "product_id": self.service("AUDIT-SECU"),
                    "quantity": 1,
                    "kind": "supplement",
                }
            ]
        )
        self.accept(order)
        self.assertEqual(order.order_line.qty_delivered, 1)
        self.assertFalse(convention.partner_id.entitlement_ids)

    # === Beyond a quota ===
    def test_beyond_is_frozen_and_delivered_when_accepted(self):
        fact = self.over_facts()
        order = self.quote_over(fact)
        self.assertFalse(fact.frozen)
        self.assertIn(fact.verdict, order.order_line.cdg47_explanation)
        self.accept(order)
        self.assertTrue(fact.frozen)
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(order.order_line.qty_to_invoice, 2)
        self.assertNoDifference()

    def test_another_unit(self):
        """Half-days of group training are continued by days on site."""
        self.set_price("FORM-GROUPE", 1)
        editor = self.env["cdg47.software.editor"].create(
            {
                "name": "Éditeur",
                "product_ids": [(4, self.service("FORM-GROUPE").id)],
            }
        )
        self.commune.software_editor_id = editor
        facts = self.env["cdg47.consumption"]
        for day in ("2024-02-01", "2024-03-01", "2024-04-01"):
            facts |= self.use(self.convention, "FORM-GROUPE", 1, "half_day", day)
        over = facts.filtered("billable_amount")
        order = self.accept(self.quote("FORM-SITE", 0.5, "overage", consumptions=over))
        self.assertEqual(order.order_line.qty_delivered, 0.5)
        self.assertEqual(order.amount_total, 225)

    def test_never_more_than_what_was_accepted(self):
        fact = self.over_facts(3)
        order = self.accept(self.quote_over(fact, 2))
        self.assertEqual(order.order_line.qty_delivered, 2)
        with self.assertRefused(UserError, order.order_line.name):
            order.order_line.product_uom_qty = 3
        excess = self.quote("AUDIT-SECU", 1, "overage", continues=order.order_line)
        self.assertEqual(excess.order_line.qty_delivered, 0)
        self.accept(excess)
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(excess.order_line.qty_delivered, 1)
        fact._reverse("Erreur")
        self.assertEqual(order.order_line.qty_delivered, 0)
        self.assertEqual(excess.order_line.qty_delivered, 0)

    def test_never_more_than_what_was_used(self):
        """A gesture before the signature covers a part of what was quoted."""
        fact = self.over_facts()
        order = self.quote_over(fact)
        fact.entitlement_id._grant_goodwill(1, "Geste")
        self.accept(order)
        self.assertEqual(order.order_line.qty_delivered, 1)

    def test_promised_without_a_quotation(self):
        """A registration confirmed with its price shown promises at once."""
        fact = self.over_facts()
        order = self.accept(self.quote("AUDIT-SECU", 2, "overage"))
        self.assertEqual(order.order_line.qty_delivered, 0)
        fact._promise(order.order_line)
        self.assertTrue(fact.frozen)
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertIn(fact.verdict, order.order_line.cdg47_explanation)

    def test_not_accepted_twice(self):
        fact = self.over_facts()
        order = self.quote_over(fact)
        with self.assertRefused(UserError, order.name):
            self.quote_over(fact)
        self.accept(order)
        other = self.accept(self.quote("AUDIT-SECU", 2, "overage"))
        with self.assertRefused(UserError, order.name):
            fact._promise(other.order_line)

    def test_not_by_another_collectivite(self):
        fact = self.over_facts()
        other = self.make_convention_since("2024-01-01")
        order = other._quote_services(
            [
                {
                    "product_id": self.service("AUDIT-SECU"),
                    "quantity": 2,
                    "kind": "overage",
                }
            ]
        )
        with self.assertRefused(UserError, self.commune.name):
            fact._promise(order.order_line)

    def test_reversed_facts_are_not_billed(self):
        fact = self.over_facts()
        order = self.quote_over(fact)
        fact._reverse("Erreur")
        self.accept(order)
        self.assertEqual(order.order_line.qty_delivered, 0)
        self.assertFalse(order.order_line.qty_to_invoice)

    def test_reversal_of_an_accepted_fact_lowers_what_is_due(self):
        fact = self.over_facts()
        order = self.accept(self.quote_over(fact))
        reversal = fact._reverse("Saisie en double")
        self.assertEqual(reversal.sale_line_id, order.order_line)
        self.assertEqual(order.order_line.qty_delivered, 0)
        self.assertNoDifference()

    def test_cancelled_order_leaves_it_to_settle(self):
        fact = self.over_facts()
        order = self.accept(self.quote_over(fact))
        order._action_cancel()
        again = self.accept(self.quote_over(fact))
        self.assertEqual(again.order_line.qty_delivered, 2)
        self.assertEqual(order.order_line.qty_delivered, 0)
