# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How a convention is proposed and priced."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MODULE, ConventionCase

NEW_YEAR = date(2027, 1, 1)


@freeze_time("2026-11-23 10:00:00")
@tagged("post_install", "-at_install")
class TestProposal(ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commune = cls.make_commune(750)
        cls.mayor = cls.make_signatory(cls.commune)

    def add_price(self, forfait, code, price, start, end=False):
        """Add a dated price for one stratum; days are days in Paris (winter time)."""
        variant = forfait._cdg47_variant_for(self.stratum(code))
        return self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.tariff.id,
                "applied_on": "0_product_variant",
                "product_tmpl_id": forfait.id,
                "product_id": variant.id,
                "compute_price": "fixed",
                "fixed_price": price,
                "date_start": start,
                "date_end": end,
            }
        )

    # === The assistant ===
    def test_assistant_preview(self):
        wizard = self.propose(
            self.commune, self.metiers | self.techno, user=self.user_user
        )
        self.assertEqual(wizard.stratum_id, self.stratum("S4"))
        self.assertIn("750", wizard.stratum_reason)
        self.assertEqual(wizard.amount, 880 + 590)
        self.assertEqual(wizard.signatory_id, self.mayor)
        self.assertEqual(wizard.invoice_partner_id, self.commune)
        self.assertIn("12", wizard.amount_note)

    def test_assistant_from_the_collectivite(self):
        action = self.commune.with_user(self.user_user).action_propose_convention()
        wizard = self.env[action["res_model"]].with_user(self.user_user)
        with Form(wizard.with_context(**action["context"])) as form:
            self.assertEqual(form.partner_id, self.commune)
            self.assertEqual(form.date_start, date(2026, 12, 1))
            form.forfait_ids.add(self.metiers)
            self.assertEqual(form.stratum_id, self.stratum("S4"))
            self.assertAlmostEqual(form.amount, 73.33)
            form.date_start = "2027-01-01"
            self.assertEqual(form.amount, 880)
        action = form.record.action_propose()
        convention = self.env["cdg47.convention"].browse(action["res_id"])
        self.assertEqual(convention.partner_id, self.commune)
        self.assertEqual(convention.signatory_id, self.mayor)

    def test_preview_writes_nothing(self):
        before = self.env["cdg47.convention"].search_count([])
        wizard = self.propose(self.commune)
        self.assertTrue(wizard.amount)
        self.assertEqual(self.env["cdg47.convention"].search_count([]), before)

    def test_proposal(self):
        convention = self.make_convention(self.commune, self.metiers | self.techno)
        self.assertEqual(convention.state, "draft")
        self.assertRegex(convention.name, r"^CONV-2027-\d{4}$")
        self.assertEqual(convention.forfait_ids, self.metiers | self.techno)
        self.assertFalse(convention.option_ids)
        term = convention.term_ids
        self.assertRecordValues(
            term,
            [
                {
                    "date_start": date(2027, 1, 1),
                    "date_end": date(2027, 12, 31),
                    "stratum_id": self.stratum("S4").id,
                    "state": "draft",
                    "amount_total": 1470,
                }
            ],
        )
        lang = self.commune._cdg47_lang()
        reason = self.commune.with_context(lang=lang)._cdg47_stratum_at(NEW_YEAR)[1]
        self.assertEqual(term.stratum_reason, reason)
        order = convention.pending_order_id
        self.assertEqual(term.order_id, order)
        self.assertRecordValues(
            order,
            [
                {
                    "partner_id": self.commune.id,
                    "partner_invoice_id": self.commune.id,
                    "term_id": term.id,
                    "pricelist_id": self.tariff.id,
                    "require_signature": True,
                    "require_payment": False,
                    "amount_total": 1470,
                    "state": "draft",
                }
            ],
        )
        self.assertRecordValues(
            order.order_line,
            [
                {
                    "product_id": forfait._cdg47_variant_for(self.stratum("S4")).id,
                    "product_uom_qty": 1,
                    "price_unit": price,
                    "cdg47_kind": "fee",
                    "cdg47_months": 12,
                    "cdg47_date_start": date(2027, 1, 1),
                    "cdg47_date_end": date(2027, 12, 31),
                }
                for forfait, price in ((self.metiers, 880), (self.techno, 590))
            ],
        )

    def test_a_forfait_at_least(self):
        with self.assertRaises(UserError):
            self.propose(self.commune, self.env["product.template"]).action_propose()

    def test_missing_stratum_is_refused(self):
        unknown = self.make_commune(None)
        wizard = self.propose(unknown)
        self.assertFalse(wizard.stratum_id)
        self.assertEqual(wizard.amount, 0)
        with self.assertRefused(UserError, unknown.name):
            wizard.action_propose()

    # === Forced stratum ===
    def test_manager_forces_the_stratum_with_a_reason(self):
        forced = {"forced_stratum_id": self.stratum("S9").id}
        wizard = self.propose(self.commune, **forced)
        self.assertEqual((wizard.stratum_id.code, wizard.amount), ("S9", 3700))
        with self.assertRefused(UserError, "why"):
            wizard.action_propose()
        convention = self.make_convention(
            self.commune, forced_reason="Décision du 3 novembre", **forced
        )
        self.assertEqual(convention.stratum_id, self.stratum("S9"))
        self.assertEqual(convention.stratum_reason, "Décision du 3 novembre")
        self.assertEqual(convention.pending_order_id.amount_total, 3700)

    def test_user_does_not_force_the_stratum(self):
        forced = {
            "forced_stratum_id": self.stratum("S1").id,
            "forced_reason": "Reason",
        }
        with self.assertRaises(AccessError):
            self.propose(self.commune, user=self.user_user, **forced)
        wizards = self.env["cdg47.convention.propose"].with_user(self.user_user)
        context = {f"default_{name}": value for name, value in forced.items()}
        with self.assertRaises(AccessError):
            wizards.with_context(**context).create(
                {
                    "partner_id": self.commune.id,
                    "forfait_ids": [Command.set(self.metiers.ids)],
                    "date_start": NEW_YEAR,
                }
            )

    def test_both_hosted_and_non_affiliated_a_manager_decides(self):
        self.make_census(
            self.commune,
            "2021-01-01",
            affiliation="non_affiliated",
            hosting="hosted",
            hosted_by_id=self.make_commune().id,
        )
        with self.assertRefused(UserError, self.commune.name):
            self.propose(self.commune).action_propose()
        convention = self.make_convention(
            self.commune,
            forced_stratum_id=self.stratum("HEB").id,
            forced_reason="Décision",
        )
        self.assertEqual(convention.stratum_id.code, "HEB")

    # === Options ===
    def test_an_option_needs_its_forfait(self):
        with self.assertRefused(ValidationError, "only sold with"):
            self.make_convention(self.commune, self.metiers | self.parapheur)
        convention = self.make_convention(self.commune, self.techno | self.parapheur)
        self.assertEqual(convention.option_ids, self.parapheur)
        self.assertEqual(convention.pending_order_id.amount_total, 590 + 150)

    def test_draft_choice_follows_the_same_rule(self):
        """A draft written by its plain choice of forfaits, without the assistant."""
        conventions = self.env["cdg47.convention"].with_user(self.user_user)
        convention = conventions.create(
            {
                "partner_id": self.commune.id,
                "date_start": NEW_YEAR,
                "forfait_ids": [Command.set(self.techno.ids)],
                "option_ids": [Command.set(self.parapheur.ids)],
            }
        )
        self.assertEqual(convention.line_ids.forfait_id, self.techno | self.parapheur)
        self.assertEqual(convention.line_ids.mapped("date_start"), [NEW_YEAR] * 2)
        with self.assertRaises(ValidationError):
            convention.forfait_ids = self.metiers
        convention.write(
            {
                "forfait_ids": [Command.set(self.metiers.ids)],
                "option_ids": [Command.clear()],
            }
        )
        self.assertEqual(convention.line_ids.forfait_id, self.metiers)
        with self.assertRaises(ValidationError):
            convention.option_ids = self.parapheur
        convention.action_propose()
        self.assertEqual(convention.pending_order_id.amount_total, 880)

    # === Prices ===
    def test_missing_price_is_refused(self):
        """Never sold at 0 or 1 €: by the preview, the assistant and the order."""
        self.env.ref(f"{MODULE}.price_forfait_metiers_s4").unlink()
        wizard = self.propose(self.commune)
        self.assertEqual(wizard.amount, 0)
        self.assertIn("Price missing", wizard.amount_note)
        with self.assertRaises(UserError):
            wizard.action_propose()
        self.assertFalse(self.commune.convention_ids)

    def test_stratum_without_a_variant_is_refused(self):
        self.metiers._cdg47_variant_for(self.stratum("S4")).action_archive()
        with self.assertRefused(UserError, "not sold to stratum S4"):
            self.make_convention(self.commune)

    def test_price_missing_on_an_added_line(self):
        convention = self.make_convention(self.commune)
        order = convention.pending_order_id
        order.order_line = [
            Command.create(
                {"product_id": self.service("SECU-NOUVELLE").id, "product_uom_qty": 1}
            )
        ]
        with self.assertRefused(UserError, "Price missing"):
            self.sign(convention)

    def test_order_of_december_takes_the_tariff_of_the_term(self):
        self.env.ref(
            f"{MODULE}.price_forfait_metiers_s4"
        ).date_end = "2026-12-31 22:59:59"
        self.add_price(self.metiers, "S4", 910, "2026-12-31 23:00:00")
        with freeze_time("2026-12-10 10:00:00"):
            convention = self.make_convention(self.commune)
            self.assertEqual(convention.pending_order_id.amount_total, 910)
            december = self.propose(self.commune, date_start=date(2026, 12, 1))
            self.assertEqual(december.amount, 73.33)
        order = convention.pending_order_id
        order.date_order = "2026-12-20 10:00:00"
        order.action_update_prices()
        self.assertEqual(order.amount_total, 910)

    def test_no_price_yet_for_the_coming_term(self):
        self.env.ref(
            f"{MODULE}.price_forfait_metiers_s4"
        ).date_end = "2026-12-31 22:59:59"
        with self.assertRefused(UserError, "FORFAIT-METIERS-S4"):
            self.make_convention(self.commune)

    # === First year ===
    def test_first_year_by_month_rounded_once(self):
        """340 € in S1: 198.33 for 7 months, where 28.33 a month would make 198.31."""
        twelfths = {
            1: 340.00, 2: 311.67, 3: 283.33, 4: 255.00, 5: 226.67, 6: 198.33,
            7: 170.00, 8: 141.67, 9: 113.33, 10: 85.00, 11: 56.67, 12: 28.33,
        }  # fmt: skip
        for month, amount in twelfths.items():
            with self.subTest(month=month):
                start = date(2027, month, 15)
                convention = self.make_convention(
                    self.make_commune(80), date_start=start, signatory_id=False
                )
                line = convention.pending_order_id.order_line
                self.assertEqual(line.cdg47_months, 13 - month)
                self.assertEqual(line.price_subtotal, amount)
                self.assertEqual(convention.term_ids.date_start, start)
                self.assertEqual(convention.term_ids.date_end, date(2027, 12, 31))

    def test_first_year_in_full_by_setting(self):
        self.company.cdg47_first_year_fee = "full"
        wizard = self.propose(self.commune, date_start=date(2027, 9, 1))
        self.assertEqual(wizard.amount, 880)
        convention = self.make_convention(self.commune, date_start=date(2027, 9, 1))
        self.assertEqual(convention.pending_order_id.amount_total, 880)

    # === Dates ===
    def test_end_dates(self):
        cases = [
            ("tacit", date(2027, 1, 1), date(2032, 12, 31)),
            ("tacit", date(2027, 9, 1), date(2032, 12, 31)),
            ("express", date(2027, 1, 1), date(2027, 12, 31)),
            ("express", date(2027, 9, 1), date(2027, 12, 31)),
        ]
        for renewal, start, end in cases:
            with self.subTest(renewal=renewal, start=start):
                convention = self.make_convention(
                    self.make_commune(), date_start=start, renewal=renewal
                )
                self.assertEqual(convention.date_end, end)
        self.company.cdg47_max_years = 3
        convention = self.make_convention(self.make_commune())
        self.assertEqual(convention.date_end, date(2029, 12, 31))

    # === Sending ===
    def test_sent_to_the_signatory(self):
        convention = self.make_convention(self.commune).with_user(self.user_user)
        convention.action_send()
        order = convention.pending_order_id
        self.assertEqual((convention.state, order.state), ("sent", "sent"))
        mail = self.env["mail.mail"].search(
            [("model", "=", "sale.order"), ("res_id", "=", order.id)]
        )
        self.assertEqual(mail.recipient_ids, self.mayor)
        self.assertIn(self.commune.name, mail.subject)
        self.assertIn(f"/my/orders/{order.id}", mail.body_html)
        self.assertNotIn("access_token", mail.body_html)

    def test_not_sent_without_an_address(self):
        self.mayor.email = False
        convention = self.make_convention(self.commune)
        with self.assertRefused(UserError, "e-mail"):
            convention.action_send()
        self.assertEqual(convention.state, "draft")

    def test_a_signatory_has_a_mandate(self):
        stranger = self.make_contact("Élu")
        with self.assertRefused(ValidationError, "no mandate"):
            self.make_convention(self.commune, signatory_id=stranger.id)

    def test_annexed_budget_is_signed_by_its_commune(self):
        annexe = self.make_annexe(self.commune, 5)
        convention = self.make_convention(annexe)
        self.assertEqual(convention.signatory_id, self.mayor)
        self.assertEqual(convention.signatory_title, "Maire")

    # === Taking back ===
    def test_taken_back_then_proposed_again(self):
        convention = self.make_convention(self.commune)
        convention.action_send()
        first = convention.pending_order_id
        convention.action_back_to_draft()
        self.assertEqual((convention.state, first.state), ("draft", "cancel"))
        self.assertEqual(convention.term_ids.state, "cancelled")
        convention.forfait_ids = self.metiers | self.techno
        convention.action_propose()
        second = convention.pending_order_id
        self.assertNotEqual(first, second)
        self.assertEqual(second.amount_total, 1470)
        self.assertEqual(convention.annual_fee, 1470)
        self.assertEqual(len(convention._living_terms()), 1)
        self.sign(convention)
        self.assertEqual(convention.state, "active")

    def test_a_proposal_taken_back_cannot_be_signed(self):
        """Odoo's « Set to Quotation » must not bring back a cancelled term."""
        convention = self.make_convention(self.commune)
        first = convention.pending_order_id
        convention.action_back_to_draft()
        first.action_draft()
        with self.assertRaises(UserError):
            first._validate_order()
        self.assertEqual(convention.state, "draft")
        self.assertEqual(convention.term_ids.state, "cancelled")

    def test_refused_by_the_signatory(self):
        convention = self.make_convention(self.commune)
        convention.action_send()
        convention.pending_order_id.sudo()._action_cancel()
        self.assertEqual(convention.state, "draft")
        self.assertEqual(convention.term_ids.state, "cancelled")
        convention.action_propose()
        convention.action_send()
        self.assertEqual(convention.state, "sent")

    # === Ordinary sales ===
    def test_ordinary_orders_are_untouched(self):
        self.company.portal_confirmation_sign = False
        chair = self.env["product.product"].create({"name": "Chair", "list_price": 40})
        values = {
            "order_line": [
                Command.create({"product_id": chair.id, "product_uom_qty": 2})
            ],
            "pricelist_id": False,
        }
        shop = self.env["res.partner"].create({"name": "Shop", "is_company": True})
        for partner in (shop, self.commune):
            with self.subTest(partner=partner.name):
                order = (
                    self.env["sale.order"]
                    .with_user(self.user_user)
                    .create({"partner_id": partner.id, **values})
                )
                self.assertFalse(order.require_signature)
                self.assertEqual(order.order_line.price_unit, 40)
                order.action_confirm()
                self.assertEqual(order.state, "sale")
                self.assertFalse(order.convention_id)
                free = order.copy()
                free.order_line.price_unit = 0
                free.action_confirm()
                self.assertEqual(free.state, "sale")

    def test_a_service_without_a_price_is_not_sold_either(self):
        """On an ordinary order too: a service of the annexes is never given away."""
        self.company.cdg47_sells_outside = True
        order = self.env["sale.order"].create(
            {
                "partner_id": self.commune.id,
                "pricelist_id": False,
                "order_line": [
                    Command.create({"product_id": self.service("SECU-NOUVELLE").id})
                ],
            }
        )
        with self.assertRefused(UserError, "Price missing"):
            order.action_confirm()
        order.order_line.price_unit = 250
        order.action_confirm()
        self.assertEqual(order.amount_untaxed, 250)
