# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may do what: one table, tested and published in readme/ACCESS.md."""

import inspect
from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import file_open, mute_logger

from .common import MODULE, ConventionCase

OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
ROLES = ("public", "portal", "employee", "user", "manager", "accountant")

# Model → rights of the ROLES, in their order. A portal user reads what belongs to the
# collectivités of today's mandates, and nothing else.
MATRIX = {
    # Annexe 1, its services and its editors
    "cdg47.stratum": "- r r r rwcd r",
    "cdg47.quota.rule": "- r r r rwcd r",
    "cdg47.quota.rule.line": "- r r r rwcd r",
    "cdg47.service.step": "- r r r rwcd r",
    "cdg47.software.editor": "- r r r rwcd r",
    "cdg47.software": "- r r r rwcd r",
    # Collectivités
    "res.partner": "r r r rwcd rwcd r",
    "cdg47.census": "- r r rwc rwcd r",
    "cdg47.mandate": "- r r rwc rwcd r",
    # Conventions
    "cdg47.convention": "- r r rwc rwcd r",
    "cdg47.convention.line": "- r r rwcd rwcd r",
    "cdg47.convention.term": "- r r r r r",
    "cdg47.end.reason": "- - r r rwcd r",
    "cdg47.service.activation": "- r r rwc rwcd r",
    "cdg47.service.activation.step": "- r r rwc rwcd r",
    "cdg47.allocation": "- r r rwc rwcd r",
    "cdg47.consumption": "- - r rc rc r",
    "cdg47.entitlement": "- - r r r r",
    "cdg47.grant": "- - r r r r",
    "cdg47.duty": "- r r r r r",
    "cdg47.ledger": "- - r r r r",
    "cdg47.overage": "- - r r r r",
    "cdg47.use.report": "- - r r r r",
    "cdg47.statement.batch": "- - - rwc rwcd -",
    "cdg47.statement.line": "- - - rwc rwcd -",
    "cdg47.proposal.batch": "- - - rwc rwcd -",
    "cdg47.proposal.line": "- - - rwcd rwcd -",
    "cdg47.campaign": "- - - r rwcd r",
    "cdg47.campaign.line": "- - - r rwcd r",
    "cdg47.campaign.fee": "- - - r rwcd r",
    # Sales and invoices: Odoo's own rights
    "sale.order": "- r - rwc rwcd rw",
    "account.move": "- r - r r rwcd",
    "product.template": "- - r r rwcd r",
    "product.pricelist": "- - r r rwcd r",
    "product.pricelist.item": "- - r r rwcd r",
    # Assistants
    "cdg47.annexe.viewer": "- - rwc rwc rwc rwc",
    "cdg47.year": "- - - rwc rwc -",
    "cdg47.year.step": "- - - rwc rwc -",
    "cdg47.activity.report.print": "- - - rwc rwc rwc",
    "cdg47.quota.sheet": "- - rwc rwc rwc rwc",
    "cdg47.census.import": "- - - rwc rwc -",
    "cdg47.csv.import.line": "- - - rwcd rwcd rwcd",
    "cdg47.takeover.import": "- - - - rwc -",
    "cdg47.mayor.import": "- - - - rwc -",
    "cdg47.movement.import": "- - - - rwc -",
    "cdg47.tariff.grid": "- - - - rwc -",
    "cdg47.tariff.import": "- - - - rwc -",
    "cdg47.tariff.grid.line": "- - - - rwcd -",
    "cdg47.consumption.reverse": "- - - rwc rwc -",
    "cdg47.grant.goodwill": "- - - - rwc -",
    "cdg47.ledger.check": "- - - - rwc -",
    "cdg47.convention.propose": "- - - rwc rwc -",
    "cdg47.convention.terminate": "- - - - rwc -",
    "cdg47.forfait.end": "- - - - rwc -",
    "cdg47.paper.signature": "- - - rwc rwc -",
    "cdg47.quota.rule.revise": "- - - - rwc -",
    "cdg47.quota.rule.revise.line": "- - - - rwcd -",
    "cdg47.stratum.change": "- - - - rwc -",
    "cdg47.stratum.revise": "- - - - rwc -",
    "cdg47.stratum.revise.line": "- - - - rwcd -",
    "cdg47.accompaniment.use": "- - - rwc rwc -",
    "cdg47.collectivite.merge": "- - - - rwc -",
    "cdg47.mayor.change": "- - - - rwc -",
    "cdg47.title.import": "- - - - - rwc",
    "cdg47.quarter.invoice": "- - - - - rwc",
    "cdg47.volume.import": "- - - rwc rwc -",
}


def as_markdown():
    """Return the table as the documentation prints it."""
    lines = [
        "Rights by role: `r` read, `w` write, `c` create, `d` delete, `-` none. A",
        "portal user reads what belongs to the collectivités of today's mandates,",
        "nothing else. Every employee reads conventions; an accountant is a member of",
        "Odoo's own group « Invoicing ».",
        "",
        f"| model | {' | '.join(ROLES)} |",
        "|---" * (len(ROLES) + 1) + "|",
    ]
    lines += [
        f"| `{model}` | {' | '.join(rights.split())} |"
        for model, rights in MATRIX.items()
    ]
    return "\n".join(lines) + "\n"


# An id that no record has: assistants are only called on what does not exist.
NOBODY = 2**31 - 1


class AccessCase(ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commune = cls.make_commune(750)
        cls.mayor = cls.make_signatory(cls.commune)
        cls.portal_user = cls.make_portal_user(cls.mayor)
        cls.users = {
            "public": cls.env.ref("base.public_user"),
            "portal": cls.portal_user,
            "employee": cls.user_employee,
            "user": cls.user_user,
            "manager": cls.user_manager,
            "accountant": cls.user_accountant,
        }
        cls.convention = cls.make_signed_convention(
            cls.commune, cls.metiers | cls.techno
        )
        cls.env["cdg47.allocation"].create(
            {
                "partner_id": cls.commune.id,
                "product_id": cls.service("EPP").id,
                "date_start": "2027-01-01",
            }
        )


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestMatrix(AccessCase):
    @classmethod
    def own_models(cls):
        """Return the models of this add-on; the others have tables of their own."""
        return {
            name
            for name, model in cls.env.registry.items()
            if model._original_module == MODULE
            and name.startswith("cdg47.")
            and not model._abstract
        }

    def test_every_model_is_in_the_table(self):
        missing = self.own_models() - set(MATRIX)
        self.assertFalse(missing)

    def test_every_role_on_every_model(self):
        for model, rights in MATRIX.items():
            for role, expected in zip(ROLES, rights.split(), strict=True):
                with self.subTest(model=model, role=role):
                    records = self.env[model].with_user(self.users[role])
                    allowed = "".join(
                        letter
                        for letter, operation in OPERATIONS.items()
                        if records.has_access(operation)
                    )
                    self.assertEqual(allowed or "-", expected)

    def test_refusals_are_refused_on_records(self):
        """The table says it, the records do it: each refusal raises."""
        for model, rights in MATRIX.items():
            record = self.env[model].search([], limit=1)
            if not record:
                continue
            for role, allowed in zip(ROLES, rights.split(), strict=True):
                for letter in set("rwd") - set(allowed):
                    with (
                        self.subTest(model=model, role=role, operation=letter),
                        self.assertRaises(AccessError),
                    ):
                        self.attempt(record.with_user(self.users[role]), letter)

    @mute_logger("odoo.models.unlink")
    def attempt(self, record, letter):
        if letter == "r":
            record.invalidate_recordset()
            record.read(["display_name"])
        elif letter == "w":
            record.write({"write_date": False})
        else:
            record.unlink()

    def test_documented(self):
        with file_open(f"{MODULE}/readme/ACCESS.md") as stream:
            self.assertEqual(stream.read(), as_markdown())

    # === Beyond the table ===
    def test_signed_fields_are_changed_by_their_buttons(self):
        """A user neither activates, nor counter-signs, nor ends by writing a field."""
        convention = self.convention.with_user(self.user_user)
        for name, value in (
            ("state", "terminated"),
            ("countersigned_on", "2027-01-05"),
            ("countersigned_by_id", self.user_user.id),
            ("termination_date", "2027-01-05"),
            ("date_end", "2027-06-30"),
            ("date_start", "2027-02-01"),
            ("partner_id", self.make_commune().id),
            ("signed_by", "Nobody"),
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                convention[name] = value
        convention.deliberation_number = "2026-42"
        draft = self.make_convention(self.make_commune(), user=self.user_user)
        draft = draft.with_user(self.user_user)
        for values in ({"state": "active"}, {"signed_by": "Nobody"}):
            with self.subTest(values), self.assertRaises(AccessError):
                draft.write(values)
        with self.assertRaises(AccessError):
            draft.create(
                {
                    "partner_id": self.make_commune().id,
                    "date_start": "2027-01-01",
                    "state": "active",
                }
            )
        draft.date_end = date(2029, 12, 31)
        with self.assertRaises(AccessError):
            draft.term_ids.stratum_id = self.stratum("S1")

    def test_user_runs_the_whole_proposal(self):
        """All that a user does every day needs no manager; who signs does (R15)."""
        user = self.user_user
        commune = self.make_commune(90)
        commune.with_user(user).write({"dpo_contact": "dpo@example.com"})
        contact = self.env["res.partner"].with_user(user).create({"name": "Maire"})
        contact.email = "maire@example.com"
        mandates = self.env["cdg47.mandate"]
        mandate = {
            "contact_id": contact.id,
            "collectivite_id": commune.id,
            "role": "signatory",
            "date_start": "2026-01-01",
        }
        with self.assertRaises(AccessError):
            mandates.with_user(user).create(mandate)
        mandates.with_user(self.user_manager).create(mandate)
        convention = self.make_convention(commune, user=user).with_user(user)
        convention.action_send()
        convention.action_back_to_draft()
        convention.action_propose()
        convention.action_send()
        self.assertEqual(convention.state, "sent")

    def test_accountant_invoices_and_decides_nothing_else(self):
        accountant = self.user_accountant
        invoice = self.convention.order_ids.with_user(accountant)._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")
        self.assertTrue(invoice._cdg47_bases())
        with self.assertRaises(AccessError):
            self.convention.with_user(accountant).write({"renewal": "express"})


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestPublicMethods(AccessCase):
    """Every method without an underscore can be called by anybody who may log in."""

    STANDARD = {
        "create",
        "write",
        "unlink",
        "copy",
        "default_get",
        "search",
        "read",
    } | {
        "message_post"  # What the page of one's own order does.
    }

    def public_methods(self, model):
        """Return what our add-on adds to the remote interface of a model."""
        names = set()
        for base in type(self.env[model]).__mro__:
            if not base.__module__.startswith(f"odoo.addons.{MODULE}."):
                continue
            names |= {
                name
                for name, member in vars(base).items()
                if inspect.isfunction(member)
                and not name.startswith("_")
                and name not in self.STANDARD
            }
        return sorted(names)

    def state_of_the_world(self):
        """Return what a portal user could have changed, sent or created."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT id, state, countersigned_on, date_end, termination_date
              FROM cdg47_convention
            """
        )
        rows = [tuple(self.env.cr.fetchall())]
        for model in (
            "sale.order", "cdg47.convention.term", "cdg47.service.activation",
        ):  # fmt: skip
            records = self.env[model].search([], order="id")
            rows.append(tuple(records.mapped(lambda r: (r.id, r.state))))
        for model in (
            "mail.mail", "mail.message", "account.move", "ir.attachment",
            "cdg47.consumption", "cdg47.allocation", "res.partner",
            "cdg47.quota.rule", "cdg47.service.activation.step",
        ):  # fmt: skip
            rows.append(self.env[model].search_count([]))
        return rows

    def targets(self, model):
        """Return the records of a model a portal user can read, if any."""
        records = self.env[model].with_user(self.portal_user)
        if not records.has_access("read"):
            return self.env[model].search([], limit=1)
        if model == "res.partner":
            return self.commune
        return records.search([], limit=50)

    def test_portal_calls_are_refused_or_harmless(self):
        sent = self.make_convention(
            self.commune, self.techno, date_start=date(2033, 1, 1)
        )
        sent.action_send()
        pending = self.amend(self.convention, self.parapheur, date(2027, 2, 1))
        pending.action_quotation_sent()
        self.assertIn(sent, self.targets("cdg47.convention"))
        called = 0
        world = self.state_of_the_world()
        for model in sorted(self.env.registry):
            if self.env[model]._abstract:
                continue
            for method in self.public_methods(model):
                called += 1
                with self.subTest(model=model, method=method):
                    self.call_as_portal(model, method)
                    self.assertEqual(self.state_of_the_world(), world)
        self.assertGreater(called, 15)

    def call_as_portal(self, model, method):
        """Call a method by the same door as the remote interface."""
        records = self.env[model].with_user(self.portal_user)
        ids = self.targets(model).ids
        for record_id in ids or [NOBODY]:
            try:
                call_kw(records, method, [[record_id]], {})
                self.env.flush_all()
            except (AccessError, MissingError, UserError, TypeError):
                self.env.invalidate_all()

    def test_the_door_is_open_to_those_who_may(self):
        """Negative control: the same call by a manager does change the world."""
        world = self.state_of_the_world()
        convention = self.env["cdg47.convention"].with_user(self.user_manager)
        call_kw(convention, "action_countersign", [self.convention.ids], {})
        self.assertNotEqual(self.state_of_the_world(), world)
