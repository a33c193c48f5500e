# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Lines of Annexe 1 and strata that have decided are changed from a date only (g18)."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..reading.rule_use import is_used
from .common import MODULE
from .test_overage import OverageCase

BUTTON = "Modifier à partir d’une date"


class DecidedCase(OverageCase):
    """A convention since 2024, on a day of November 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.convention.write({"date_end": "2029-12-31"})
        terms = cls.convention.term_ids
        for year in (2025, 2026):
            terms.copy(
                {
                    "date_start": f"{year}-01-01",
                    "date_end": f"{year}-12-31",
                    "state": "open",
                }
            )


@freeze_time("2026-11-20 10:00:00")
@tagged("post_install", "-at_install")
class TestRules(DecidedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.audit = cls.env.ref(f"{MODULE}.rule_audit_secu")
        cls.epp = cls.env.ref(f"{MODULE}.rule_epp")

    def revise(self, rule, date_from="2027-01-01", **values):
        wizards = self.env["cdg47.quota.rule.revise"].with_user(self.user_manager)
        with Form(wizards.with_context(default_rule_id=rule.id)) as form:
            form.date_from = date_from
            for name, value in values.items():
                setattr(form, name, value)
        action = form.record.action_revise()
        return self.env["cdg47.quota.rule"].browse(action["res_id"])

    def test_each_way_is_refused(self):
        rule = self.audit.with_user(self.user_manager)
        other = self.service("RECUEIL")
        for values in (
            {"quantity": 5},
            {"coverage": "included"},
            {"period": "year"},
            {"product_ids": [Command.link(other.id)]},
            {"overage_product_id": other.id},
            {"date_to": "2026-12-31"},
            {"date_from": "2025-01-01"},
            {"active": False},
        ):
            with self.subTest(values=values), self.assertRefused(UserError, BUTTON):
                rule.write(values)
        with self.assertRefused(UserError, BUTTON):
            rule.unlink()
        with Form(rule) as form:
            form.quantity = 5
            with self.assertRefused(UserError, BUTTON):
                form.save()
            form.quantity = 1

    def test_by_import(self):
        rule = self.audit
        rules = self.env["cdg47.quota.rule"].with_user(self.user_manager)
        result = rules.load(["id", "quantity"], [[f"{MODULE}.rule_audit_secu", "5"]])
        self.assertIn(BUTTON, result["messages"][0]["message"])
        self.assertEqual(rule.quantity, 1)
        # What an export says already is no change.
        result = rules.load(
            ["id", "quantity", "name"], [[f"{MODULE}.rule_audit_secu", "1", "Audit"]]
        )
        self.assertFalse(result["messages"])
        self.assertEqual(rule.name, "Audit")

    def test_quotas_by_stratum(self):
        line = self.epp.line_ids[0].with_user(self.user_manager)
        with self.assertRefused(UserError, BUTTON):
            line.quantity += 1
        with self.assertRefused(UserError, BUTTON):
            line.unlink()
        with self.assertRefused(UserError, BUTTON):
            self.epp.with_user(self.user_manager).line_ids = [
                Command.update(line.id, {"quantity": 9})
            ]

    def test_wording_is_free(self):
        rule = self.audit.with_user(self.user_manager)
        rule.write({"name": "Audit de sécurité", "article": "Annexe 1", "sequence": 3})

    def test_no_past_by_a_new_line(self):
        rules = self.env["cdg47.quota.rule"].with_user(self.user_manager)
        values = {
            "name": "Autre",
            "forfait_id": self.techno.id,
            "product_ids": [Command.link(self.service("CONFIG-SI").id)],
            "coverage": "included",
        }
        with self.assertRefused(UserError, BUTTON):
            rules.create(values)
        coming = rules.create({**values, "date_from": "2027-01-01"})
        coming.coverage = "excluded"
        with self.assertRefused(UserError, BUTTON):
            coming.date_from = "2026-01-01"

    def test_from_a_date(self):
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-03-10")
        before = self.check(self.convention, "AUDIT-SECU", 1, "day", "2026-11-20")
        revised = self.revise(self.audit, quantity=3)
        self.assertEqual(self.audit.date_to, date(2026, 12, 31))
        self.assertEqual((revised.quantity, revised.date_from), (3, date(2027, 1, 1)))
        self.assertEqual(
            self.check(self.convention, "AUDIT-SECU", 1, "day", "2026-11-20"), before
        )
        # The three years that the first use opened are those of the first line.
        for day, covered in (("2027-02-01", 0), ("2029-04-01", 3)):
            after = self.check(self.convention, "AUDIT-SECU", 3, "day", day)
            self.assertEqual(after["covered"], covered)
        self.assertNoDifference()
        revised.with_user(self.user_manager).quantity = 2  # it decides nothing yet

    def test_quotas_from_a_date(self):
        wizard = self.env["cdg47.quota.rule.revise"].with_user(self.user_manager)
        wizard = wizard.create({"rule_id": self.epp.id, "date_from": "2027-01-01"})
        of_s4 = wizard.line_ids.filtered(lambda ln: ln.stratum_id.code == "S4")
        of_s4.quantity = 7
        revised = self.epp.browse(wizard.action_revise()["res_id"])
        stratum = self.stratum("S4")
        self.assertEqual(self.epp._quantity_for(stratum), 2)
        self.assertEqual(revised._quantity_for(stratum), 7)
        self.assertEqual(len(revised.line_ids), len(self.epp.line_ids))

    def test_within_the_year_uses_are_decided_again(self):
        fact = self.use(self.convention, "FORM-GROUPE", 3, "half_day", "2026-06-10")
        self.assertEqual(fact.billable, 1)
        revised = self.revise(
            self.env.ref(f"{MODULE}.rule_form_groupe"), "2026-01-02", quantity=4
        )
        self.assertEqual(revised.quantity, 4)
        self.assertNoDifference()

    def test_a_closed_year_stays(self):
        with self.assertRefused(ValidationError, "close"):
            self.revise(self.audit, "2025-06-01", quantity=9)

    def test_not_used_it_is_edited(self):
        self.convention.term_ids.state = "draft"
        other = self.env["cdg47.convention.term"].search([("state", "=", "open")])
        other.state = "draft"
        self.audit.with_user(self.user_manager).quantity = 2


@freeze_time("2026-11-20 10:00:00")
@tagged("post_install", "-at_install")
class TestServices(DecidedCase):
    """A service of a line that has decided: archived, it would leave its past too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env,
            "catalogue",
            groups=f"{MODULE}.group_convention_manager,sales_team.group_sale_manager,"
            "product.group_product_manager",
        )
        cls.audit = cls.env.ref(f"{MODULE}.rule_audit_secu")
        cls.given = cls.audit.product_ids

    def test_each_way_is_refused(self):
        given = self.given.with_user(self.seller)
        template = given.product_tmpl_id
        for way in (
            given.action_archive,
            template.action_archive,
            lambda: given.write({"active": False}),
            lambda: template.write({"active": False}),
            lambda: given.write({"cdg47_rule_ids": [Command.unlink(self.audit.id)]}),
            lambda: given.write({"cdg47_rule_ids": [Command.clear()]}),
            given.unlink,
            template.unlink,
        ):
            with self.assertRefused(UserError, self.audit.name):
                way()
        self.assertTrue(self.given.active)
        self.assertEqual(self.audit.product_ids, self.given)

    def test_no_line_is_given_another(self):
        other = self.service("CDC-INFO").with_user(self.seller)
        with self.assertRefused(UserError, self.audit.name):
            other.cdg47_rule_ids = [Command.link(self.audit.id)]

    def test_by_import(self):
        products = self.env["product.product"].with_user(self.seller)
        code = self.given.get_external_id()[self.given.id]
        for name, value in (("active", "0"), ("cdg47_rule_ids/.id", "")):
            result = products.load(["id", name], [[code, value]])
            with self.subTest(name):
                self.assertIn(self.audit.name, str(result["messages"]))
        self.assertTrue(self.given.active)

    def test_what_no_line_gives_is_archived(self):
        service = self.service("CDC-INFO").with_user(self.seller)
        self.assertFalse(service.cdg47_rule_ids.filtered(is_used))
        service.action_archive()
        self.assertFalse(service.active)
        self.given.with_user(self.seller).description = "Une demi-journée par site."

    def test_given_no_more_from_a_date_it_stays(self):
        """2026 keeps its audit, 2027 has none."""
        wizards = self.env["cdg47.quota.rule.revise"].with_user(self.user_manager)
        with Form(wizards.with_context(default_rule_id=self.audit.id)) as form:
            form.date_from = "2027-01-01"
            form.quantity = 0
        form.record.action_revise()
        for day, covered in (("2026-12-31", 1), ("2027-01-01", 0)):
            with self.subTest(day):
                answer = self.check(self.convention, "AUDIT-SECU", 1, "day", day)
                self.assertEqual(answer["covered"], covered)
        with self.assertRefused(UserError, self.audit.name):
            self.given.with_user(self.seller).action_archive()


@freeze_time("2026-11-20 10:00:00")
@tagged("post_install", "-at_install")
class TestStrata(DecidedCase):
    def revise(self, date_from="2027-01-01", user=None, agents=None, **starts):
        wizards = self.env["cdg47.stratum.revise"].with_user(user or self.user_manager)
        wizard = wizards.create({"date_from": date_from})
        for line in wizard.line_ids:
            code = line.stratum_id.code
            if code in starts:
                line.population_from = starts[code]
            if code in (agents or {}):
                line.agents_from = agents[code]
        return wizard.action_revise()

    def code_at(self, partner, day):
        return partner._cdg47_stratum_at(date.fromisoformat(day))[0].code

    def test_each_way_is_refused(self):
        stratum = self.stratum("S4").with_user(self.user_manager)
        for values in (
            {"population_max": 1099},
            {"population_min": 400},
            {"agents_max": 12},
            {"has_population_bounds": False},
            {"for_hosted": True},
            {"past_bounds": []},
        ):
            with self.subTest(values=values), self.assertRefused(UserError, BUTTON):
                stratum.write(values)
        result = stratum.load(["code", "id", "population_max"], [
            ["S4", f"{MODULE}.stratum_s4", "1099"]
        ])  # fmt: skip
        self.assertIn(BUTTON, result["messages"][0]["message"])
        stratum.write({"name": "Communes moyennes", "population_max": 999})

    def test_always_a_table(self):
        """No hole, no overlap, nothing archived, for anybody."""
        for code, values, said in (
            ("S7", {"population_max": 4000}, "4001"),
            ("S7", {"population_max": 6000}, "5000"),
            ("S1", {"population_min": 10}, " 0 "),
            ("S9", {"population_unbounded": False, "population_max": 90000}, "90001"),
            ("S8", {"agents_min": 70}, "60"),
            ("S7", {"active": False}, "S7"),
            ("HEB", {"active": False}, "HEB"),
        ):
            with (
                self.subTest(code=code, values=values),
                self.assertRefused(ValidationError, said),
            ):
                self.stratum(code).write(values)
        with self.assertRefused(ValidationError, BUTTON):
            self.stratum("S7").action_archive()
        with self.assertRefused(ValidationError, "S4"):
            self.env["cdg47.stratum"].create(
                {
                    "code": "S4B",
                    "name": "Entre deux",
                    "has_population_bounds": True,
                    "population_min": 600,
                    "population_max": 700,
                }
            )
        with self.assertRefused(UserError, "S7"):
            self.stratum("S7").unlink()

    def test_from_a_date(self):
        commune = self.make_commune(1050)
        self.revise(S5=1100)
        self.assertEqual(self.code_at(commune, "2026-12-31"), "S5")
        self.assertEqual(self.code_at(commune, "2027-01-01"), "S4")
        self.assertEqual(self.code_at(commune, "2020-05-01"), "S5")
        self.assertEqual(commune.stratum_id.code, "S5", "today")
        self.assertEqual(self.stratum("S4").population_max, 1099)
        self.assertEqual(self.stratum("S5").population_min, 1100)

    def test_agents_too(self):
        office = self.make_establishment(9)
        self.revise(agents={"S5": 9})
        self.assertEqual(self.code_at(office, "2026-12-31"), "S4")
        self.assertEqual(self.code_at(office, "2027-01-01"), "S5")

    def test_a_closed_year_and_a_recorded_change_stay(self):
        with self.assertRefused(UserError, "clos"):
            self.revise("2025-06-01", S5=1100)
        self.revise(S5=1150)
        self.revise(S5=1100)  # not in force yet, it is corrected
        with self.assertRefused(UserError, "clos"):
            self.revise("2026-12-01", S5=1200)
        self.revise("2028-01-01", S5=1200)
        commune = self.make_commune(1050)
        bigger = self.make_commune(1160)
        for day, codes in (
            ("2026-06-01", ("S5", "S5")),
            ("2027-06-01", ("S4", "S5")),
            ("2028-06-01", ("S4", "S4")),
        ):
            self.assertEqual(
                (self.code_at(commune, day), self.code_at(bigger, day)), codes
            )

    def test_nothing_or_nonsense(self):
        with self.assertRefused(UserError, "borne"):
            self.revise()
        with self.assertRefused(ValidationError, "S"):
            self.revise(S5=500)
        with self.assertRefused(ValidationError, " 0 "):
            self.revise(S1=10)

    def test_only_a_manager(self):
        with self.assertRaises(Exception):  # noqa: B017
            self.revise(user=self.user_user, S5=1100)

    def test_a_term_keeps_its_stratum(self):
        term = self.convention.term_ids[0]
        stratum = term.stratum_id
        self.revise(S4=800, S5=1000)
        self.assertEqual(term.stratum_id, stratum)
