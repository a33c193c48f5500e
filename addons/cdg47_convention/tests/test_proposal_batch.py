# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The same proposal to many collectivités: shown first, then made one by one."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import MODULE, ConventionCase


@freeze_time("2026-11-20 10:00:00")
@tagged("post_install", "-at_install")
class TestProposalBatch(ConventionCase):
    def prepare(self, partners, **values):
        """Choose collectivités in their list, and the action, as a manager does."""
        action = self.env.ref(f"{MODULE}.action_propose_to_many")
        opened = (
            action.with_user(self.user_manager)
            .with_context(
                active_model=partners._name,
                active_id=partners[:1].id,
                active_ids=partners.ids,
            )
            .run()
        )
        batch = self.env["cdg47.proposal.batch"].browse(opened["res_id"])
        batch = batch.with_user(self.user_manager)
        batch.write(
            {
                "date_start": "2027-01-01",
                "forfait_ids": [Command.set(self.metiers.ids)],
                **values,
            }
        )
        return batch

    def run_batch(self, batch):
        batch.action_start()
        with self.enter_registry_test_mode():
            self.env.ref(f"{MODULE}.cron_make_proposals").method_direct_trigger()
        self.env.invalidate_all()

    def commune(self, population=750, mail="maire@example.com"):
        commune = self.make_commune(population)
        if mail:
            self.make_signatory(commune, email=mail)
        return commune

    def test_each_at_its_stratum_and_price(self):
        small, large = self.commune(120), self.commune(4000)
        batch = self.prepare(small | large)
        shown = {line.partner_id: line for line in batch.line_ids}
        alone = self.propose(large)
        self.assertEqual(shown[large].stratum_id, alone.stratum_id)
        self.assertEqual(shown[large].amount, alone.amount)
        self.assertLess(shown[small].amount, shown[large].amount)
        self.assertEqual(batch.amount_total, shown[small].amount + shown[large].amount)
        self.assertFalse(
            self.env["cdg47.convention"].search(
                [("partner_id", "in", (small | large).ids)]
            ),
            "nothing is written before it is asked",
        )
        self.run_batch(batch)
        conventions = batch.line_ids.convention_id
        self.assertEqual(len(conventions), 2)
        self.assertEqual(batch.state, "done")
        self.assertEqual(
            {c.partner_id: c.pending_order_id.amount_total for c in conventions},
            {line.partner_id: line.amount for line in batch.line_ids},
        )
        self.assertEqual(set(conventions.mapped("state")), {"draft"})
        self.assertEqual(conventions.create_uid, self.user_manager)

    def test_twice_is_once(self):
        commune = self.commune()
        self.run_batch(self.prepare(commune))
        self.user_manager.lang = "fr_FR"
        again = self.prepare(commune)
        self.assertEqual(again.amount_total, 0)
        self.assertTrue(again.line_ids.obstacle)
        self.run_batch(again)
        self.assertEqual(again.line_ids.state, "parked")
        self.assertIn("Déjà sous", again.line_ids.reason, "whoever runs the job")
        found = self.env["cdg47.convention"].search([("partner_id", "=", commune.id)])
        self.assertEqual(len(found), 1)

    def test_what_fails_stops_no_other(self):
        unknown, commune = self.commune(None), self.commune()
        batch = self.prepare(unknown | commune)
        told = {line.partner_id: line.obstacle for line in batch.line_ids}
        self.assertTrue(told[unknown])
        self.assertFalse(told[commune])
        self.run_batch(batch)
        states = {line.partner_id: line.state for line in batch.line_ids}
        self.assertEqual(states, {unknown: "parked", commune: "done"})
        self.assertEqual((batch.parked_count, batch.progress), (1, 100))
        self.make_census(unknown, population_total=750, population_municipal=750)
        batch.action_retry()
        self.run_batch(batch)
        self.assertEqual(set(batch.line_ids.mapped("state")), {"done"})
        self.assertEqual(len(batch.line_ids.convention_id), 2)

    def test_sent_to_those_who_may_sign(self):
        commune, mute = (
            self.commune(mail="maire@commune.example.com"),
            self.commune(mail=False),
        )
        batch = self.prepare(commune | mute, is_sent=True)
        told = {line.partner_id: line.obstacle for line in batch.line_ids}
        self.assertIn("Nobody to send it to", told[mute])
        self.run_batch(batch)
        states = {c.partner_id: c.state for c in batch.line_ids.convention_id}
        self.assertEqual(states, {commune: "sent", mute: "draft"})

    def test_many_are_sent_and_counter_signed(self):
        batch = self.prepare(self.commune() | self.commune())
        self.run_batch(batch)
        conventions = batch.line_ids.convention_id

        def choose(name):
            action = self.env.ref(f"{MODULE}.{name}").with_user(self.user_manager)
            action.with_context(
                active_model=conventions._name, active_ids=conventions.ids
            ).run()

        choose("action_send_many")
        self.assertEqual(set(conventions.mapped("state")), {"sent"})
        conventions.write(
            {"deliberation_number": "1", "deliberation_date": "2026-11-02"}
        )
        self.sign(conventions[0])
        choose("action_countersign_many")
        self.assertTrue(conventions[0].countersigned_on)
        self.assertFalse(conventions[1].countersigned_on)

    def test_only_who_manages_conventions(self):
        batches = self.env["cdg47.proposal.batch"]
        for user in (self.user_employee, self.user_accountant):
            with self.subTest(user.login), self.assertRaises(AccessError):
                batches.with_user(user)._prepare_for(self.commune())
        with self.assertRaises(UserError):
            batches.with_user(self.user_user)._prepare_for(self.make_contact())
        with self.assertRaises(UserError):
            self.prepare(self.commune(), forfait_ids=False).action_start()

    def test_its_form(self):
        batch = self.prepare(self.commune())
        with Form(batch) as form:
            form.forfait_ids.add(self.techno)
        self.assertEqual(batch.forfait_ids, self.metiers | self.techno)
        alone = self.propose(batch.line_ids.partner_id, batch.forfait_ids)
        self.assertEqual(batch.line_ids.amount, alone.amount)

    def test_as_many_queries_for_many(self):
        def count(number):
            partners = self.env["res.partner"].union(
                *(self.commune() for _index in range(number))
            )
            batch = self.prepare(partners)
            self.env.flush_all()
            return [
                self.queries_of(lambda: batch.line_ids.mapped("amount"))
                for _time in range(2)
            ][-1]

        self.assertEqual(count(3), count(12))
