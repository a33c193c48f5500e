# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""g7: an end undoes what the campaign prepared beyond it (R16)."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_campaign import CampaignCase


@freeze_time("2026-11-20 10:00:00")
@tagged("post_install", "-at_install")
class TestEnds(CampaignCase):
    def renewed(self):
        convention = self.hold()
        campaign = self.simulated()
        self.run_all(campaign)
        return convention, self.line(campaign, convention)

    def end(self, convention):
        wizard = (
            self.env["cdg47.convention.terminate"]
            .with_user(self.user_manager)
            .create(
                {
                    "convention_id": convention.id,
                    "kind": "date",
                    "end_date": date(2026, 12, 31),
                    "end_reason_id": self.env.ref(
                        "cdg47_convention.end_reason_withdrawal"
                    ).id,
                }
            )
        )
        message = wizard.beyond_message
        wizard.action_terminate()
        return message

    def test_what_was_prepared_is_undone(self):
        convention, line = self.renewed()
        order, term, draft = line.order_id, line.term_id, line.invoice_ids
        self.assertIn(order.name, self.end(convention))
        self.assertEqual(order.state, "cancel")
        self.assertEqual(term.state, "cancelled")
        self.assertFalse(draft.exists())
        self.assertEqual((line.state, line.mode), ("done", "none"))
        with self.assertRaises(UserError):
            order._create_invoices()

    def test_what_is_posted_is_to_be_credited(self):
        convention, line = self.renewed()
        invoice = line.invoice_ids
        invoice.action_post()
        self.assertIn(invoice.name, self.end(convention))
        self.assertEqual(invoice.state, "posted")
        self.assertEqual(len(invoice.activity_ids), 1)

    def test_posting_is_refused_meanwhile(self):
        convention, line = self.renewed()
        # Ended by another way than the assistant.
        convention.date_end = date(2026, 12, 31)
        with self.assertRefused(UserError, convention.name):
            line.invoice_ids.action_post()

    def test_nothing_to_say_without_a_campaign(self):
        self.assertFalse(self.end(self.hold()))
