# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""« À régulariser »: what is beyond and not accepted; quoted once (R7, R8, R11)."""

import base64

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_services_quotation import ServicesCase


class OverageCase(ServicesCase):
    def rows(self, partner=None):
        self.env.flush_all()
        self.env.invalidate_all()
        partner = partner or self.commune
        return self.env["cdg47.overage"].search([("partner_id", "=", partner.id)])

    def quoted(self, rows=None):
        rows = self.rows() if rows is None else rows
        orders, left_out = rows._quote()
        self.assertEqual(left_out, [])
        return orders


@tagged("post_install", "-at_install")
class TestToSettle(OverageCase):
    def test_nothing_within_the_quotas(self):
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2024-03-10")
        self.hold("CERT")
        self.assertFalse(self.rows())

    def test_uses_and_things_held_alike(self):
        fact = self.over_facts()
        self.hold("CERT")
        over = self.hold("CERT", identifier="SN-2")
        self.assertRecordValues(
            self.rows(),
            [
                {
                    "kind": "flow",
                    "state": "open",
                    "consumption_id": fact.id,
                    "over": 2,
                    "priced_product_id": self.service("AUDIT-SECU").id,
                    "unit_price": 420,
                    "amount": 840,
                    "verdict": fact.verdict,
                },
                {
                    "kind": "level",
                    "state": "open",
                    "consumption_id": False,
                    "over": 1,
                    "priced_product_id": self.service("CERT").id,
                    "unit_price": 180,
                    "amount": 180,
                    "verdict": over.verdict,
                },
            ],
        )
        self.assertEqual(self.commune.cdg47_overage_count, 2)

    def test_before_the_first_convention_is_not_due(self):
        self.use_before()
        self.assertFalse(self.rows())

    def use_before(self):
        """Record a use under the paper conventions, beyond what was given then."""
        facts = self.env["cdg47.consumption"].create(
            [
                {
                    "partner_id": self.commune.id,
                    "product_id": self.service("AUDIT-SECU").id,
                    "date": "2023-05-02",
                    "quantity": 3,
                    "uom_id": self.unit("day").id,
                }
            ]
        )
        self.assertGreater(facts.billable_amount, 0)
        return facts

    def test_reversed_is_not_due(self):
        self.over_facts()._reverse("Erreur")
        self.assertFalse(self.rows())

    def test_never_held_is_not_due(self):
        self.hold("CERT")
        self.hold("CERT", state="requested").action_revoke()
        self.hold("CERT", date_start="2024-06-20").action_revoke()
        self.assertFalse(self.rows())

    def test_held_then_given_back_stays_due(self):
        """Billed at the full price of the year first held, no refund (R8)."""
        self.hold("CERT")
        self.hold("CERT").action_revoke()
        self.assertEqual(self.rows().amount, 180)

    def test_at_the_tariff_of_today(self):
        self.over_facts(1)
        self.set_price("AUDIT-SECU", 500, "2024-09-01 00:00:00")
        self.assertEqual(self.rows().amount, 420)
        with freeze_time("2024-10-01 10:00:00"):
            self.assertEqual(self.rows().amount, 500)

    def test_totals_by_collectivite(self):
        self.over_facts()
        self.hold("CERT")
        self.hold("CERT")
        self.env.flush_all()
        # The second is what a list asks for.
        for total in ("amount:sum", "amount:sum_currency"):
            groups = self.env["cdg47.overage"].formatted_read_group(
                [("partner_id", "=", self.commune.id)], ["partner_id"], [total]
            )
            self.assertEqual([group[total] for group in groups], [1020])

    def test_accepted_is_settled(self):
        self.over_facts()
        self.hold("CERT")
        self.hold("CERT")
        self.accept(self.quoted())
        self.assertFalse(self.rows())

    def test_more_than_accepted_is_due_again(self):
        fact = self.over_facts(3)
        order = self.quoted()
        order.order_line.product_uom_qty = 2
        self.accept(order)
        row = self.rows()
        self.assertRecordValues(
            row,
            [
                {
                    "kind": "excess",
                    "state": "open",
                    "over": 1,
                    "amount": 420,
                    "sale_line_id": order.order_line.id,
                }
            ],
        )
        excess = self.quoted()
        self.assertEqual(self.rows().state, "quoted")
        self.accept(excess)
        self.assertFalse(self.rows())
        self.assertEqual(excess.order_line.qty_delivered, 1)
        self.assertEqual(fact.sale_line_id, order.order_line)

    def test_a_volume_that_grows_is_due_for_the_rest(self):
        backup = self.hold("BACKUP", 20)
        quota = backup.quantity - backup.over_quantity
        self.accept(self.quoted())
        self.assertFalse(self.rows())
        backup.quantity = 23
        self.assertEqual(self.rows().over, 3)
        self.assertEqual(backup.accepted_quantity, 20 - quota)
        self.accept(self.quoted())
        self.assertFalse(self.rows())

    def test_as_many_queries_for_many_rows(self):
        counts = []
        for partners in (3, 9):
            made = self.env["res.partner"]
            for _n in range(partners):
                convention = self.make_convention_since("2024-01-01")
                made |= convention.partner_id
                self.use(convention, "AUDIT-SECU", 2, "day", "2024-03-10")
            with self.counted_queries() as queries:
                rows = self.env["cdg47.overage"].search(
                    [("partner_id", "in", made.ids)]
                )
                self.assertEqual(len(rows), partners)
                rows.mapped("amount")
                rows.mapped("verdict")
            counts.append(queries.number)
        self.assertEqual(counts[0], counts[1])


@tagged("post_install", "-at_install")
class TestQuoted(OverageCase):
    def test_one_quotation_by_collectivite(self):
        fact = self.over_facts()
        self.hold("CERT")
        over = self.hold("CERT", identifier="SN-2")
        other = self.make_convention_since("2024-01-01")
        self.use(other, "AUDIT-SECU", 2, "day", "2024-03-10")
        self.env.flush_all()
        rows = self.env["cdg47.overage"].search(
            [("partner_id", "in", (self.commune | other.partner_id).ids)]
        )
        orders = self.quoted(rows)
        self.assertEqual(orders.convention_id, self.convention | other)
        mine = orders.filtered(lambda o: o.partner_id == self.commune)
        self.assertRecordValues(
            mine.order_line,
            [
                {
                    "cdg47_kind": "overage",
                    "product_uom_qty": 2,
                    "price_subtotal": 840,
                    "cdg47_consumption_ids": fact.ids,
                    "cdg47_allocation_ids": [],
                },
                {
                    "cdg47_kind": "supplement",
                    "product_uom_qty": 1,
                    "price_subtotal": 180,
                    "cdg47_consumption_ids": [],
                    "cdg47_allocation_ids": over.ids,
                },
            ],
        )
        self.assertIn("SN-2", mine.order_line[1].name)

    def test_twice_is_once(self):
        self.over_facts()
        self.convention.with_user(self.user_user).action_quote_overage()
        with self.assertRaises(UserError):
            self.convention.with_user(self.user_user).action_quote_overage()
        self.assertEqual(len(self.convention.order_ids), 1)
        rows = self.rows()
        self.assertEqual(rows.state, "quoted")
        self.assertEqual(rows._quote(), (self.env["sale.order"], []))

    def test_cancelled_quotation_is_not_proposed_again_by_itself(self):
        self.over_facts()
        self.quoted()._action_cancel()
        rows = self.rows()
        self.assertEqual(rows.state, "refused")
        with self.assertRaises(UserError):
            self.convention.action_quote_overage()
        self.assertEqual(self.quoted(rows).amount_total, 840)

    def test_without_a_price_it_is_said(self):
        self.hold("EPP", 9)
        self.over_facts()
        orders, left_out = self.rows()._quote()
        self.assertEqual(orders.amount_total, 840)
        self.assertEqual(len(left_out), 1)
        self.assertIn(self.commune.name, left_out[0])

    def test_one_failing_collectivite_stops_no_other(self):
        self.over_facts()
        other = self.make_convention_since("2024-01-01")
        self.use(other, "AUDIT-SECU", 2, "day", "2024-03-10")
        self.env.flush_all()
        rows = self.env["cdg47.overage"].search(
            [("partner_id", "in", (self.commune | other.partner_id).ids)]
        )
        quote = type(self.convention)._quote_services

        def fail_for_one(convention, lines):
            if convention == other:
                raise UserError(convention.name)
            return quote(convention, lines)

        self.patch(type(self.convention), "_quote_services", fail_for_one)
        orders, left_out = rows._quote()
        self.assertEqual(orders.partner_id, self.commune)
        self.assertEqual(left_out, [f"{other.partner_id.name}: {other.name}"])

    def test_technicians_prepare_it_employees_do_not(self):
        self.over_facts()
        row = self.rows()
        with self.assertRaises(AccessError):
            row.with_user(self.user_employee).action_quote()
        action = row.with_user(self.user_user).action_quote()
        self.assertEqual(action["res_id"], self.convention.order_ids.id)

    # === Line by line ===
    def test_a_refused_line_counts_for_nothing(self):
        fact = self.over_facts()
        self.hold("CERT")
        over = self.hold("CERT")
        order = self.quoted()
        order.action_quotation_sent()
        used, held = order.order_line
        order._cdg47_choose(held, self.mayor)
        self.assertEqual(order.amount_total, 180)
        self.assertIn(used.name, order.message_ids[0].body)
        self.accept(order)
        self.assertFalse(fact.frozen)
        self.assertEqual(over.accepted_quantity, 1)
        self.assertEqual(self.rows().mapped("state"), ["refused"])
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [0, 1])
        # Chosen again in the list, it is quoted again.
        self.assertEqual(self.quoted().amount_total, 840)

    def test_a_refusal_is_taken_back(self):
        self.over_facts()
        order = self.quoted()
        order.action_quotation_sent()
        line = order.order_line
        order._cdg47_choose(line.browse(), self.mayor)
        self.assertEqual(order.amount_total, 0)
        self.assertIn("refus", order._cdg47_obstacle())
        order._cdg47_choose(line, self.mayor)
        self.assertEqual(order.amount_total, 840)
        self.assertFalse(order._cdg47_obstacle())

    # === Sent, or asked for in writing ===
    def test_sent_to_the_signatory(self):
        self.convention.signatory_id = False
        self.over_facts()
        order = self.quoted()
        order.with_user(self.user_user).action_cdg47_send()
        self.assertEqual(order.state, "sent")
        mail = self.env["mail.mail"].search(
            [("model", "=", "sale.order"), ("res_id", "=", order.id)]
        )
        self.assertEqual(mail.recipient_ids, self.mayor)
        self.assertIn("840,00", mail.body_html)

    def test_without_a_signatory_it_is_not_sent(self):
        self.mayor.own_mandate_ids.unlink()
        self.over_facts()
        with self.assertRefused(UserError, self.commune.name):
            self.quoted().action_cdg47_send()

    def test_written_request(self):
        """Who, when, and the document, recorded by the back office."""
        self.over_facts()
        order = self.quoted()
        wizard = self.env["cdg47.paper.signature"].with_user(self.user_user)
        wizard.create(
            {
                "order_id": order.id,
                "signed_by": "Mme la maire",
                "signed_on": "2024-06-18",
                "document": base64.b64encode(b"%PDF-1.4"),
                "document_name": "demande.pdf",
            }
        ).action_record()
        self.assertRecordValues(order, [{"state": "sale", "signed_by": "Mme la maire"}])
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "sale.order"), ("res_id", "=", order.id)]
        )
        self.assertEqual(attachment.name, "demande.pdf")
        self.assertIn("Mme la maire", order.message_ids.mapped("body")[0])
