# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A commune nouvelle takes the place of two communes: nothing rewritten (R3, R13)."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..models.money.quoting import quote_fees
from .ledger_common import LedgerCase


@freeze_time("2026-12-10 10:00:00")
@tagged("post_install", "-at_install")
class TestCollectiviteMerge(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second_convention = cls.make_convention_since(
            "2024-01-01", cls.make_commune(400)
        )
        cls.second = cls.second_convention.partner_id
        cls.secretary = cls.make_contact()
        cls.make_mandate(cls.secretary, cls.commune)
        cls.make_mandate(cls.secretary, cls.second)
        cls.make_signatory(cls.commune)
        cls.certificates = cls.env["cdg47.allocation"].create(
            [
                {
                    "partner_id": partner.id,
                    "product_id": cls.service("CERT").id,
                    "holder_name": "Maire",
                    "date_start": "2025-01-01",
                    "date_end": "2027-12-31",
                    "state": "active",
                }
                for partner in cls.commune | cls.second
            ]
        )
        cls.new = cls.make_commune(1150, name="Commune nouvelle")

    def merge(self, user=None, **values):
        wizard = self.env["cdg47.collectivite.merge"].with_user(
            user or self.user_manager
        )
        return wizard.create(
            {
                "partner_id": self.new.id,
                "former_ids": [Command.set((self.commune | self.second).ids)],
                "date": "2027-01-01",
                **values,
            }
        )

    def covered(self, convention, code, day, **values):
        answer = self.check(convention, code, 1, "day", day, **values)
        return answer["covered"]

    def test_used_rights_of_both_are_kept(self):
        """Once-only and three-year rights: used is used, whoever used it."""
        self.use(self.convention, "CERT-ACCOMP", 1, "day", "2024-05-02")
        self.use(self.second_convention, "SVE-ACCOMP", 0.5, "day", "2024-06-02")
        self.use(self.convention, "AUDIT-SECU", 0.5, "day", "2025-03-10")
        self.use(
            self.second_convention, "INSTALL-METIERS", 1, "day", "2024-05-02",
            scope=self.payroll,
        )  # fmt: skip
        facts = self.env["cdg47.consumption"].search([])
        before = facts.read(["verdict", "covered_amount", "partner_id", "hash"])
        wizard = self.merge()
        self.assertEqual(len(wizard.entitlement_ids), 4)
        wizard.action_merge()
        self.assertEqual(
            facts.read(["verdict", "covered_amount", "partner_id", "hash"]), before
        )
        convention = self.make_convention_since("2027-01-01", self.new)
        day = "2027-02-01"
        self.assertEqual(self.covered(convention, "CERT-ACCOMP", day), 0)
        self.assertEqual(self.covered(convention, "SVE-ACCOMP", day), 0.5)
        self.assertEqual(self.covered(convention, "ACTES-ACCOMP", day), 1)
        self.assertEqual(self.covered(convention, "AUDIT-SECU", day), 0.5)
        self.assertEqual(self.covered(convention, "AUDIT-SECU", "2028-03-10"), 1)
        for software, covered in ((self.payroll, 0), (self.registry_office, 1)):
            self.assertEqual(
                self.covered(convention, "INSTALL-METIERS", day, scope=software),
                covered,
            )
        self.assertNoDifference()

    def test_archived_afterwards_used_is_used(self):
        self.use(self.convention, "CERT-ACCOMP", 1, "day", "2024-05-02")
        self.merge().action_merge()
        convention = self.make_convention_since("2027-01-01", self.new)
        with freeze_time("2027-02-02 10:00:00"):
            (self.commune | self.second).action_archive()
            self.assertEqual(self.covered(convention, "CERT-ACCOMP", "2027-02-01"), 0)
            self.use(convention, "AUDIT-SECU", 1, "day", "2027-02-01")
            # What replaced them is archived too, then a late use is entered.
            convention.sudo().state = "terminated"
            self.new.action_archive()
            self.use(self.second_convention, "AUDIT-SECU", 0.5, "day", "2025-03-10")
        self.assertNoDifference()

    def test_conventions_end_on_the_eve_and_late_entries_still_work(self):
        self.merge().action_merge()
        for convention in self.convention | self.second_convention:
            self.assertEqual(convention.date_end, date(2026, 12, 31))
            self.assertIn("Commune nouvelle", convention.termination_reason)
            merger = self.env.ref("cdg47_convention.end_reason_merger")
            self.assertEqual(convention.end_reason_id, merger)
        with freeze_time("2027-01-02 10:00:00"):
            self.env["cdg47.convention"]._cron_expire()
            self.assertEqual(self.convention.state, "terminated")
            late = self.use(self.convention, "FORM-GROUPE", 1, "half_day", "2026-12-01")
            self.assertEqual(late.covered, 1)

    def test_allocations_and_mandates_are_carried(self):
        wizard = self.merge()
        self.assertEqual(wizard.allocation_ids, self.certificates)
        wizard.action_merge()
        carried = self.new.allocation_ids
        self.assertRecordValues(
            carried,
            [
                {
                    "date_start": date(2027, 1, 1),
                    "date_end": date(2027, 12, 31),
                    "state": "active",
                    "holder_name": "Maire",
                }
            ]
            * 2,
        )
        self.assertEqual(self.certificates.mapped("revoked_on"), [date(2027, 1, 1)] * 2)
        # One mandate for the secretary of both; signatories are elected.
        self.assertRecordValues(
            self.new.mandate_ids,
            [
                {
                    "contact_id": self.secretary.id,
                    "role": "secretary",
                    "date_start": date(2027, 1, 1),
                }
            ],
        )
        self.assertEqual(len(self.commune.mandate_ids), 2)
        self.assertEqual(self.new.software_editor_id, self.commune.software_editor_id)
        self.assertEqual(len(self.new.activity_ids), 1)

    def test_listed_rather_than_carried(self):
        self.merge(carry_allocations=False, carry_mandates=False).action_merge()
        self.assertFalse(self.new.allocation_ids | self.new.allocation_ids)
        self.assertFalse(self.new.mandate_ids)
        self.assertEqual(self.certificates.mapped("state"), ["active"] * 2)

    def test_twice_is_once(self):
        self.merge().action_merge()
        self.merge().action_merge()
        self.assertEqual(len(self.new.allocation_ids), 2)
        self.assertEqual(len(self.new.mandate_ids), 1)
        self.assertEqual(len(self.new.activity_ids), 1)

    def test_preview_writes_nothing(self):
        wizard = self.env["cdg47.collectivite.merge"].with_user(self.user_manager)
        with Form(wizard.with_context(default_partner_id=self.new.id)) as form:
            form.date = "2027-01-01"
            form.former_ids.add(self.commune)
            form.former_ids.add(self.second)
            self.assertEqual(len(form.convention_ids), 2)
            self.assertEqual(len(form.allocation_ids), 2)
            self.assertFalse(form.obstacle)
        self.assertFalse(self.new.predecessor_ids)
        self.assertEqual(self.convention.state, "active")
        self.assertFalse(self.convention.termination_date)

    def test_invoices_stay(self):
        term = self.convention.term_ids
        order = quote_fees(self.convention, term, self.env["product.template"])
        self.merge().action_merge()
        self.assertEqual(order.partner_id, self.commune)
        self.assertEqual(term.partner_id, self.commune)

    def test_refusals(self):
        with self.assertRefused(UserError, "elle-même"):
            self.merge(former_ids=[Command.set(self.new.ids)]).action_merge()
        with self.assertRefused(UserError, "Choisissez"):
            self.merge(former_ids=False).action_merge()
        with self.assertRefused(UserError, "commence"):
            self.merge(date="2024-01-01").action_merge()
        self.merge().action_merge()
        other = self.make_commune(2000)
        with self.assertRefused(UserError, "déjà remplacée"):
            self.merge(
                partner_id=other.id, former_ids=[Command.set(self.commune.ids)]
            ).action_merge()
        with self.assertRefused(UserError, "elle-même"):
            self.merge(
                partner_id=self.commune.id, former_ids=[Command.set(self.new.ids)]
            ).action_merge()
        # The commune nouvelle may itself be replaced later.
        self.merge(
            partner_id=other.id, former_ids=[Command.set(self.new.ids)]
        ).action_merge()
        self.assertEqual(
            other._cdg47_predecessors(), self.new | self.commune | self.second
        )

    def test_only_a_manager(self):
        with self.assertRaises(AccessError):
            self.merge(user=self.user_user)

    def test_odoo_merges_no_ledger(self):
        """Even when a partner is no collectivité any more."""
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-01-10")
        partner = self.env["res.partner"].create({"name": "Fiche en double"})
        ledger_only = self.make_commune(100)
        ledger_only.collectivite_type = False
        wizard = self.env["base.partner.merge.automatic.wizard"]
        for collectivite in self.commune | ledger_only:
            with self.assertRefused(UserError, "Fusionner des collectivités"):
                wizard._merge((partner | collectivite).ids, partner)
