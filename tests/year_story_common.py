# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How the steps of the year story are played: cut short, whole, then once more."""

from contextlib import contextmanager
from datetime import datetime
from functools import partial
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user
from odoo.tools import SQL

from odoo.addons.cdg47_convention.tests.campaign_common import CampaignMixin, rows_of
from odoo.addons.cdg47_convention.tests.common import ConventionCase
from odoo.addons.cdg47_helpdesk.tests.common import HelpdeskMixin
from odoo.addons.cdg47_training.tests.common import TrainingMixin

# All that a step may change, row by row: terms, orders, invoices, facts, rights… but
# the amounts of a simulation, that are drawn anew each time.
STATE = (
    "cdg47_census", "cdg47_convention", "cdg47_convention_line",
    "cdg47_convention_term", "sale_order", "sale_order_line", "account_move",
    "account_move_line",
    "cdg47_consumption", "cdg47_entitlement", "cdg47_grant", "cdg47_allocation",
    "cdg47_service_activation", "cdg47_duty", "helpdesk_ticket",
    "account_analytic_line", "event_event", "event_registration",
    "cdg47_training_participation", "cdg47_training_attendance",
    "cdg47_training_attestation", "cdg47_training_convocation", "mailing_mailing",
    "mailing_trace", "cdg47_campaign", "cdg47_campaign_line", "mail_mail",
    "mail_activity",
)  # fmt: skip
# When and by whom a row was last touched says nothing of what it says.
UNTOLD = "{write_date,write_uid,simulated_on,started_on,ended_on}"


class Killed(BaseException):
    """The process dies: no code may catch it and go on."""


class YearStoryCase(CampaignMixin, HelpdeskMixin, TrainingMixin, ConventionCase):
    """The people of the year, and how their steps are played."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "fr_FR"})
        cls.editor = cls.env.ref("cdg47_convention.software_editor_partner")
        cls.technician = cls.make_technician("technicien-annee")
        cls.organiser, cls.trainer = (
            new_test_user(
                cls.env, login=role, groups=f"cdg47_training.group_training_{role}"
            )
            for role in ("manager", "trainer")
        )
        cls.is_repeated = False

    @classmethod
    def make_members(cls, *codes):
        """Import the real facts of 2024 of some communes, and give them their people.

        :rtype: list[res.partner]
        """
        communes = cls.import_facts("communes_47_2024.csv", *codes)
        for commune in communes:
            commune.software_editor_id = cls.editor
            mayor = cls.make_signatory(commune)
            cls.make_portal_user(mayor)
            cls.make_mandate(cls.make_contact(), commune)
            cls.make_agent(commune)
        return communes

    @classmethod
    def import_facts(cls, name, *codes):
        """Import the rows of some communes from a real census file."""
        rows = [row for row in rows_of(name) if row["code_insee"] in codes]
        lines = [",".join(values) for values in (rows[0], *(r.values() for r in rows))]
        cls.env["cdg47.census.import"]._import_file("\n".join(lines).encode(), name)
        partners = cls.env["res.partner"].search([("insee_code", "in", codes)])
        for partner in partners:
            # The census knows none; no invoice leaves without.
            partner.company_registry = cls.siret(next(cls._numbers), partner)
        return [
            partners.filtered(lambda p, c=code: p.insee_code == c) for code in codes
        ]

    # === How a step is played ===
    @contextmanager
    def on(self, day):
        """Live a day: the clock of Python, and the database's own for new records."""
        with (
            freeze_time(f"{day} 10:00:00"),
            patch.object(type(self.env.cr), "now", lambda cr: datetime.now()),
        ):
            yield

    def play(self, step, *of_what):
        """Play a step killed at its very end, killed half-way, whole, then again."""
        name, step = step.__name__, partial(step, *of_what)
        before = self.digest()
        queries = self.kill(step)
        self.assertFalse(self.changed(before), f"{name}, killed at its end")
        self.kill(step, queries // 2)
        self.assertFalse(self.changed(before), f"{name}, killed half-way")
        step()
        self.assertTrue(self.changed(before), f"{name} does nothing")
        after = self.digest()
        self.is_repeated = True
        step()
        self.is_repeated = False
        self.assertFalse(self.changed(after), f"{name}, repeated")

    def changed(self, before):
        """Return the tables whose fingerprint is no longer the same."""
        return [table for table, now in self.digest().items() if now != before[table]]

    def kill(self, step, at=None):
        """Play a step and die before its end.

        :param int at: query before which it dies, the commit by default
        :return: how many queries it ran
        :rtype: int
        """
        cursor = type(self.env.cr)
        execute, count = cursor.execute, 0

        def execute_or_die(cr, *args, **kwargs):
            nonlocal count
            count += 1
            if count == at:
                raise Killed
            return execute(cr, *args, **kwargs)

        try:
            with (
                self.env.cr.savepoint(),
                patch.object(cursor, "execute", execute_or_die),
            ):
                step()
                self.env.flush_all()
                raise Killed
        except Killed:
            self.env.invalidate_all()
        return count

    def click(self, action, *args, **kwargs):
        """Do what a button does; pressed again it may refuse, never do it twice."""
        if not self.is_repeated:
            return action(*args, **kwargs)
        try:
            with self.env.cr.savepoint():
                return action(*args, **kwargs)
        except UserError:
            return None

    def digest(self):
        """Return the fingerprint of every table that a step may change."""
        self.env.flush_all()
        self.env.cr.precommit.run()  # what is written to the chatter at the commit
        digest = {}
        for table in STATE:
            self.env.cr.execute(
                SQL(
                    "SELECT md5(string_agg((to_jsonb(t) - %s::text[])::text, ',' "
                    "ORDER BY id)) FROM %s t",
                    UNTOLD,
                    SQL.identifier(table),
                )
            )
            digest[table] = self.env.cr.fetchone()[0]
        return digest

    # === What the people of the year do ===
    def once(self, model, values, **more):
        """Return the record that has these values, entered if nobody did."""
        domain = [(name, "=", value) for name, value in values.items()]
        records = self.env[model].with_user(more.pop("user", self.env.user))
        return records.search(domain) or records.create({**values, **more})

    def sign_in_portal(self, order):
        """Sign as the mayor does: own login, and the checks of the page."""
        (mayor,) = order.partner_id._cdg47_signatories().user_ids
        order_sudo = order.with_user(mayor).sudo()
        refusal = order_sudo._cdg47_signature_refusal(mayor)
        if refusal or not order_sudo._has_to_be_signed():
            raise UserError(refusal or "Rien à signer")
        self.draw_signature(order_sudo, mayor.name, fields.Datetime.now())

    def post(self, invoices):
        self.click(invoices.with_user(self.user_accountant).action_post)

    def invoice_fees(self, commune):
        """Invoice, as the accountant does, the fees of a commune, and post them."""
        fees = commune.convention_ids.order_ids.order_line.filtered(
            lambda line: line.cdg47_kind == "fee"
        )
        orders = fees.order_id.with_user(self.user_accountant)
        invoices = self.click(orders._create_invoices)
        if invoices:
            self.post(invoices)

    def hold(self, commune, code, identifier, quantity=1):
        """Put something in service, for a commune that asked for it."""
        held = self.once(
            "cdg47.allocation",
            {
                "partner_id": commune.id,
                "product_id": self.service(code).id,
                "identifier": identifier,
                "quantity": quantity,
            },
        )
        held.action_activate()

    def accept_beyond(self, commune):
        """Quote all that is to be settled, send it, and have it signed."""
        rows = self.env["cdg47.overage"].search([("partner_id", "=", commune.id)])
        self.click(rows.with_user(self.user_manager).action_quote)
        order = commune.convention_ids.order_ids.sorted("id")[-1]
        if order.state == "draft":
            order.with_user(self.user_manager).action_cdg47_send()
        self.click(self.sign_in_portal, order)
        rows.invalidate_model()
        self.assertFalse(rows.search([("partner_id", "=", commune.id)]))
