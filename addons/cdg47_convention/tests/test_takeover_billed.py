# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A take-over makes no debt of what was invoiced before it, and says the others."""

from freezegun import freeze_time

from odoo.tests import tagged

from .campaign_common import CampaignMixin
from .test_takeover_import import AGEN, AGME, COLUMNS, TakeoverImportCase

BILLED = (*COLUMNS, "deja_facture")


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15")
class TestTakeoverBilled(TakeoverImportCase):
    def setUp(self):
        super().setUp()
        self.importer = self.importer.with_context(lang="fr_FR")
        tariff = self.env.company._cdg47_tariff()
        for code, price in (("CERT", 180), ("AUDIT-SECU", 420)):
            product = self.env.ref(
                f"cdg47_convention.service_{code.lower().replace('-', '_')}"
            )
            items = tariff.item_ids.filtered(lambda i, p=product: i.product_id == p)
            items.fixed_price = price

    def file(self, *lines):
        return "\n".join((",".join(BILLED), *lines)) + "\n"

    def billed(self, answer, *args, **values):
        return f"{self.line(*args, **values)},{answer}"

    def lines(self, answer=""):
        return (
            self.billed(
                "", AGEN, "convention", "FORFAIT-TECHNO", "2024-05-15",
                deliberation="2024-12",
            ),
            self.billed(answer, AGEN, "droit_utilise", "AUDIT-SECU", "2024-06-01"),
            self.billed(
                answer, AGEN, "droit_utilise", "AUDIT-SECU", "2024-07-01", quantite="2"
            ),
            self.billed(answer, AGEN, "dotation", "CERT", "2025-01-01", quantite="3"),
        )  # fmt: skip

    def due(self, partner=None):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["cdg47.overage"].search(
            [("partner_id", "=", (partner or self.agen).id)]
        )
        return sum(rows.mapped("amount"))

    def said(self, wizard):
        return " ".join(wizard.notice_ids.mapped("message"))

    def test_nothing_is_due_for_the_past(self):
        self.apply(*self.lines("oui"))
        self.assertEqual(self.due(), 0)
        held = self.agen.allocation_ids
        self.assertEqual(held.accepted_quantity, held.over_quantity)
        held.quantity += 1
        self.assertEqual(self.due(), 180, "what comes on top is")

    def test_at_the_renewal_neither(self):
        """What is held beyond and paid goes on unbilled; only what is added is due."""
        volume = self.billed(
            "oui", AGEN, "dotation", "BACKUP", "2025-01-01", quantite="900"
        )
        self.apply(*self.lines("oui"), volume)
        self.assertEqual(self.due(), 0)
        campaign = self.env["cdg47.campaign"].create({"year": 2027})
        campaign.action_simulate()
        CampaignMixin.run_all(campaign)
        line = campaign.line_ids.filtered(lambda li: li.partner_id == self.agen)
        self.assertEqual(line.state, "done", line.reason)
        kinds = line.order_id.order_line.mapped("cdg47_kind")
        self.assertEqual(set(kinds), {"fee"})
        with freeze_time("2027-03-01"):
            self.agen.allocation_ids._mark_verdicts()
            self.assertEqual(self.due(), 0)
            held = self.agen.allocation_ids.filtered(
                lambda a: a.product_id.default_code == "BACKUP"
            )
            held.quantity += 5
            self.assertEqual(self.due(), 5 * 12)

    def test_the_preview_says_what_is_to_settle(self):
        """Two audits and two certificates beyond: 840 € and 360 €."""
        wizard = self.wizard(*self.lines())
        said = self.said(wizard).replace("\u202f", " ").replace("\xa0", " ")
        self.assertIn("1 200,00 €", said)
        self.assertIn(self.agen.name, said)
        self.assertFalse(self.agen.convention_ids, "nothing is written")
        self.assertFalse(self.env["cdg47.consumption"].search_count([]))
        wizard.action_apply()
        self.assertEqual(self.due(), 1200)
        wizard = self.wizard(*self.lines("oui"))
        self.assertNotIn("€", self.said(wizard))

    def test_no_number_is_lost_by_a_preview(self):
        sequence = self.env["ir.sequence"].search([("code", "=", "cdg47.convention")])
        before = sequence.number_next_actual
        self.wizard(*self.lines())
        self.assertEqual(sequence.number_next_actual, before)

    def test_imported_again_it_is_the_same(self):
        self.apply(*self.lines("oui"))
        wizard = self.wizard(*self.lines("oui"))
        self.assertEqual(self.counts(wizard), (0, 0, 4))

    def test_a_right_without_convention_is_refused(self):
        wizard = self.wizard(
            self.billed("", AGME, "droit_utilise", "AUDIT-SECU", "2024-06-01")
        )
        self.assertIn("convention", wizard.error_ids.message)
        wizard = self.wizard(
            *self.lines(),
            self.billed("", AGME, "droit_utilise", "AUDIT-SECU", "2024-06-01"),
        )
        self.assertEqual(wizard.error_count, 1)

    def test_a_start_after_this_year_is_said(self):
        wizard = self.wizard(
            self.billed(
                "", AGEN, "convention", "FORFAIT-TECHNO", "2027-01-01",
                deliberation="2026-12",
            )
        )  # fmt: skip
        self.assertIn("2027", self.said(wizard))
        wizard = self.wizard(*self.lines("oui"))
        self.assertNotIn("2027", self.said(wizard))
