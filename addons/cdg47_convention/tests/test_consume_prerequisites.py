# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What must be held before a service is used or covered (R9), said with the way on."""

from freezegun import freeze_time

from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from .common import MODULE
from .ledger_common import LedgerCase


@freeze_time("2027-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestConsumePrerequisites(LedgerCase):
    def ask(self, code, unit, quantity=1):
        return self.check(self.convention, code, quantity, unit, "2027-06-15")

    def test_group_training_depends_on_the_editor(self):
        """An editor that does not allow it: nothing is written."""
        other = self.env.ref(f"{MODULE}.software_editor_other")
        self.commune.software_editor_id = other
        answer = self.ask("FORM-GROUPE", "half_day")
        self.assertEqual((answer["covered"], answer["billable"]), (0, 0))
        self.assertIn(other.name, answer["reason"])
        self.assertIn("Annexe 1", answer["reason"])
        with self.assertRaises(RedirectWarning) as caught:
            self.use(self.convention, "FORM-GROUPE", 1, "half_day", "2027-06-15")
        message, action, button, *_context = caught.exception.args
        self.assertIn(other.name, message)
        self.assertEqual(action["res_id"], self.commune.id)
        self.assertTrue(button)
        facts = self.env["cdg47.consumption"].search(
            [("partner_id", "=", self.commune.id)]
        )
        self.assertFalse(facts)
        supporting = self.env.ref(f"{MODULE}.software_editor_partner")
        self.commune.software_editor_id = supporting
        answer = self.ask("FORM-GROUPE", "half_day")
        self.assertEqual((answer["covered"], answer["obstacle"]), (1, None))
        self.use(self.convention, "FORM-GROUPE", 1, "half_day", "2027-06-15")

    def test_a_prerequisite_of_a_flow(self):
        """A line of the annex may ask for something held: it is asked at each use."""
        self.env.ref(f"{MODULE}.rule_audit_secu").prerequisite_ids = self.service(
            "CERT"
        )
        with self.assertRefused(RedirectWarning, "ertificat"):
            self.use(self.convention, "AUDIT-SECU", 1, "day", "2027-06-15")
        self.env["cdg47.allocation"].create(
            {
                "partner_id": self.commune.id,
                "product_id": self.service("CERT").id,
                "date_start": "2027-01-01",
                "state": "active",
                "obtained_elsewhere": True,
            }
        )
        fact = self.use(self.convention, "AUDIT-SECU", 1, "day", "2027-06-15")
        self.assertEqual((fact.covered, fact.billable), (1, 0))

    def test_dry_run_of_what_is_not_used_up(self):
        """Mailbox without a domain, accesses the editor does not support."""
        mail = self.ask("MAIL", "account")
        self.assertEqual((mail["covered"], mail["billable"]), (0, 0))
        self.assertEqual(mail["obstacle"][1]["type"], "ir.actions.server")
        self.assertIn(mail["obstacle"][0], mail["reason"])
        self.commune._cdg47_use_cdg_domain()
        self.assertEqual(self.ask("MAIL", "account")["covered"], 1)
        self.assertEqual(self.ask("PES", "hour")["covered"], 1)
        other = self.env.ref(f"{MODULE}.software_editor_other")
        self.commune.software_editor_id = other
        for code in ("PES", "CHORUS", "COMPTA-ASSIST"):
            self.assertIn(other.name, self.ask(code, "hour")["obstacle"][0])

    def test_antispam_with_a_domain_of_its_own_is_studied(self):
        self.env["cdg47.allocation"].create(
            {
                "partner_id": self.commune.id,
                "product_id": self.service("DOMAINE-PROPRE").id,
                "identifier": "commune.example.com",
                "date_start": "2027-01-01",
                "state": "active",
            }
        )
        answer = self.ask("ANTISPAM", "account")
        self.assertEqual((answer["covered"], answer["billable"]), (0, 0))
        self.assertIn("étude", answer["reason"])
