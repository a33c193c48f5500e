# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rights used, by the examples of the field: windows, splits, corrections (R3-R5)."""

from datetime import date, datetime
from itertools import permutations

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MODULE
from .ledger_common import LedgerCase

HOUR = 60
HALF_DAY = 210
DAY = 420


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestWindows(LedgerCase):
    def test_audit_three_years_from_the_first_use(self):
        """The audit of 10 March 2024 opens again on 10 March 2027, not on the eve."""
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2024-03-10")
        eve = self.check(self.convention, "AUDIT-SECU", 1, "day", "2027-03-09")
        self.assertEqual((eve["covered"], eve["billable"]), (0, 1))
        self.assertEqual(eve["next_date"], date(2027, 3, 10))
        self.assertEqual(eve["unit_price"], 420)
        self.assertEqual(eve["overage_product"], self.service("AUDIT-SECU"))
        self.assertIn("10/03/2027", eve["reason"])
        again = self.check(self.convention, "AUDIT-SECU", 1, "day", "2027-03-10")
        self.assertEqual((again["covered"], again["billable"]), (1, 0))
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2027-03-10")
        rights = self.commune.entitlement_ids.sorted("date_start")
        self.assertEqual(
            rights.mapped(lambda r: (r.date_start, r.date_end)),
            [
                (date(2024, 3, 10), date(2027, 3, 9)),
                (date(2027, 3, 10), date(2030, 3, 9)),
            ],
        )
        self.assertNoDifference()

    def test_audit_of_a_day_and_a_half(self):
        fact = self.use(self.convention, "AUDIT-SECU", 1.5, "day", "2024-03-10")
        self.assertEqual((fact.covered, fact.billable), (1, 0.5))
        self.assertEqual(self.splits(fact), [(DAY, 210)])
        self.assertIn("0,5\N{NO-BREAK SPACE}jour", fact.verdict)
        self.assertIn("420,00", fact.verdict)

    def test_the_answer_comes_first_the_article_last(self):
        """What it costs, in euros, as the quotation counts it; then what is left."""
        covered = self.check(self.convention, "AUDIT-SECU", 1, "day", "2024-03-10")
        self.assertRegex(
            covered["reason"],
            r"^C'est compris\xa0: vous n'avez rien à payer\. .*Annexe 1.*$",
        )
        part = self.use(self.convention, "AUDIT-SECU", 1.5, "day", "2024-03-10")
        self.assertRegex(
            part.verdict,
            r"^C'est compris en partie\xa0; pour le reste\xa0: 210,00\xa0€ "
            r"\(0,5\xa0jour × 420,00\xa0€\), à accepter par le maire\. ",
        )
        beyond = self.check(self.convention, "AUDIT-SECU", 2, "day", "2024-03-11")
        self.assertRegex(
            beyond["reason"],
            r"^Ce n'est pas compris\xa0: 840,00\xa0€ \(2\xa0jours × 420,00\xa0€\), "
            r"à accepter par le maire\. .*10/03/2027\. .*Annexe",
        )
        self.convention.company_id.cdg47_acceptance_required = False
        beyond = self.check(self.convention, "AUDIT-SECU", 2, "day", "2024-03-11")
        self.assertNotIn("à accepter", beyond["reason"])

    def test_fixed_three_years(self):
        self.convention.company_id.cdg47_three_years_window = "fixed"
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-03-10")
        answer = self.check(self.convention, "AUDIT-SECU", 1, "day", "2027-01-01")
        self.assertEqual(answer["covered"], 1)

    def test_leap_day(self):
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2024-02-29")
        self.assertEqual(self.commune.entitlement_ids.date_end, date(2027, 2, 27))
        eve = self.check(self.convention, "AUDIT-SECU", 1, "day", "2027-02-27")
        again = self.check(self.convention, "AUDIT-SECU", 1, "day", "2027-02-28")
        self.assertEqual((eve["covered"], again["covered"]), (0, 1))

    def test_civil_year_in_paris(self):
        """23:59:59 on 31 December and midnight in Paris fall in two years."""
        groups = [
            self.use(self.convention, "FORM-GROUPE", 2, "half_day", moment)
            for moment in (
                datetime(2026, 12, 31, 22, 59, 59),
                datetime(2026, 12, 31, 23, 0, 0),
            )
        ]
        self.assertEqual(
            [fact.date for fact in groups], [date(2026, 12, 31), date(2027, 1, 1)]
        )
        self.assertEqual([fact.billable for fact in groups], [0, 0])
        third = self.check(self.convention, "FORM-GROUPE", 1, "half_day", "2027-12-31")
        self.assertEqual((third["covered"], third["billable"]), (0, 1))
        self.assertEqual(third["next_date"], date(2028, 1, 1))

    def test_anniversary_year(self):
        partner = self.make_commune(750)
        convention = self.make_convention_since("2024-11-15", partner)
        convention.company_id.cdg47_rights_year = "anniversary"
        self.use(convention, "FORM-GROUPE", 2, "half_day", "2025-11-14")._freeze()
        answers = [
            self.check(convention, "FORM-GROUPE", 1, "half_day", day)["covered"]
            for day in ("2024-11-15", "2025-11-14", "2025-11-15")
        ]
        self.assertEqual(answers, [0, 0, 1])

    def test_first_year_in_full(self):
        """A convention that starts in November opens the whole quota of the year."""
        convention = self.make_convention_since("2026-11-15", self.make_commune(750))
        answer = self.check(convention, "FORM-GROUPE", 2, "half_day", "2026-11-20")
        self.assertEqual((answer["covered"], answer["billable"]), (2, 0))

    def test_commissioning_once_per_software(self):
        first = self.use(
            self.convention, "INSTALL-METIERS", 1, "day", "2024-05-02",
            scope=self.payroll,
        )  # fmt: skip
        other = self.use(
            self.convention, "INSTALL-METIERS", 1, "day", "2024-06-02",
            scope=self.registry_office,
        )  # fmt: skip
        again = self.use(
            self.convention, "INSTALL-METIERS", 1, "day", "2027-06-02",
            scope=self.payroll,
        )  # fmt: skip
        self.assertEqual(self.splits(first | other | again),
                         [(DAY, 0), (DAY, 0), (0, DAY)])  # fmt: skip
        self.assertEqual(
            self.commune.entitlement_ids.scope, self.payroll | self.registry_office
        )
        answer = self.check(
            self.convention, "INSTALL-METIERS", 1, "day", "2027-06-02",
            scope=self.payroll,
        )  # fmt: skip
        self.assertFalse(answer["next_date"])
        self.assertNoDifference()

    def test_commissioning_once_per_collectivite(self):
        self.convention.company_id.cdg47_install_scope = "collectivite"
        facts = [
            self.use(self.convention, "INSTALL-METIERS", 1, "day", day, scope=software)
            for day, software in (
                ("2024-05-02", self.payroll),
                ("2024-06-02", self.registry_office),
            )
        ]
        self.assertEqual([fact.covered for fact in facts], [1, 0])

    def test_survives_a_new_convention(self):
        """Once for all: signing again two months later opens nothing."""
        self.use(self.convention, "CERT-ACCOMP", 1, "day", "2024-05-02")
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-10-01")
        self.convention._terminate(date(2026, 12, 31), "Essai")
        self.convention.state = "terminated"
        new = self.make_convention_since("2027-03-01", self.commune)
        for code in ("CERT-ACCOMP", "AUDIT-SECU"):
            with self.subTest(code):
                answer = self.check(new, code, 1, "day", "2027-04-01")
                self.assertEqual(answer["covered"], 0)
        gap = self.check(new, "FORM-GROUPE", 1, "half_day", "2027-02-01")
        self.assertEqual(gap["covered"], 0)
        self.assertIn("Aucune convention", gap["reason"])
        with self.assertRefused(UserError, "01/02/2027"):
            self.use(new, "FORM-GROUPE", 1, "half_day", "2027-02-01")

    def test_late_entry_on_an_ended_convention(self):
        self.convention._terminate(date(2026, 12, 31), "Essai")
        self.convention.state = "terminated"
        fact = self.use(self.convention, "FORM-GROUPE", 1, "half_day", "2026-12-01")
        self.assertEqual((fact.covered, fact.billable), (1, 0))

    def test_before_the_first_convention(self):
        """What the take-over brings counts against the right."""
        self.env["cdg47.consumption"].create(
            [
                {
                    "partner_id": self.commune.id,
                    "product_id": self.service("AUDIT-SECU").id,
                    "date": "2022-06-01",
                    "quantity": 1,
                    "uom_id": self.unit("day").id,
                }
            ]
        )
        eve = self.check(self.convention, "AUDIT-SECU", 1, "day", "2025-05-31")
        again = self.check(self.convention, "AUDIT-SECU", 1, "day", "2025-06-01")
        self.assertEqual((eve["covered"], again["covered"]), (0, 1))

    def test_merger_keeps_the_uses_of_both(self):
        second = self.make_convention_since("2024-01-01", self.make_commune(750))
        self.use(self.convention, "CERT-ACCOMP", 1, "day", "2024-05-02")
        self.use(second, "SVE-ACCOMP", 1, "day", "2024-05-02")
        self.use(second, "AUDIT-SECU", 0.5, "day", "2025-05-02")
        before = self.env["cdg47.consumption"].search([]).mapped("verdict")
        new = self.make_commune(1500)
        convention = self.make_convention_since("2027-01-01", new)
        new.predecessor_ids = self.commune | second.partner_id
        covered = {
            code: self.check(convention, code, 1, "day", "2027-02-01")["covered"]
            for code in ("CERT-ACCOMP", "SVE-ACCOMP", "ACTES-ACCOMP", "AUDIT-SECU")
        }
        self.assertEqual(
            covered,
            {"CERT-ACCOMP": 0, "SVE-ACCOMP": 0, "ACTES-ACCOMP": 1, "AUDIT-SECU": 0.5},
        )
        self.assertEqual(
            self.env["cdg47.consumption"].search([]).mapped("verdict"), before
        )
        used = self.use(convention, "AUDIT-SECU", 1, "day", "2027-02-01")
        self.assertEqual(used.entitlement_id.date_start, date(2025, 5, 2))
        # A late entry of a former commune reaches the right of the new one.
        self.use(second, "AUDIT-SECU", 0.5, "day", "2025-06-02")
        self.assertEqual(self.splits(used), [(0, DAY)])
        self.assertNoDifference()


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestSplits(LedgerCase):
    def test_forty_covered_twenty_billed(self):
        """40 min are left, 60 min are used: one entry, split."""
        self.use(
            self.convention, "AUDIT-SECU", DAY / 60 - 40 / 60, "hour", "2026-01-10"
        )
        fact = self.use(self.convention, "AUDIT-SECU", 1, "hour", "2026-01-11")
        self.assertEqual(self.splits(fact), [(40, 20)])

    def test_three_thirds_of_a_day(self):
        for day in ("2026-01-10", "2026-01-11", "2026-01-12"):
            fact = self.use(self.convention, "AUDIT-SECU", 1 / 3, "day", day)
            self.assertEqual(self.splits(fact), [(140, 0)])
        right = fact.entitlement_id
        self.assertEqual((right.granted, right.consumed, right.left), (1, 1, 0))
        self.assertEqual((right.over, right.used_rate), (0, 100))

    def test_an_eighth_is_not_rounded(self):
        fact = self.use(self.convention, "AUDIT-SECU", 0.125, "day", "2026-01-10")
        self.assertEqual((fact.quantity, fact.amount), (0.125, 52))

    def test_quota_zero_is_none(self):
        rule = self.env.ref(f"{MODULE}.rule_audit_secu")
        rule.quantity = 0
        answer = self.check(self.convention, "AUDIT-SECU", 1, "day", "2026-01-10")
        self.assertEqual((answer["covered"], answer["billable"]), (0, 1))

    def test_services_share_one_quota(self):
        self.use(self.convention, "CAHIER-CHARGES", 0.25, "day", "2026-01-10")
        answer = self.check(self.convention, "ACHAT", 0.5, "day", "2026-02-10")
        self.assertEqual((answer["covered"], answer["billable"]), (0.25, 0.25))
        self.assertEqual(answer["overage_product"], self.service("ACHAT"))

    def test_missing_price_is_said(self):
        self.tariff.item_ids.unlink()
        answer = self.check(self.convention, "AUDIT-SECU", 2, "day", "2026-01-10")
        self.assertEqual(answer["unit_price"], 0)
        self.assertIn("Prix absent", answer["reason"])

    def test_price_of_its_date(self):
        self.set_price("AUDIT-SECU", 450, "2027-01-01")
        prices = [
            self.check(self.convention, "AUDIT-SECU", 2, "day", day)["unit_price"]
            for day in ("2026-12-31", "2027-01-01")
        ]
        self.assertEqual(prices, [420, 450])

    def test_goodwill_burns_after_the_rule(self):
        fact = self.use(self.convention, "AUDIT-SECU", 1.5, "day", "2026-01-10")
        right = fact.entitlement_id
        with self.assertRaises(AccessError):
            right.with_user(self.user_user)._grant_goodwill(1, "Geste")
        wizard = self.env["cdg47.grant.goodwill"].with_user(self.user_manager)
        with Form(wizard.with_context(default_entitlement_id=right.id)) as form:
            form.quantity = 1
            form.reason = "Panne du CDG"
        form.record.action_grant()
        self.assertEqual(self.splits(fact), [(630, 0)])
        gesture = right.grant_ids.filtered(lambda grant: grant.kind == "goodwill")
        self.assertEqual(fact.shares, {"rule": DAY, str(gesture.id): 210})
        self.assertEqual((right.granted, right.left), (2, 0.5))
        self.assertNoDifference()

    def test_gesture_before_any_use(self):
        right = self.env["cdg47.entitlement"]._open(
            self.commune, self.service("FORM-GROUPE"), date(2027, 1, 5)
        )
        right.with_user(self.user_manager)._grant_goodwill(1, "Geste")
        fact = self.use(self.convention, "FORM-GROUPE", 3, "half_day", "2027-02-01")
        self.assertEqual((fact.covered, fact.entitlement_id), (3, right))
        fact._reverse("Erreur")
        self.assertTrue(right.exists())
        self.assertEqual(right.left, 3)

    def test_dry_run_writes_nothing_and_tells_the_same(self):
        self.use(self.convention, "AUDIT-SECU", 0.5, "day", "2026-01-10")
        self.env.flush_all()
        ledger = self.commune.ledger_ids
        before = (ledger.seq, self.env["cdg47.entitlement"].search_count([]))
        answer = self.check(self.convention, "AUDIT-SECU", 1, "day", "2026-01-11")
        self.env.flush_all()
        self.env.invalidate_all()
        after = (ledger.seq, self.env["cdg47.entitlement"].search_count([]))
        self.assertEqual(before, after)
        fact = self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-01-11")
        self.assertEqual(
            (answer["covered"], answer["billable"], answer["reason"]),
            (fact.covered, fact.billable, fact.verdict),
        )

    def test_what_is_not_used_up(self):
        answers = {
            code: self.check(self.convention, code, 1, unit, "2026-01-10")
            for code, unit in (
                ("ASSIST-METIERS", "hour"), ("EDR", "licence"),
                ("MAIL-MIGRATION", "hour"), ("VEILLE-TECHNO", "letter"),
            )
        }  # fmt: skip
        self.assertEqual(answers["ASSIST-METIERS"]["covered"], 1)
        self.assertEqual(answers["ASSIST-METIERS"]["left"], float("inf"))
        for code in ("EDR", "MAIL-MIGRATION", "VEILLE-TECHNO"):
            self.assertEqual(answers[code]["covered"], 0, code)
        self.assertEqual(answers["VEILLE-TECHNO"]["billable"], 0)
        for answer in answers.values():
            self.assertTrue(answer["reason"])
        with self.assertRefused(UserError, "aucun droit"):
            self.use(self.convention, "EPP", 1, "licence", "2026-01-10")

    def test_a_level_is_compared_with_what_is_held(self):
        """R8: two licences included in S4; what is beyond has its price."""
        day = "2026-01-10"
        self.set_price("EPP", 28)
        first = self.check(self.convention, "EPP", 1, "licence", day)
        self.assertEqual((first["covered"], first["left"]), (1, 1))
        self.env["cdg47.allocation"].create(
            {
                "partner_id": self.convention.partner_id.id,
                "product_id": self.service("EPP").id,
                "quantity": 1,
                "device_kind": "workstation",
                "date_start": "2026-01-05",
                "state": "active",
            }
        )
        second = self.check(self.convention, "EPP", 2, "licence", day)
        self.assertEqual(
            (second["covered"], second["billable"], second["left"]), (1, 1, 0)
        )
        self.assertEqual(second["unit_price"], 28)
        before = self.check(self.convention, "EPP", 2, "licence", "2026-01-04")
        self.assertEqual((before["covered"], before["billable"]), (2, 0))

    def test_forfait_not_held(self):
        convention = self.make_convention_since(
            "2024-01-01", self.make_commune(750), self.metiers
        )
        answer = self.check(convention, "AUDIT-SECU", 1, "day", "2026-01-10")
        self.assertEqual((answer["covered"], answer["billable"]), (0, 1))
        self.assertEqual(answer["unit_price"], 420)
        self.assertIn(self.metiers.with_context(lang="fr_FR").name, answer["reason"])
        with self.assertRaises(UserError):
            self.use(convention, "AUDIT-SECU", 1, "day", "2026-01-10")

    def test_forfait_added_later_covers_from_its_day(self):
        partner = self.make_commune(750)
        convention = self.make_convention_since("2024-01-01", partner, self.metiers)
        facts = self.env["cdg47.consumption"].create(
            [
                {
                    "partner_id": partner.id,
                    "product_id": self.service("AUDIT-SECU").id,
                    "date": "2026-05-02",
                    "quantity": 1,
                    "uom_id": self.unit("day").id,
                }
            ]
        )
        self.assertEqual(self.splits(facts), [(0, DAY)])
        self.assertFalse(facts.entitlement_id)
        convention.line_ids.create(
            {
                "convention_id": convention.id,
                "forfait_id": self.techno.id,
                "date_start": "2026-05-01",
            }
        )
        self.assertEqual(self.splits(facts), [(DAY, 0)])
        self.assertNoDifference()

    def test_any_order_of_entry(self):
        """Same day included: the order of entry decides nothing."""
        uses = (
            ("AUDIT-SECU", 3, "hour", "2026-03-10"),
            ("AUDIT-SECU", 5, "hour", "2026-03-10"),
            ("AUDIT-SECU", 2, "hour", "2026-01-10"),
            ("AUDIT-SECU", 4, "hour", "2029-02-10"),
        )
        outcomes = set()
        for order in permutations(uses):
            convention = self.make_convention_since(
                "2024-01-01", self.make_commune(750)
            )
            facts = {use: self.use(convention, *use) for use in order}
            outcomes.add(tuple(self.splits([facts[use] for use in uses])))
            for fact in facts.values():
                self.assertEqual(
                    fact.covered_amount + fact.billable_amount, fact.amount
                )
        self.assertEqual(outcomes, {((180, 0), (120, 180), (120, 0), (240, 0))})
        self.assertNoDifference()


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestCorrections(LedgerCase):
    def test_late_entry_moves_what_is_not_frozen(self):
        kept = self.use(self.convention, "AUDIT-SECU", 0.5, "day", "2026-03-10")
        kept._freeze()
        verdict = kept.verdict
        moved = self.use(self.convention, "AUDIT-SECU", 0.5, "day", "2026-03-11")
        self.assertEqual(self.splits(moved), [(HALF_DAY, 0)])
        late = self.use(self.convention, "AUDIT-SECU", 0.5, "day", "2026-01-05")
        self.assertEqual(
            self.splits(kept | moved | late),
            [(HALF_DAY, 0), (0, HALF_DAY), (HALF_DAY, 0)],
        )
        # The window was promised with the frozen row: it does not move either.
        self.assertEqual(late.entitlement_id, kept.entitlement_id)
        self.assertEqual(kept.entitlement_id.date_start, date(2026, 3, 10))
        self.assertEqual(kept.verdict, verdict)
        self.assertNoDifference()

    def test_unfrozen_pair_leaves_the_replay(self):
        first = self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-01-10")
        second = self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-02-10")
        reversal = first._reverse("Saisie deux fois")
        self.assertEqual(
            self.splits(first | reversal | second), [(0, 0), (0, 0), (DAY, 0)]
        )
        self.assertFalse((first | reversal).entitlement_id)
        self.assertEqual(second.entitlement_id.date_start, date(2026, 2, 10))
        self.assertIn("Saisie deux fois", first.verdict)
        for fact in (first, reversal):
            with self.assertRefused(UserError, "déjà"):
                fact._reverse("Encore")
        self.assertNoDifference()

    def test_reversal_of_a_frozen_row_is_its_opposite(self):
        frozen = self.use(self.convention, "AUDIT-SECU", 1.5, "day", "2026-01-10")
        frozen._freeze()
        later = self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-02-10")
        self.assertEqual(self.splits(later), [(0, DAY)])
        wizard = self.env["cdg47.consumption.reverse"].with_user(self.user_user)
        wizard.create(
            {"consumption_id": frozen.id, "reason": "Facturé à tort"}
        ).action_reverse()
        reversal = frozen.reversal_ids
        self.assertEqual(
            self.splits(frozen | reversal | later),
            [(DAY, HALF_DAY), (-DAY, -HALF_DAY), (DAY, 0)],
        )
        self.assertTrue(reversal.frozen)
        self.assertEqual(reversal.shares, {"rule": -DAY})
        right = later.entitlement_id
        self.assertEqual((right.consumed, right.left, right.over), (1, 0, 0))
        self.assertNoDifference()

    def test_only_facts_are_entered(self):
        values = {
            "partner_id": self.commune.id,
            "product_id": self.service("AUDIT-SECU").id,
            "date": "2026-01-10",
            "quantity": 1,
            "uom_id": self.unit("day").id,
        }
        facts = self.env["cdg47.consumption"].with_user(self.user_user)
        for derived in ({"frozen": True}, {"covered_amount": 420}, {"amount": 1}):
            with self.assertRaises(AccessError):
                facts.create({**values, **derived})
        for quantity in (-1, 0.0001):
            with self.assertRaises(UserError):
                facts.create({**values, "quantity": quantity})
        with self.assertRaises(UserError):
            facts.create({**values, "uom_id": self.unit("go").id})
        fact = facts.create(values)
        with self.assertRaises(AccessError):
            fact.write({"covered_amount": 0})
        with self.assertRaises(UserError):
            fact.sudo().write({"quantity": 2})
        with self.assertRaises(UserError):
            fact.sudo().unlink()

    def test_check_shown_to_managers(self):
        self.use(self.convention, "AUDIT-SECU", 1.5, "day", "2026-01-10")
        wizard = self.env["cdg47.ledger.check"].with_user(self.user_manager)
        self.assertEqual(wizard.create({}).result, "Aucun écart.")
        self.env.cr.execute(
            "UPDATE cdg47_consumption SET covered_amount = 630, billable_amount = 0"
        )
        self.env.invalidate_all()
        check = wizard.create({})
        self.assertIn(self.commune.name, check.result)
        check.action_replay()
        self.assertEqual(wizard.create({}).result, "Aucun écart.")
