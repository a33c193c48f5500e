# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A stratum that changes: terms, quotas that keep what was used, fees by month (R3)."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..models.convention.stratum_switch import change_stratum
from ..models.money.quoting import quote_fees
from ..reading.stratum_change import StratumChange
from .common import MODULE
from .ledger_common import LedgerCase

FEES = {
    "HEB": 180.0,
    "S3": 620.0,
    "S4": 880.0,
    "S5": 1240.0,
    "S6": 1690.0,
    "S7": 2240.0,
}


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class StratumChangeCase(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.convention = cls.make_convention_since(
            "2027-01-01", cls.make_commune(750), cls.metiers | cls.techno
        )
        cls.commune = cls.convention.partner_id
        for forfait, factor in ((cls.metiers, 1), (cls.techno, 0.5)):
            for code, fee in FEES.items():
                cls.env["product.pricelist.item"].create(
                    {
                        "pricelist_id": cls.tariff.id,
                        "applied_on": "0_product_variant",
                        "product_id": forfait._cdg47_variant_for(cls.stratum(code)).id,
                        "compute_price": "fixed",
                        "fixed_price": fee * factor,
                    }
                )

    def change(self, code, day, reason="Décision", convention=None):
        convention = (convention or self.convention).with_user(self.user_manager)
        return change_stratum(
            convention, date.fromisoformat(day), self.stratum(code), reason
        )

    def terms(self):
        return [
            (str(term.date_start), str(term.date_end), term.stratum_id.code)
            for term in self.convention._living_terms().sorted("date_start")
        ]

    def hold(self, code, quantity=1, day="2027-01-05", **values):
        return self.env["cdg47.allocation"].create(
            {
                "partner_id": self.commune.id,
                "product_id": self.service(code).id,
                "quantity": quantity,
                "date_start": day,
                "state": "active",
                **values,
            }
        )

    def assertLevel(self, code, unit, day, quota, over):
        """Check what is included on a day and what is beyond it."""
        effect = StratumChange(
            self.convention, date.fromisoformat(day), self.stratum("S1")
        )
        line = next(
            quota
            for quota in effect.quotas
            if self.service(code) in quota.rule.product_ids
        )
        self.assertEqual((line.before, max(line.used - line.before, 0)), (quota, over))


class TestStratumChange(StratumChangeCase):
    def test_rise_splits_the_term_and_invoices_the_difference(self):
        """From 1 March: ten twelfths of the difference of each forfait."""
        order = self.change("S5", "2027-03-01", "Recensement")
        self.assertEqual(
            self.terms(),
            [("2027-01-01", "2027-02-28", "S4"), ("2027-03-01", "2027-12-31", "S5")],
        )
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.term_id, self.convention._living_terms()[0])
        self.assertRecordValues(
            order.order_line,
            [
                {"cdg47_kind": "fee", "cdg47_months": 10, "price_unit": 300.0},
                {"cdg47_kind": "fee", "cdg47_months": 10, "price_unit": 150.0},
            ],
        )
        self.assertIn("S4", order.order_line[0].name)
        self.assertEqual(order.invoice_status, "to invoice")
        self.assertEqual(self.convention.annual_fee, 450)
        self.assertEqual(
            self.convention._living_terms()[0].stratum_reason, "Recensement"
        )

    def test_exact_to_the_cent(self):
        """The price of the twelfths is rounded once: 7/12 of 360 € and of 180 €."""
        order = self.change("S5", "2027-06-20")
        self.assertEqual(order.order_line.mapped("price_unit"), [210.0, 105.0])
        self.tariff.item_ids.filtered(
            lambda item: item.fixed_price == FEES["S6"]
        ).fixed_price = 1690.55
        order = self.change("S6", "2027-08-01")
        # 5/12 of 450.55 €, then of 225 €.
        self.assertEqual(order.order_line.mapped("price_unit"), [187.73, 93.75])

    def test_parts_sum_up_to_the_whole(self):
        """2.92 €, 0.41 €, 0.25 € for 3.583…: each part takes the rest of rounding."""
        for code, price in (("S5", 885), ("S6", 886), ("S7", 887)):
            variant = self.metiers._cdg47_variant_for(self.stratum(code))
            self.tariff.item_ids.filtered(
                lambda item, v=variant: item.product_id == v
            ).fixed_price = price
        parts = []
        for code, day in (
            ("S5", "2027-06-20"),
            ("S6", "2027-08-01"),
            ("S7", "2027-10-01"),
        ):
            lines = self.change(code, day).order_line
            parts += lines.filtered(
                lambda line: line.product_template_id == self.metiers
            ).mapped("price_unit")
        self.assertEqual(parts, [2.92, 0.41, 0.25])
        self.assertEqual(
            round(sum(parts), 2), round(5 * 7 / 12 + 1 * 5 / 12 + 1 * 3 / 12, 2)
        )

    def test_fall_credits_nothing(self):
        order = self.change("S3", "2027-07-01")
        self.assertFalse(order)
        self.assertEqual(self.terms()[1], ("2027-07-01", "2027-12-31", "S3"))
        self.assertFalse(self.convention.order_ids)

    def test_up_then_down_then_up_owes_the_rise_once(self):
        first = self.change("S5", "2027-03-01")
        self.assertFalse(self.change("S4", "2027-07-01"))
        self.assertFalse(self.change("S5", "2027-10-01"))
        self.assertEqual(self.convention.order_ids, first)
        dearer = self.change("S6", "2027-11-01")
        self.assertEqual(dearer.order_line.mapped("price_unit"), [75.0, 37.5])
        self.assertEqual(
            [(start, code) for start, _end, code in self.terms()],
            [
                ("2027-01-01", "S4"),
                ("2027-03-01", "S5"),
                ("2027-07-01", "S4"),
                ("2027-10-01", "S5"),
                ("2027-11-01", "S6"),
            ],
        )

    def test_up_then_down_the_same_day(self):
        """What was just ordered and not invoiced is cancelled: it never was."""
        order = self.change("S5", "2027-07-01")
        self.assertFalse(self.change("S4", "2027-07-01"))
        self.assertEqual(order.state, "cancel")
        self.assertEqual(self.terms()[1], ("2027-07-01", "2027-12-31", "S4"))
        self.assertEqual(self.convention.annual_fee, 0)

    def test_up_then_down_the_same_day_once_invoiced(self):
        order = self.change("S5", "2027-07-01").with_env(self.env)
        invoice = order._create_invoices()
        invoice.action_post()
        self.change("S4", "2027-07-01")
        self.assertEqual(order.state, "sale")
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", 270))
        self.assertFalse(invoice.reversal_move_ids)

    def test_renewal_not_invoiced_is_decided_again(self):
        """On the day a term starts, its unsigned yearly order takes the new price."""
        term = self.convention.term_ids
        order = quote_fees(self.convention, term, self.metiers)
        order.action_confirm()
        self.assertFalse(self.change("S3", "2027-01-01"))
        self.assertEqual(order.order_line.price_unit, 620)
        self.assertIn(self.stratum("S3").name, order.order_line.name)
        order._create_invoices()
        difference = self.change("S5", "2027-01-01")
        self.assertEqual(order.order_line.price_unit, 620)
        metiers = difference.order_line[0]
        self.assertEqual((metiers.cdg47_months, metiers.price_unit), (12, 620))

    def test_option_added_later_in_the_year(self):
        """Its own months only."""
        self.convention.line_ids.filtered(
            lambda line: line.forfait_id == self.techno
        ).date_start = date(2027, 9, 15)
        order = self.change("S5", "2027-07-01")
        self.assertEqual(order.order_line.mapped("cdg47_months"), [6, 4])
        self.assertEqual(order.order_line.mapped("price_unit"), [180, 60])

    def test_the_tariff_of_the_year_does_not_change(self):
        """A price of July is not that of a stratum that changes in July."""
        variant = self.metiers._cdg47_variant_for(self.stratum("S5"))
        item = self.tariff.item_ids.filtered(lambda i: i.product_id == variant)
        item.copy({"fixed_price": 5000, "date_start": "2027-07-01 00:00:00"})
        item.date_end = "2027-06-30 21:59:59"
        order = self.change("S5", "2027-07-01")
        self.assertEqual(order.order_line[0].price_unit, 180)

    def test_only_a_manager_and_with_a_reason(self):
        with self.assertRaises(AccessError):
            change_stratum(
                self.convention.with_user(self.user_user),
                date(2027, 7, 1),
                self.stratum("S5"),
                "Parce que",
            )
        with self.assertRefused(UserError, "pourquoi"):
            self.change("S5", "2027-07-01", " ")
        with self.assertRefused(UserError, "déjà"):
            self.change("S4", "2027-07-01")
        with self.assertRefused(UserError, "entre"):
            self.change("S5", "2026-12-31")
        self.convention.with_user(self.user_manager)._terminate(
            date(2027, 6, 30), "Essai"
        )
        self.convention.sudo().state = "terminated"
        with self.assertRefused(UserError, "en vigueur|active"):
            self.change("S5", "2027-06-20")


class TestClosedYear(StratumChangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.convention.term_ids
        cls.order = quote_fees(cls.convention, cls.term, cls.metiers)
        cls.order.action_confirm()
        cls.invoice = cls.order._create_invoices()
        cls.invoice.action_post()
        cls.fact = cls.convention._consume(
            cls.service("FORM-GROUPE"), 3, cls.unit("half_day"), "2027-05-04"
        )

    @freeze_time("2028-02-01 10:00:00")
    def test_rise_is_proposed_and_touches_nothing(self):
        before = (self.terms(), self.invoice.amount_total, self.fact.verdict)
        correction = self.change("S5", "2027-03-01")
        self.assertEqual(correction.state, "draft")
        self.assertEqual(correction.order_line[0].price_unit, 300)
        self.assertEqual(
            (self.terms(), self.invoice.amount_total, self.fact.verdict), before
        )
        self.assertEqual(self.invoice.state, "posted")
        self.assertIn(correction.name, self.convention.message_ids[0].body)
        # Asked again, there is nothing more to propose.
        with self.assertRefused(UserError, "2027"):
            self.change("S5", "2027-03-01")

    @freeze_time("2028-02-01 10:00:00")
    def test_fall_has_nothing_to_correct(self):
        with self.assertRefused(UserError, "avoir"):
            self.change("S3", "2027-03-01")


class TestQuotasKeepWhatWasUsed(StratumChangeCase):
    def test_twelve_go_of_twelve_then_fifteen(self):
        """Up: 12 Go used of 12, then 15: 3 left."""
        self.hold("BACKUP", 12)
        self.assertLevel("BACKUP", "go", "2027-06-30", 12, 0)
        self.change("S5", "2027-07-01")
        self.assertLevel("BACKUP", "go", "2027-07-01", 15, 0)
        answer = self.check(self.convention, "BACKUP", 5, "go", "2027-07-01")
        self.assertEqual((answer["covered"], answer["billable"]), (3, 2))
        answer = self.check(self.convention, "BACKUP", 5, "go", "2027-06-30")
        self.assertEqual((answer["covered"], answer["billable"]), (0, 5))

    def test_fifteen_go_then_twelve_with_fourteen_used(self):
        """Down: nothing over before the date, two over after."""
        self.change("S5", "2027-02-01")
        backup = self.hold("BACKUP", 14, "2027-03-01")
        self.assertFalse(backup.is_over)
        self.change("S4", "2027-07-01")
        self.assertLevel("BACKUP", "go", "2027-06-30", 15, 0)
        self.assertLevel("BACKUP", "go", "2027-07-01", 12, 2)
        self.assertFalse(backup.is_over)
        with freeze_time("2027-07-01 10:00:00"):
            backup._mark_verdicts()
            self.assertEqual((backup.is_over, backup.over_quantity), (True, 2))

    def test_hosted_in_the_year(self):
        """HEB: the licence held is beyond the quota from that day, not before."""
        licence = self.hold("EPP", device_kind="workstation")
        self.change("HEB", "2027-07-01", "Base partagée")
        self.assertLevel("EPP", "licence", "2027-06-30", 2, 0)
        self.assertLevel("EPP", "licence", "2027-07-01", 0, 1)
        with freeze_time("2027-07-01 10:00:00"):
            licence._mark_verdicts()
            self.assertTrue(licence.is_over)

    def set_flow_by_stratum(self):
        """Let a consumed right depend on the stratum, as a revised annex could."""
        rule = self.env.ref(f"{MODULE}.rule_form_groupe")
        rule.line_ids = [
            Command.create({"stratum_id": self.stratum(code).id, "quantity": quantity})
            for code, quantity in (("S4", 12), ("S5", 15))
        ]

    def use_groups(self, quantity, day):
        return self.use(self.convention, "FORM-GROUPE", quantity, "half_day", day)

    def test_a_flow_up(self):
        self.set_flow_by_stratum()
        used = self.use_groups(12, "2027-02-01")
        used._freeze()
        self.change("S5", "2027-03-01")
        right = used.entitlement_id
        self.assertEqual((right.granted, right.consumed, right.left), (15, 12, 3))
        before = self.check(self.convention, "FORM-GROUPE", 1, "half_day", "2027-02-20")
        self.assertEqual((before["covered"], before["billable"]), (0, 1))
        after = self.use_groups(4, "2027-04-01")
        self.assertEqual((after.covered, after.billable), (3, 1))
        self.assertNoDifference()

    def test_a_flow_down_bills_nothing_before(self):
        self.set_flow_by_stratum()
        self.change("S5", "2027-01-15")
        used = self.use_groups(14, "2027-02-01")
        self.change("S4", "2027-03-01")
        self.assertEqual((used.covered, used.billable), (14, 0))
        late = self.use_groups(1, "2027-02-20")
        self.assertEqual((late.covered, late.billable), (1, 0))
        after = self.use_groups(2, "2027-03-01")
        self.assertEqual((after.covered, after.billable), (0, 2))
        self.assertEqual(used.entitlement_id.left, 0)
        self.assertNoDifference()

    def test_a_flow_up_then_down(self):
        self.set_flow_by_stratum()
        first = self.use_groups(5, "2027-01-10")
        self.change("S5", "2027-03-01")
        second = self.use_groups(8, "2027-04-01")
        self.change("S4", "2027-05-01")
        third = self.use_groups(1, "2027-05-10")
        self.assertEqual([fact.billable for fact in first | second | third], [0, 0, 1])
        self.assertNoDifference()


class TestProposals(StratumChangeCase):
    def pending(self):
        kind = self.env.ref(f"{MODULE}.mail_activity_type_stratum")
        return self.convention.activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )

    def test_a_new_fact_proposes_and_changes_nothing(self):
        terms = self.terms()
        census = self.make_census(
            self.commune, "2027-01-01", population_total=1200, population_municipal=1200
        )
        activity = self.pending()
        self.assertEqual(len(activity), 1)
        self.assertIn("S5", activity.note)
        self.assertEqual(self.terms(), terms)
        # The same fact again, then corrected: one proposal, then none.
        census.source = "INSEE"
        self.assertEqual(self.pending(), activity)
        census.write({"population_total": 760, "population_municipal": 760})
        self.assertFalse(self.pending())

    def test_a_fact_of_next_year(self):
        self.make_census(
            self.commune, "2028-01-01", population_total=1200, population_municipal=1200
        )
        self.assertEqual(self.pending().date_deadline, date(2028, 1, 1))

    def test_the_change_closes_the_proposal(self):
        self.make_census(
            self.commune, "2027-01-01", population_total=1200, population_municipal=1200
        )
        self.change("S5", "2027-07-01")
        self.assertFalse(self.pending())

    def test_proposals_cost_the_same_for_many(self):
        """Facts of communes that stay in their stratum cost no query each."""

        def cost(count):
            communes = [
                self.make_convention_since("2027-01-01", self.make_commune(750))
                for _n in range(count)
            ]
            values = [
                {
                    "partner_id": convention.partner_id.id,
                    "date_from": "2027-02-01",
                    "population_total": 751,
                }
                for convention in communes
            ]
            return self.queries_of(lambda: self.env["cdg47.census"].create(values))

        cost(2)
        self.assertEqual(cost(5), cost(50))


class TestAssistant(StratumChangeCase):
    def open(self, **values):
        wizard = self.env["cdg47.stratum.change"].with_user(self.user_manager)
        return wizard.create({"convention_id": self.convention.id, **values})

    def test_by_default_the_next_renewal_from_the_facts(self):
        self.make_census(
            self.commune, "2028-01-01", population_total=1200, population_municipal=1200
        )
        wizard = self.open()
        self.assertEqual(wizard.date, date(2028, 1, 1))
        self.assertEqual(wizard.stratum_id, self.stratum("S5"))
        self.assertIn("1\N{NO-BREAK SPACE}200", wizard.reason)
        self.assertIn("renouvellement", wizard.effect)
        before = self.terms()
        wizard.action_change()
        self.assertEqual(self.terms(), before)
        self.assertIn("2028", self.convention.message_ids[0].body)

    def test_on_a_date_with_its_effect(self):
        self.hold("BACKUP", 12)
        wizard = self.open(when="date", date="2027-07-01")
        self.assertTrue(wizard.obstacle)
        wizard.stratum_id = self.stratum("S5")
        self.assertFalse(wizard.obstacle)
        for text in ("12 Go", "15 Go", "180,00", "6/12"):
            self.assertIn(
                text.replace(" ", "\N{NO-BREAK SPACE}"),
                str(wizard.effect).replace("&nbsp;", "\N{NO-BREAK SPACE}"),
            )
        self.assertEqual(len(self.convention.term_ids), 1)
        with self.assertRefused(UserError, "pourquoi"):
            wizard.action_change()
        wizard.reason = "Décision du bureau"
        action = wizard.action_change()
        self.assertEqual(action["res_model"], "sale.order")
        self.assertEqual(len(self.convention.term_ids), 2)

    def test_on_screen(self):
        wizard = self.env["cdg47.stratum.change"].with_user(self.user_manager)
        with Form(
            wizard.with_context(default_convention_id=self.convention.id)
        ) as form:
            form.when = "date"
            form.date = "2027-07-01"
            form.stratum_id = self.stratum("S6")
            form.reason = "Décision"
            self.assertIn("405,00", form.effect)

    def test_missing_price_is_said(self):
        self.tariff.item_ids.filtered(
            lambda i: i.product_id.stratum_id == self.stratum("S6")
        ).unlink()
        wizard = self.open(
            when="date", date="2027-07-01", stratum_id=self.stratum("S6").id
        )
        self.assertIn("Prix absent", wizard.obstacle)

    def test_forced_at_a_renewal_needs_its_term(self):
        with self.assertRefused(UserError, "2028"):
            self.change("S6", "2028-01-01")
