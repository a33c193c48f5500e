# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A forfait ends alone: what it undoes, what it refuses, and how it goes on again."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .campaign_common import CampaignMixin
from .common import ConventionCase
from .test_convention_life import LifeCase

YEAR_END = date(2026, 12, 31)


class EndMixin:
    def end(self, convention, forfait, day=YEAR_END, user=None):
        """End a forfait as its button does; return what was said before."""
        assistant = self.env["cdg47.forfait.end"].with_user(user or self.user_manager)
        form = Form(assistant.with_context(default_convention_id=convention.id))
        form.line_id = self.line_of_forfait(convention, forfait)
        form.date_end = day
        form.reason = "Délibération du 2 novembre 2026"
        said = form.beyond_message
        form.save().action_end()
        return said

    @staticmethod
    def line_of_forfait(convention, forfait):
        return convention.line_ids.filtered(lambda ln: ln.forfait_id == forfait)


@freeze_time("2026-11-10 10:00:00")
@tagged("post_install", "-at_install")
class TestForfaitEnd(EndMixin, CampaignMixin, ConventionCase):
    def hold(self, forfaits=None):
        return self.make_conventions_in_bulk(
            self.make_commune(750),
            self.metiers | self.techno if forfaits is None else forfaits,
            2026,
        )

    def renewed(self):
        convention = self.hold()
        others = self.env["cdg47.convention"].search([("id", "!=", convention.id)])
        others.company_id = self.env["res.company"].create({"name": "Autre"})
        campaign = self.make_campaign(2027)
        campaign.action_simulate()
        self.run_all(campaign)
        return convention, self.line_of(campaign, convention)

    def test_ended_for_the_year_end(self):
        convention = self.hold()
        before = convention.message_ids
        self.assertFalse(self.end(convention, self.techno))
        self.assertEqual(convention._forfaits_at(YEAR_END), self.metiers | self.techno)
        self.assertEqual(convention._forfaits_at(date(2027, 1, 1)), self.metiers)
        said = convention.message_ids - before
        self.assertIn("31/12/2026", said.body)
        self.assertIn("Délibération du 2 novembre 2026", said.body)
        self.assertEqual(said.author_id, self.user_manager.partner_id)

    def test_the_year_prepared_is_made_again_without_it(self):
        convention, line = self.renewed()
        order, term, draft = line.order_id, line.term_id, line.invoice_ids
        self.assertEqual(draft.amount_total, 1470)
        self.assertIn(order.name, self.end(convention, self.techno))
        self.assertEqual((order.state, term.state), ("cancel", "cancelled"))
        self.assertFalse(draft.exists())
        self.assertEqual((line.state, line.mode), ("done", "renewal"))
        self.assertEqual(line.invoice_ids.amount_total, 880)
        self.assertEqual(line.term_id.state, "open")

    def test_what_is_posted_is_to_be_credited(self):
        convention, line = self.renewed()
        invoice = line.invoice_ids
        invoice.action_post()
        self.assertIn(invoice.name, self.end(convention, self.techno))
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", 1470))
        self.assertIn(self.techno.name, invoice.activity_ids.note)

    def test_another_forfait_leaves_the_year_prepared_alone(self):
        """An end within the year prepared does not reach what is owed of it."""
        convention, line = self.renewed()
        order = line.order_id
        self.assertFalse(self.end(convention, self.techno, date(2027, 6, 30)))
        self.assertEqual(line.order_id, order)

    def test_refused_with_the_way_on(self):
        convention = self.hold(self.metiers | self.techno | self.parapheur)
        needed = self.parapheur.cdg47_required_forfait_id
        self.assertTrue(needed)
        for forfait, day, why in (
            (needed, YEAR_END, self.parapheur.name),
            (self.parapheur, date(2025, 12, 31), "01/01/2026"),
            (self.parapheur, date(2040, 1, 1), "31/12/2031"),
        ):
            with self.subTest(day=day), self.assertRefused(UserError, why):
                self.end(convention, forfait, day)
        self.end(convention, self.parapheur)
        with self.assertRefused(UserError, "31/12/2026"):
            self.line_of_forfait(convention, self.parapheur)._end(YEAR_END, "x")
        alone = self.hold(self.metiers)
        with self.assertRefused(UserError, "End the convention"):
            self.end(alone, self.metiers)
        # A closed year stays as it was.
        with freeze_time("2028-02-01"), self.assertRefused(UserError, "31/12/2027"):
            alone = self.hold()
            self.end(alone, self.techno, date(2026, 6, 30))

    def test_by_a_manager_only(self):
        convention = self.hold()
        line = self.line_of_forfait(convention, self.techno)
        with self.assertRaises(AccessError):
            self.end(convention, self.techno, user=self.user_user)
        self.end(convention, self.techno)
        with self.assertRaises(AccessError):
            line.with_user(self.user_user).action_take_back_end()
        line.with_user(self.user_manager).action_take_back_end()
        self.assertFalse(line.date_end)

    def test_taken_back_until_a_year_is_open_without_it(self):
        convention, _line = self.renewed()
        self.end(convention, self.techno)
        line = self.line_of_forfait(convention, self.techno)
        with self.assertRefused(UserError, "2027"):
            line.with_user(self.user_manager).action_take_back_end()


@tagged("post_install", "-at_install")
class TestForfaitAgain(EndMixin, LifeCase):
    def test_held_again_by_an_amendment_that_is_signed(self):
        with freeze_time("2026-01-05 10:00:00"):
            convention = self.make_signed_convention(
                self.commune, self.metiers | self.techno, date_start="2026-01-01"
            )
            self.end(convention, self.techno, date(2026, 6, 30))
        # Its year is owed: paid once, it is taken back instead.
        with (
            freeze_time("2026-09-01 10:00:00"),
            self.assertRefused(UserError, "2026"),
        ):
            self.amend(convention, self.techno, date(2026, 10, 1))
        with freeze_time("2027-02-01 10:00:00"):
            convention.term_ids.copy(
                {
                    "date_start": "2027-01-01",
                    "date_end": "2027-12-31",
                    "state": "open",
                    "order_id": False,
                }
            )
            order = self.amend(convention, self.techno, date(2027, 4, 1))
            self.assertTrue(order._cdg47_commits())
            self.sign(convention)
            held = convention._forfaits_at(date(2027, 4, 1))
            self.assertEqual(held, self.metiers | self.techno)
            self.assertEqual(len(self.line_of_forfait(convention, self.techno)), 2)
