# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Putting an access in service: checklist, once-only day, delegation, visits, mayor."""

import base64
from datetime import date, datetime

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MODULE
from .ledger_common import LedgerCase


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class ActivationCase(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_price("INSTALL-CDG", 380)
        cls.env["cdg47.service.activation"]._open_for(
            cls.convention, cls.metiers | cls.techno
        )

    def access(self, code):
        return self.convention.activation_ids.filtered(
            lambda activation: activation.product_id == self.service(code)
        ).with_user(self.user_user)

    def used(self):
        return self.env["cdg47.consumption"].search(
            [("partner_id", "=", self.commune.id)]
        )

    def day(self, access, **values):
        action = access.action_accompany()
        wizard = self.env["cdg47.accompaniment.use"].with_user(self.user_user)
        return wizard.with_context(**action["context"]).create(values)


class TestAccompaniment(ActivationCase):
    def test_checklist_of_the_annex_uses_nothing(self):
        """Setting up a nomenclature is a step: only the accompaniment is a use."""
        actes = self.access("ACTES")
        self.assertEqual(len(actes.step_ids), 4)
        self.assertEqual(actes.step_ids.mapped("is_accompaniment").count(True), 1)
        actes.action_start()
        actes.step_ids.filtered(lambda s: not s.is_accompaniment).done = True
        self.assertEqual(actes.progress, 75)
        actes.action_activate()
        self.assertFalse(self.used())

    def test_each_access_has_its_own_day(self):
        for code in ("MARCHES", "ACTES", "SVE", "CONVOCATION"):
            access = self.access(code)
            self.assertEqual(access.accompaniment_id, self.service(f"{code}-ACCOMP"))
            self.day(access).action_use()
        self.assertEqual(
            [(fact.covered, fact.billable) for fact in self.used()], [(1, 0)] * 4
        )
        self.assertEqual(len(self.commune.entitlement_ids), 4)
        self.assertNoDifference()

    def test_dry_run_first_then_the_use(self):
        marches = self.access("MARCHES")
        wizard = self.day(marches, date="2027-06-14", quantity=0.5)
        self.assertEqual((wizard.covered, wizard.billable), (0.5, 0))
        self.assertIn("Annexe 3 II 2 b", wizard.explanation)
        self.assertFalse(self.used())
        wizard.action_use()
        fact = self.used()
        self.assertEqual((fact.covered, fact.origin), (0.5, marches))
        self.assertEqual(fact.verdict, wizard.explanation)
        self.assertEqual(marches.used_days, 0.5)
        step = marches.step_ids.filtered("is_accompaniment")
        self.assertTrue(step.done)
        self.assertIn("Annexe 3 II 2 b", marches.message_ids[0].body)
        self.assertEqual(
            self.env["cdg47.consumption"].search(marches.action_view_uses()["domain"]),
            fact,
        )
        # The half-day left, then what is beyond, with its price.
        wizard = self.day(marches, quantity=1)
        self.assertEqual((wizard.covered, wizard.billable), (0.5, 0.5))
        self.assertIn("380,00", wizard.explanation)

    def test_on_screen(self):
        action = self.access("SVE").action_accompany()
        wizard = self.env["cdg47.accompaniment.use"].with_user(self.user_user)
        with Form(wizard.with_context(**action["context"])) as form:
            self.assertEqual(form.covered, 1)
            form.quantity = 2
            self.assertEqual((form.covered, form.billable), (1, 1))
            form.uom_id = self.unit("half_day")
            self.assertEqual((form.covered, form.billable), (2, 0))

    def test_software_by_software(self):
        """INSTALL-METIERS opens once per software: the software is asked."""
        wizard = self.env["cdg47.accompaniment.use"].with_user(self.user_user)
        values = {
            "convention_id": self.convention.id,
            "product_id": self.service("INSTALL-METIERS").id,
        }
        unknown = wizard.create(values)
        self.assertTrue(unknown.is_by_software)
        self.assertFalse(unknown.explanation)
        with self.assertRefused(UserError, "logiciel"):
            unknown.action_use()
        for software in self.payroll | self.registry_office | self.payroll:
            wizard.create({**values, "scope_id": software.id}).action_use()
        self.assertEqual(self.used().sorted("rank").mapped("covered"), [1, 1])
        again = wizard.create({**values, "scope_id": self.payroll.id})
        self.assertEqual((again.covered, again.billable), (0, 1))

    def test_certificates(self):
        """Installing a certificate uses nothing; its accompaniment has its own day."""
        self.env["cdg47.allocation"].create(
            {
                "partner_id": self.commune.id,
                "product_id": self.service("CERT").id,
                "date_start": "2027-06-01",
                "state": "active",
            }
        )
        self.assertFalse(self.used())
        wizard = self.env["cdg47.accompaniment.use"].with_user(self.user_user)
        wizard.create(
            {
                "convention_id": self.convention.id,
                "product_id": self.service("CERT-ACCOMP").id,
            }
        ).action_use()
        self.assertEqual(self.used().covered, 1)

    def test_access_without_a_day(self):
        with self.assertRefused(UserError, "accompagnement"):
            self.access("ENVOI").action_accompany()

    def test_an_employee_uses_nothing(self):
        with self.assertRaises(AccessError):
            self.env["cdg47.accompaniment.use"].with_user(self.user_employee).create(
                {
                    "convention_id": self.convention.id,
                    "product_id": self.service("SVE-ACCOMP").id,
                }
            )

    def test_used_days_of_many_cost_the_same(self):
        def cost(accesses):
            with self.counted_queries() as queries:
                accesses.mapped("used_days")
                accesses.mapped("visit_count")
                accesses.mapped("accompaniment_id")
            return queries.number

        accesses = self.convention.activation_ids
        accesses = accesses.browse(accesses.ids)
        self.assertGreater(len(accesses), 5)
        cost(accesses[:2])
        self.assertEqual(cost(accesses[:2]), cost(accesses))


class TestOptionsAndDelegation(ActivationCase):
    def test_the_parapheur_opens_with_its_option(self):
        self.assertFalse(self.access("PARAPHEUR"))
        before = self.check(self.convention, "PARAPHEUR", 1, "account", "2027-06-15")
        self.assertEqual(before["covered"], 0)
        self.convention.line_ids.create(
            {
                "convention_id": self.convention.id,
                "forfait_id": self.parapheur.id,
                "date_start": "2027-06-01",
            }
        )
        self.env["cdg47.service.activation"]._open_for(self.convention, self.parapheur)
        self.assertEqual(len(self.access("PARAPHEUR")), 1)
        refused = self.check(self.convention, "PARAPHEUR", 1, "account", "2027-06-15")
        self.assertIn("ertificat", refused["obstacle"][0])
        self.env["cdg47.allocation"].create(
            {
                "partner_id": self.commune.id,
                "product_id": self.service("CERT").id,
                "date_start": "2027-06-01",
                "state": "active",
            }
        )
        held = self.check(self.convention, "PARAPHEUR", 1, "account", "2027-06-15")
        self.assertEqual((held["covered"], held["billable"]), (1, 0))

    def test_delegation_of_the_epp(self):
        epp = self.access("EPP-ADMIN")
        agent = self.make_contact("Agent informatique")
        epp.write({"delegate_id": agent.id, "delegated_since": "2027-06-01"})
        self.assertRecordValues(
            epp, [{"can_delegate": True, "delegate_id": agent.id, "state": "todo"}]
        )

    def test_deliverables(self):
        attachments = self.env["ir.attachment"].with_user(self.user_user)
        plan = attachments.create(
            {"name": "Plan de sauvegarde.pdf", "datas": base64.b64encode(b"%PDF")}
        )
        access = self.access("SVE")
        access.deliverable_ids = plan
        self.assertEqual(access.deliverable_ids.name, "Plan de sauvegarde.pdf")


class TestVisits(ActivationCase):
    def plan(self, action, **values):
        """Save the form that the button opens, as a technician."""
        events = self.env["calendar.event"].with_user(self.user_user)
        return events.with_context(**action["context"]).create(
            {
                "start": datetime(2027, 6, 20, 7, 0),
                "stop": datetime(2027, 6, 20, 10, 0),
                **values,
            }
        )

    def test_planned_from_the_access(self):
        secretary = self.make_contact()
        self.make_mandate(secretary, self.commune)
        access = self.access("ACTES")
        visit = self.plan(access.action_view_visits())
        self.assertEqual(visit.cdg47_activation_id, access)
        self.assertEqual(visit.cdg47_collectivite_id, self.commune)
        self.assertEqual(visit.partner_ids, secretary | self.user_user.partner_id)
        self.assertIn(self.commune.name, visit.name)
        self.assertEqual((access.visit_count, self.commune.cdg47_visit_count), (1, 1))
        domain = self.commune.with_user(self.user_user).action_view_visits()["domain"]
        self.assertEqual(self.env["calendar.event"].search(domain), visit)

    def test_planned_from_the_collectivite(self):
        action = self.commune.with_user(self.user_user).action_view_visits()
        visit = self.plan(action)
        self.assertEqual(visit.cdg47_collectivite_id, self.commune)
        self.assertFalse(visit.cdg47_activation_id)
        self.assertEqual(self.access("ACTES").visit_count, 0)

    def test_seen_by_those_invited_only(self):
        secretary = self.make_contact()
        self.make_mandate(secretary, self.commune)
        own = self.make_portal_user(secretary)
        other_commune = self.make_commune(300)
        stranger = self.make_contact()
        self.make_mandate(stranger, other_commune)
        other = self.make_portal_user(stranger)
        visit = self.plan(self.access("ACTES").action_view_visits())
        Event = self.env["calendar.event"]
        self.assertEqual(Event.with_user(own).search([]), visit)
        self.assertFalse(Event.with_user(other).search([]))
        with self.assertRaises(AccessError):
            visit.with_user(other).read(["name"])
        for values in ({"name": "x"}, {"cdg47_collectivite_id": other_commune.id}):
            with self.assertRaises(AccessError):
                visit.with_user(own).write(values)
        with self.assertRaises(AccessError):
            visit.with_user(own).read(["cdg47_activation_id"])
        with self.assertRaises(AccessError):
            self.commune.with_user(own).read(["cdg47_visit_count"])


class TestMayorGuide(ActivationCase):
    def test_lists_all_that_is_personal(self):
        """Signatory, certificate, parapheur and convocation accounts."""
        mayor = self.make_signatory(self.commune)
        self.convention.line_ids.create(
            {
                "convention_id": self.convention.id,
                "forfait_id": self.parapheur.id,
                "date_start": "2027-06-01",
            }
        )
        self.env["cdg47.service.activation"]._open_for(self.convention, self.parapheur)
        certificate = self.env["cdg47.allocation"].create(
            {
                "partner_id": self.commune.id,
                "product_id": self.service("CERT").id,
                "holder_id": mayor.id,
                "date_start": "2027-01-01",
                "state": "active",
            }
        )
        guide = self.env["cdg47.mayor.change"].with_user(self.user_manager)
        guide = guide.create(
            {"partner_id": self.commune.id, "date_start": date(2027, 7, 1)}
        )
        self.assertEqual(guide.mandate_ids.contact_id, mayor)
        self.assertEqual(guide.allocation_ids, certificate)
        self.assertEqual(
            set(guide.activation_ids.product_id.mapped("default_code")),
            {"PARAPHEUR", "CONVOCATION"},
        )
        guide.contact_id = self.make_contact("Maire entrant")
        guide.action_apply()
        kind = self.env.ref(f"{MODULE}.mail_activity_type_mayor")
        planned = self.env["mail.activity"].search([("activity_type_id", "=", kind.id)])
        self.assertEqual(len(planned), 3)
