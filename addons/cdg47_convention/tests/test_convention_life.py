# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From the signature to the end: amendments, notice, termination, expiry."""

import base64
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MODULE, SIGNATURE, ConventionCase


class LifeCase(ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commune = cls.make_commune(750)
        cls.mayor = cls.make_signatory(cls.commune)


@freeze_time("2026-11-23 10:00:00")
@tagged("post_install", "-at_install")
class TestSignature(LifeCase):
    def test_deliberation_is_required(self):
        convention = self.make_convention(self.commune)
        for missing in ("deliberation_number", "deliberation_date"):
            with self.subTest(missing):
                kept = convention[missing]
                convention[missing] = False
                with self.assertRefused(UserError, "deliberation"):
                    self.sign(convention)
                self.assertEqual(convention.state, "draft")
                convention[missing] = kept
        self.sign(convention)
        self.assertEqual(convention.state, "active")

    def test_deliberation_by_setting(self):
        self.company.cdg47_deliberation_required = False
        convention = self.make_convention(self.commune)
        convention.write({"deliberation_number": False, "deliberation_date": False})
        self.sign(convention)
        self.assertEqual(convention.state, "active")

    def test_signed_in_the_portal(self):
        convention = self.make_convention(self.commune, self.metiers | self.techno)
        order = self.sign(convention, "Maire")
        self.assertRecordValues(
            convention,
            [
                {
                    "state": "active",
                    "signed_by": "Maire",
                    "signature_kind": "portal",
                    "pending_order_id": False,
                }
            ],
        )
        self.assertTrue(convention.signature)
        self.assertTrue(convention.signed_on)
        self.assertEqual(convention.line_ids.order_id, order)
        self.assertEqual(convention.term_ids.state, "open")
        self.assertEqual(order.state, "sale")
        with freeze_time("2027-01-01 10:00:00"):
            convention.invalidate_recordset()
            self.assertEqual(convention.current_term_id, convention.term_ids)
            self.commune.invalidate_recordset()
            self.assertEqual(self.commune.active_convention_id, convention)
        self.assertEqual(len(convention.activity_ids), 1)

    def test_signed_by_a_portal_user_without_rights(self):
        """The signature itself is sudo in Odoo; nothing else needs rights."""
        user = self.make_portal_user(self.mayor)
        convention = self.make_convention(self.commune)
        convention.action_send()
        order = convention.pending_order_id.with_user(user)
        order.check_access("read")
        with self.assertRaises(AccessError):
            order.write({"signed_by": "Maire"})
        order.sudo().write({"signed_by": "Maire", "signature": SIGNATURE})
        order.sudo()._validate_order()
        self.assertEqual(convention.state, "active")

    def test_confirmed_without_any_signature_is_refused(self):
        """« Confirm » of the sales order is not a signature."""
        convention = self.make_convention(self.commune)
        with self.assertRefused(UserError, "sign"):
            convention.pending_order_id.with_user(self.user_manager).action_confirm()
        self.assertEqual(convention.state, "draft")

    def test_accesses_of_the_forfaits(self):
        """One activation by access service that has something to commission."""
        convention = self.make_signed_convention(
            self.commune, self.metiers | self.techno
        )
        rules = self.env["cdg47.quota.rule"].search(
            [
                ("forfait_id", "in", (self.metiers | self.techno).ids),
                ("measure", "=", "access"),
                ("coverage", "=", "included"),
                ("condition", "=", False),
            ]
        )
        expected = rules.product_ids.filtered(
            lambda product: "commissioning" in product.cdg47_step_ids.mapped("kind")
        )
        on_editor = rules.filtered("needs_editor").product_ids
        self.assertTrue(on_editor & expected)
        self.assertEqual(
            convention.activation_ids.product_id,
            expected - on_editor + self.service("EPP-ADMIN"),
        )
        self.assertIn(self.service("ACTES"), expected)
        actes = convention.activation_ids.filtered(
            lambda activation: activation.product_id == self.service("ACTES")
        )
        self.assertEqual(len(actes.step_ids), 4)
        actes.with_user(self.user_user).step_ids[:2].done = True
        self.assertEqual(actes.progress, 50)
        actes.with_user(self.user_user).action_activate()
        self.assertEqual((actes.state, actes.progress), ("active", 100))
        self.assertEqual(actes.date_active, date(2026, 11, 23))

    def test_accesses_that_depend_on_the_editor(self):
        """What an editor does not support is not opened (R9)."""
        opened = {}
        for xml_id in ("software_editor_partner", "software_editor_other"):
            commune = self.make_commune()
            commune.software_editor_id = self.env.ref(f"cdg47_convention.{xml_id}")
            convention = self.make_signed_convention(commune, self.techno)
            opened[xml_id] = convention.activation_ids.product_id
        self.assertIn(self.service("PES"), opened["software_editor_partner"])
        self.assertNotIn(self.service("PES"), opened["software_editor_other"])

    # === Counter-signature ===
    def test_countersigned_by_a_manager_only(self):
        convention = self.make_convention(self.commune)
        with self.assertRaises(UserError):
            convention.with_user(self.user_manager).action_countersign()
        self.sign(convention)
        for user in (self.user_user, self.user_accountant, self.user_employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                convention.with_user(user).action_countersign()
        convention.with_user(self.user_manager).action_countersign()
        self.assertEqual(convention.countersigned_by_id, self.user_manager)
        self.assertEqual(convention.countersigned_on, date(2026, 11, 23))
        self.assertFalse(convention.activity_ids)
        with self.assertRaises(UserError):
            convention.with_user(self.user_manager).action_countersign()

    # === On paper ===
    def record_paper(self, convention, **values):
        wizards = self.env["cdg47.paper.signature"].with_user(self.user_user)
        return wizards.create(
            {
                "order_id": convention.pending_order_id.id,
                "signed_by": "Présidente",
                "signed_on": "2026-11-18",
                "document": base64.b64encode(b"%PDF-1.4 signed"),
                "document_name": "convention signée.pdf",
                **values,
            }
        )

    def test_signed_on_paper(self):
        convention = self.make_convention(self.commune)
        convention.write({"deliberation_number": False, "deliberation_date": False})
        wizard = self.record_paper(convention)
        with self.assertRefused(UserError, "deliberation"):
            wizard.action_record()
        wizard = self.record_paper(
            convention, deliberation_number="12", deliberation_date="2026-11-10"
        )
        wizard.action_record()
        self.assertRecordValues(
            convention,
            [
                {
                    "state": "active",
                    "signed_by": "Présidente",
                    "signature_kind": "paper",
                    "deliberation_number": "12",
                    "deliberation_date": date(2026, 11, 10),
                }
            ],
        )
        self.assertEqual(convention.signed_on.date(), date(2026, 11, 18))
        self.assertEqual(convention.signed_document_id.raw, b"%PDF-1.4 signed")
        message = convention.message_ids.filtered("attachment_ids")[:1]
        self.assertIn("Présidente", message.body)
        with self.assertRaises(UserError):
            wizard.action_record()

    # === One at a date ===
    def test_one_convention_at_a_date(self):
        first = self.make_signed_convention(self.commune)
        second = self.make_convention(self.commune, date_start=date(2028, 1, 1))
        with self.assertRefused(ValidationError, first.name):
            self.sign(second)
        self.assertEqual(second.state, "draft")
        first._terminate(date(2027, 12, 31), "Changement")
        self.sign(second)
        self.assertEqual(second.state, "active")
        with self.assertRaises(ValidationError):
            first.action_cancel_termination()

    def test_two_collectivites_of_one_signatory(self):
        other = self.make_commune()
        self.make_mandate(self.mayor, other, "signatory")
        for partner in (self.commune, other):
            self.assertEqual(self.make_signed_convention(partner).state, "active")

    # === Keeping ===
    def test_signed_convention_is_kept(self):
        convention = self.make_signed_convention(self.commune)
        for state in ("active", "terminated", "expired"):
            convention.state = state
            with self.subTest(state), self.assertRefused(UserError, "kept"):
                convention.with_user(self.user_manager).unlink()
            with self.subTest(state), self.assertRefused(UserError, "kept"):
                convention.line_ids.with_user(self.user_user).unlink()
        draft = self.env["cdg47.convention"].create(
            {"partner_id": self.make_commune().id, "date_start": "2027-01-01"}
        )
        draft.with_user(self.user_manager).unlink()
        self.assertFalse(draft.exists())

    def test_signed_choice_changes_by_amendment(self):
        convention = self.make_signed_convention(self.commune)
        with self.assertRefused(UserError, "amendment"):
            convention.forfait_ids = self.techno
        with self.assertRefused(UserError, "amendment"):
            convention.option_ids = self.parapheur


@freeze_time("2027-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestAmendment(LifeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.convention = cls.make_signed_convention(cls.commune)
        cls.april = date(2027, 4, 15)

    def test_amendment(self):
        before = self.convention.activation_ids
        order = self.amend(
            self.convention, self.techno | self.parapheur, self.april, self.user_user
        )
        self.assertEqual(self.convention.forfait_ids, self.metiers)
        self.assertEqual(order.term_id, self.convention.term_ids)
        self.assertTrue(order.require_signature)
        self.assertRecordValues(
            order.order_line,
            [
                {"cdg47_months": 9, "price_unit": price, "cdg47_date_start": self.april}
                for price in (442.50, 112.50)
            ],
        )
        self.sign(self.convention)
        self.assertEqual(self.convention.forfait_ids, self.metiers | self.techno)
        self.assertEqual(self.convention.option_ids, self.parapheur)
        added = self.convention.line_ids.filtered(lambda line: line.order_id == order)
        self.assertEqual(added.mapped("date_start"), [self.april] * 2)
        self.assertEqual(self.convention._forfaits_at(date(2027, 4, 14)), self.metiers)
        self.assertEqual(
            self.convention._forfaits_at(self.april),
            self.metiers | self.techno | self.parapheur,
        )
        self.assertGreater(self.convention.activation_ids, before)
        self.assertEqual(self.convention.annual_fee, 880 + 442.50 + 112.50)
        self.assertEqual(self.convention.state, "active")

    def test_amendment_is_not_in_force_before_it_is_signed(self):
        order = self.amend(self.convention, self.techno, self.april)
        order._action_cancel()
        self.assertEqual(self.convention.forfait_ids, self.metiers)
        self.assertEqual(self.convention.state, "active")
        self.assertEqual(self.convention.term_ids.state, "open")
        self.assertEqual(self.convention.annual_fee, 880)

    def test_amendment_keeps_the_stratum_of_the_term(self):
        self.make_census(self.commune, "2027-02-01", population_total=20000)
        order = self.amend(self.convention, self.techno, self.april)
        self.assertEqual(order.order_line.product_id.stratum_id.code, "S4")

    def test_option_alone_needs_its_forfait(self):
        with self.assertRaises(ValidationError):
            self.amend(self.convention, self.parapheur, self.april)

    def test_one_amendment_at_a_time(self):
        """The same forfait proposed twice would be signed and invoiced twice."""
        self.amend(self.convention, self.techno, self.april)
        with self.assertRefused(UserError, "awaits"):
            self.amend(self.convention, self.techno, self.april)

    def test_amendment_outside_the_convention(self):
        for day in (date(2026, 12, 31), date(2033, 1, 1), date(2029, 5, 1)):
            with self.subTest(day=day), self.assertRaises(UserError):
                self.amend(self.convention, self.techno, day)

    def test_amendment_of_an_ended_convention(self):
        order = self.amend(self.convention, self.techno, self.april)
        self.convention._terminate(date(2027, 3, 9), "Fusion")
        order.signed_by = "Maire"
        with self.assertRefused(UserError, "ended"):
            order._validate_order()
        with self.assertRaises(UserError):
            self.amend(self.convention, self.techno, self.april)


@freeze_time("2027-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestEnd(LifeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.convention = cls.make_signed_convention(cls.commune)

    def end(self, user=None, **values):
        """End the convention by its assistant."""
        wizards = self.env["cdg47.convention.terminate"]
        return wizards.with_user(user or self.user_manager).create(
            {
                "convention_id": self.convention.id,
                "end_reason_id": self.env.ref(
                    "cdg47_convention.end_reason_withdrawal"
                ).id,
                "reason": "Délibération du conseil",
                **values,
            }
        )

    def test_notice_before_and_after_the_limit(self):
        """Three months: 30 September for the same year, 1 October for the next."""
        for received, end in [
            (date(2027, 9, 30), date(2027, 12, 31)),
            (date(2027, 10, 1), date(2028, 12, 31)),
            (date(2027, 12, 31), date(2028, 12, 31)),
            (date(2027, 1, 1), date(2027, 12, 31)),
            (date(2032, 11, 1), date(2032, 12, 31)),
        ]:
            with self.subTest(received=received):
                self.assertEqual(self.convention._notice_end_date(received), end)
        self.company.cdg47_notice_months = 0
        self.assertEqual(
            self.convention._notice_end_date(date(2027, 12, 31)), date(2027, 12, 31)
        )

    def test_notice_by_the_assistant(self):
        wizard = self.end(kind="notice", notice_date=date(2027, 3, 1))
        self.assertEqual(wizard.end_date, date(2027, 12, 31))
        wizard.action_terminate()
        self.assertRecordValues(
            self.convention,
            [
                {
                    "state": "active",
                    "date_end": date(2027, 12, 31),
                    "notice_date": date(2027, 3, 1),
                    "termination_date": date(2027, 12, 31),
                    "termination_reason": "Délibération du conseil",
                }
            ],
        )
        self.convention.with_user(self.user_manager).action_cancel_termination()
        self.assertRecordValues(
            self.convention,
            [
                {
                    "state": "active",
                    "date_end": date(2032, 12, 31),
                    "notice_date": False,
                    "termination_date": False,
                    "termination_reason": False,
                }
            ],
        )

    def test_taking_back_restores_the_end_that_was_agreed(self):
        """The end of a convention may have been entered by hand, or taken over."""
        self.convention.date_end = date(2030, 6, 30)
        self.end(kind="date", end_date=date(2027, 6, 30)).action_terminate()
        self.assertEqual(self.convention.date_end, date(2027, 6, 30))
        self.convention.with_user(self.user_manager).action_cancel_termination()
        self.assertEqual(self.convention.date_end, date(2030, 6, 30))

    def test_ended_twice_it_keeps_the_end_that_was_agreed(self):
        """Pressed again, or corrected by a later day, before it takes effect."""
        self.end(kind="date", end_date=date(2027, 6, 30)).action_terminate()
        for _press in range(2):
            self.end(kind="notice", notice_date=date(2027, 3, 1)).action_terminate()
        self.assertEqual(self.convention.date_end, date(2027, 12, 31))
        self.convention.with_user(self.user_manager).action_cancel_termination()
        self.assertEqual(self.convention.date_end, date(2032, 12, 31))

    def test_termination_in_the_past(self):
        self.end(kind="date", end_date=date(2027, 2, 28)).action_terminate()
        self.assertEqual(self.convention.state, "terminated")
        self.assertEqual(self.convention.date_end, date(2027, 2, 28))
        with self.assertRaises(UserError):
            self.end(kind="date", end_date=date(2027, 2, 1)).action_terminate()

    def test_termination_today_still_runs_today(self):
        self.end(kind="date", end_date=date(2027, 3, 10)).action_terminate()
        self.assertEqual(self.convention.state, "active")
        self.env["cdg47.convention"]._cron_expire()
        self.assertEqual(self.convention.state, "active")
        with freeze_time("2027-03-10 23:30:00"):  # already the 11th in Paris
            self.env["cdg47.convention"]._cron_expire()
        self.assertEqual(self.convention.state, "terminated")

    def test_termination_outside_the_convention(self):
        for day in (date(2026, 12, 31), date(2033, 1, 1)):
            with self.subTest(day=day), self.assertRaises(UserError):
                self.end(kind="date", end_date=day).action_terminate()

    def test_ended_by_a_manager_only(self):
        """Neither the assistant nor its buttons, whatever the screen hides."""
        with self.assertRaises(AccessError):
            self.end(
                self.user_user, kind="date", end_date=date(2027, 2, 28)
            ).action_terminate()
        self.end(kind="date", end_date=date(2027, 12, 31)).action_terminate()
        with self.assertRaises(AccessError):
            self.convention.with_user(self.user_user).action_cancel_termination()
        self.assertTrue(self.convention.termination_date)

    def test_ledger_of_an_ended_convention_is_still_found(self):
        """Dates decide (R3): a late entry finds a terminated convention."""
        self.convention._terminate(date(2027, 2, 28), "Fusion")
        found = self.commune._cdg47_conventions_at
        self.assertEqual(found(date(2027, 2, 28)), {self.commune: self.convention})
        self.assertFalse(found(date(2027, 3, 1)))

    def test_expiry_however_late_the_cron_runs(self):
        terminated = self.make_signed_convention(self.make_commune())
        terminated._terminate(date(2027, 12, 31), "Fusion")
        running = self.make_signed_convention(
            self.make_commune(), date_start=date(2028, 1, 1)
        )
        cron = self.env.ref(f"{MODULE}.cron_expire_conventions")
        with freeze_time("2033-05-04 10:00:00"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(self.convention.state, "expired")
        term = self.env.ref(f"{MODULE}.end_reason_term")
        self.assertEqual(self.convention.end_reason_id, term)
        self.assertEqual(terminated.state, "terminated")
        self.assertFalse(terminated.end_reason_id)
        self.assertEqual(running.state, "active")
        with freeze_time("2033-05-05 10:00:00"):
            self.env["cdg47.convention"]._cron_expire()
        self.assertEqual(self.convention.state, "expired")

    def test_new_convention_after_the_end(self):
        self.convention._terminate(date(2027, 3, 31), "Changement de forfait")
        second = self.make_signed_convention(self.commune, date_start=date(2027, 4, 1))
        self.assertEqual(second.state, "active")
        found = self.commune._cdg47_conventions_at(date(2027, 4, 1))
        self.assertEqual(found[self.commune], second)
