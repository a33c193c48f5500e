# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""g17, R15: what commits a commune is written by what receives it, never entered."""

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_convention.tests.common import SIGNATURE

from .common import HelpdeskCase

REFUSED = UserError  # whatever its kind
MANDATE_COLUMNS = ["contact_id/.id", "collectivite_id/.id", "role", "date_start"]


@tagged("post_install", "-at_install")
class TestTraces(HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_admin = cls.env.ref("base.user_admin")
        cls.today = today_in_paris()
        cls.commune = cls.convention.partner_id
        cls.mayor = cls.make_signatory(cls.commune)
        cls.make_portal_user(cls.mayor)
        cls.signatory = cls.mayor.own_mandate_ids
        cls.env["product.pricelist.item"].create(
            {
                "pricelist_id": cls.tariff.id,
                "applied_on": "1_product",
                "product_tmpl_id": cls.metiers.id,
                "compute_price": "fixed",
                "fixed_price": 500,
            }
        )
        cls.proposal = cls.make_convention(date_start=cls.today + timedelta(days=40))
        cls.everybody = (
            cls.technician,
            cls.coordinator,
            cls.user_user,
            cls.user_manager,
            cls.user_accountant,
            cls.user_admin,
        )

    def ask(self, user, records, name, *args, **kwargs):
        """Call as RPC does."""
        model = records.with_user(user).browse()
        return call_kw(model, name, [records.ids, *args], kwargs)

    def refused(self, user, records, name, *args):
        with self.assertRaises(REFUSED):
            if name == "create":
                call_kw(records.with_user(user).browse(), name, list(args), {})
            else:
                self.ask(user, records, name, *args)
            # Some rights are missing before the rule: nothing passes either way.
            self.env.flush_all()

    def mandate_of(self, user, **values):
        return {
            "contact_id": user.partner_id.id,
            "collectivite_id": self.commune.id,
            "role": "signatory",
            **values,
        }

    def test_ten_ways_of_a_technician(self):
        """g17: none commits a commune."""
        user = self.technician
        mandates = self.env["cdg47.mandate"]
        other = self.make_contact("Un ami")
        order = self.proposal.pending_order_id
        ticket = self.ttim(partner=self.commune)
        ended = self.make_mandate(
            other, self.commune, "signatory", date_end=self.today - timedelta(days=1)
        )
        agent = self.make_mandate(other, self.commune, "agent")
        ways = {
            "a mandate for oneself": (mandates, "create", [self.mandate_of(user)]),
            "a mandate for a friend": (
                mandates,
                "create",
                [self.mandate_of(user, contact_id=other.id)],
            ),
            "an agent made signatory": (agent, "write", {"role": "signatory"}),
            "the mandate of the mayor taken": (
                self.signatory,
                "write",
                {"contact_id": user.partner_id.id},
            ),
            "an ended mandate reopened": (ended, "write", {"date_end": False}),
            "by the form of the commune": (
                self.commune,
                "write",
                {"mandate_ids": [Command.create(self.mandate_of(user))]},
            ),
            "by the form of a contact": (
                other,
                "write",
                {
                    "own_mandate_ids": [
                        Command.create(self.mandate_of(user, contact_id=other.id))
                    ]
                },
            ),
            "the quotation signed": (
                order,
                "write",
                {"signed_by": "Maire", "signed_on": "2026-06-10 09:00:00"},
            ),
            "the drawing of a signature": (order, "write", {"signature": SIGNATURE}),
            "the quotation confirmed": (order, "action_confirm"),
            "the state of the quotation": (order, "write", {"state": "sale"}),
            "the convention signed": (
                self.proposal,
                "write",
                {"state": "active", "signed_by": "Maire"},
            ),
            "a forfait more": (
                self.env["cdg47.convention.line"],
                "create",
                [
                    {
                        "convention_id": self.convention.id,
                        "forfait_id": self.parapheur.id,
                        "date_start": self.today,
                    }
                ],
            ),
            "another debtor": (
                self.convention,
                "write",
                {"invoice_partner_id": self.make_commune().id},
            ),
            "a written request": (
                ticket,
                "write",
                {"written_request_by": "Maire", "written_request_on": self.today},
            ),
            "the address of the mayor": (
                self.mayor,
                "write",
                {"email": "technicien@example.com"},
            ),
        }
        for name, (records, method, *args) in ways.items():
            with self.subTest(way=name):
                self.refused(user, records, method, *args)
        self.assertEqual(order.state, "sent" if order.state == "sent" else "draft")
        self.assertNotIn(user.partner_id | other, self.commune._cdg47_signatories())

    def test_ways_through_assistants(self):
        user = self.technician
        with self.assertRaises(REFUSED):
            self.env["cdg47.mayor.change"].with_user(user).create(
                {"partner_id": self.commune.id, "contact_id": user.partner_id.id}
            ).action_apply()
        result = (
            self.env["cdg47.mandate"]
            .with_user(user)
            .load(
                MANDATE_COLUMNS,
                [[user.partner_id.id, self.commune.id, "signatory", "2026-01-01"]],
            )
        )
        self.assertFalse(result["ids"])
        merge = self.env["base.partner.merge.automatic.wizard"].with_user(user)
        with self.assertRaises(REFUSED):
            merge.create({})._merge((self.mayor | user.partner_id).ids, user.partner_id)
        self.assertEqual(self.commune._cdg47_signatories(), self.mayor)

    def test_no_role_enters_a_trace(self):
        order = self.proposal.pending_order_id
        signed = self.convention.term_ids.order_id[:1] or order
        ticket = self.ttim(partner=self.commune)
        ticket._record_written_request("Maire", self.today)
        term = self.convention.term_ids.filtered(lambda t: t.state == "open")[:1]
        line = self.convention.line_ids[:1]
        census = self.commune.census_ids[:1]
        duty = self.env["cdg47.duty"].create(
            {
                "partner_id": self.commune.id,
                "convention_id": self.convention.id,
                "product_id": self.service("ACTES").id,
                "date": self.today,
                "name": "Lettre",
                "origin": "x,1",
            }
        )
        self.assertTrue(term and line and census)
        entered = (
            (order, {"signed_by": "Maire"}),
            (order, {"signature": SIGNATURE}),
            (order, {"state": "sale"}),
            (self.proposal, {"state": "active"}),
            (self.proposal, {"signed_by": "Maire"}),
            (self.proposal, {"signature": SIGNATURE}),
            (self.convention, {"state": "draft"}),
            (self.convention, {"signed_on": "2020-01-01 09:00:00"}),
            (self.convention, {"date_end": "2030-12-31"}),
            (self.convention, {"date_start": "2020-01-01"}),
            (self.convention, {"countersigned_on": "2020-01-01"}),
            (self.convention, {"partner_id": self.make_commune().id}),
            (line, {"forfait_id": self.parapheur.id}),
            (line, {"date_start": "2020-01-01"}),
            (line, {"date_end": "2026-12-31"}),
            (
                self.convention,
                {"line_ids": [Command.update(line.id, {"date_end": "2026-12-31"})]},
            ),
            (term, {"date_end": "2030-12-31"}),
            (term, {"state": "cancelled"}),
            (term, {"stratum_id": self.stratum("S1").id}),
            (term, {"stratum_reason": "Dit par elle-même"}),
            (ticket, {"written_request_by": "Un autre"}),
            (ticket, {"written_request_on": False}),
            (census, {"population_total": 10}),
            (census, {"has_agents": True}),
            (duty, {"date": "2020-01-01"}),
            (self.commune, {"collectivite_type": "etablissement"}),
            (self.commune, {"collectivite_type": False}),
        )
        for user in self.everybody:
            for records, values in entered:
                with self.subTest(user=user.login, on=records._name, values=values):
                    self.refused(user, records, "write", values)
            for records in (line, term, census, duty, self.convention):
                with self.subTest(user=user.login, unlink=records._name):
                    self.refused(user, records, "unlink")
            self.refused(
                user, self.env["sale.order"], "create",
                [{"partner_id": self.commune.id, "signed_by": "Maire"}],
            )  # fmt: skip
            self.refused(
                user, self.env["cdg47.mandate"], "create", [self.mandate_of(user)]
            )
            self.refused(user, term, "copy", {"date_start": "2025-01-01"})
            result = line.with_user(user).load(
                [".id", "date_end"], [[str(line.id), "2026-12-31"]]
            )
            self.assertFalse(result["ids"], user.login)
        self.assertTrue(signed)

    def test_a_manager_gives_mandates_to_others_and_it_is_logged(self):
        other = self.make_contact("Nouvelle maire")
        before = self.commune.message_ids
        mandate = (
            self.env["cdg47.mandate"]
            .with_user(self.user_manager)
            .create(self.mandate_of(self.user_manager, contact_id=other.id))
        )
        said = self.commune.message_ids - before
        self.assertIn("Nouvelle maire", said.body)
        self.assertEqual(said.author_id, self.user_manager.partner_id)
        mandate.date_end = self.today
        self.assertIn("Nouvelle maire", (self.commune.message_ids - before)[0].body)
        self.mayor.with_user(self.user_manager).email = "maire@example.com"
        # Agents and secretaries stay the affair of every user.
        self.env["cdg47.mandate"].with_user(self.technician).create(
            self.mandate_of(self.technician, contact_id=other.id, role="secretary")
        )

    def test_what_is_lawful_passes(self):
        """Signed by the mayor, counter-signed and ended by a manager."""
        convention = self.proposal
        self.sign(convention)
        self.assertEqual((convention.state, convention.signed_by), ("active", "Maire"))
        convention.with_user(self.user_manager).action_countersign()
        self.assertEqual(convention.countersigned_by_id, self.user_manager)
        wizard = self.env["cdg47.convention.terminate"].with_user(self.user_manager)
        wizard.create(
            {
                "convention_id": convention.id,
                "kind": "date",
                "end_date": convention.date_start + timedelta(days=60),
                "end_reason_id": self.env.ref(
                    "cdg47_convention.end_reason_withdrawal"
                ).id,
            }
        ).action_terminate()
        self.assertTrue(convention.termination_date)
        convention.with_user(self.user_manager).action_cancel_termination()
        self.assertFalse(convention.termination_date)

    def test_a_document_recorded_passes(self):
        ticket = self.ttim(partner=self.commune)
        ticket.with_user(self.technician).action_estimate()
        ticket.with_user(self.technician).action_send_estimate()
        wizard = self.env["cdg47.written.request"].with_user(self.technician)
        wizard.create(
            {
                "ticket_id": ticket.id,
                "requested_by": "Maire",
                "document": SIGNATURE,
            }
        ).action_record()
        self.assertEqual(ticket.written_request_by, "Maire")
        self.assertEqual(set(ticket.order_ids.mapped("state")), {"sale"})
