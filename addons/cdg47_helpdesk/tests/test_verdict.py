# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is said of a request: to join, to quote, to decline, to correct, to trace."""

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.cdg47_helpdesk.models.ticket.helpdesk_ticket_stage import PUBLIC_STATES

from .common import HelpdeskCase
from .portal_common import HelpdeskPortalCase


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestVerdict(HelpdeskCase):
    def test_without_a_convention_the_way_to_join(self):
        self.company.phone = "05 53 48 00 70"
        ticket = self.make_ticket(self.make_commune(), "TTIM")
        self.assertFalse(ticket.convention_id)
        self.assertEqual(ticket.proposed_coverage, "undetermined")
        self.assertIn("adhérer", ticket.proposed_verdict)
        self.assertIn("05 53 48 00 70", ticket.proposed_verdict)
        ticket.with_user(self.technician)._decide("ttim", {"ttim_kind": "repair"})
        ticket.estimated_hours = 2
        with self.assertRefused(UserError, "adhérer"):
            ticket.with_user(self.technician).action_estimate()

    def test_wrong_forfait_is_quoted_first(self):
        """A setting says whether what another forfait holds may be quoted."""
        metiers = self.make_convention_since("2024-01-01", forfaits=self.metiers)
        ticket = self.make_ticket(metiers.partner_id, "AUDIT-SECU")
        self.assertEqual(ticket.proposed_coverage, "complementary")
        self.assertIn(self.techno.name, ticket.proposed_verdict)
        self.assertIn("devis", ticket.proposed_verdict)
        self.company.cdg47_outside_forfait_quoted = False
        ticket.invalidate_recordset()
        self.assertEqual(ticket.proposed_coverage, "undetermined")
        self.assertIn(self.techno.name, ticket.proposed_verdict)

    def test_declined_with_a_reason(self):
        ticket = self.ttim()
        wizard = self.env["cdg47.ticket.decline"].with_user(self.technician)
        with self.assertRefused(UserError, "pourquoi"):
            ticket.with_user(self.technician)._decline("  ")
        wizard.create(
            {"ticket_id": ticket.id, "reason": "Matériel hors d'âge"}
        ).action_decline()
        self.assertEqual(ticket.decline_reason, "Matériel hors d'âge")
        self.assertEqual(ticket.public_state, "closed")
        self.assertIn("Matériel hors d'âge", self.words_said(ticket))

    def words_said(self, ticket):
        said = ticket.message_ids.filtered(lambda message: not message.is_internal)
        return " ".join(said.mapped("body")).replace("&#39;", "'")

    def test_a_decision_is_not_a_plain_write(self):
        """Even by RPC: coverage and verdict have one cause, and its trace."""
        ticket = self.make_ticket()
        for values in (
            {"coverage": "included"},
            {"verdict": "Inclus"},
            {"ttim_kind": "repair"},
            {"cause": "misuse"},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                ticket.with_user(self.coordinator).write(values)
        for user in (self.user_employee, self.user_manager):
            with self.assertRaises(AccessError):
                ticket.with_user(user)._decide("included")

    def test_exceptional_and_ttim_have_their_kinds(self):
        """The four causes and the six kinds of intervention, each cited."""
        ticket = self.make_ticket(service="ASSIST-METIERS")
        fields = ticket._fields
        for cause, words in fields["cause"]._description_selection(self.env):
            ticket.with_user(self.technician)._decide(
                "exceptional", {"cause": cause, "cause_actor": "elected"}
            )
            with self.subTest(cause):
                self.assertIn(words.lower(), ticket.verdict)
                self.assertIn("un élu", ticket.verdict)
        ticket = self.make_ticket(service="TTIM")
        for kind, words in fields["ttim_kind"]._description_selection(self.env):
            ticket.with_user(self.technician)._decide("ttim", {"ttim_kind": kind})
            with self.subTest(kind):
                self.assertIn(words.lower(), ticket.verdict)

    def test_every_stage_is_one_of_four_states(self):
        stages = self.env["helpdesk.ticket.stage"].search([])
        states = {state for state, _word in PUBLIC_STATES}
        self.assertEqual(set(stages.mapped("public_state")), states)
        self.assertEqual(len(states), 4)
        for stage in stages.filtered("closed"):
            self.assertEqual(stage.public_state, "closed")

    def test_urgent_first(self):
        urgent = self.make_ticket(is_urgent=True)
        other = self.make_ticket()
        self.assertEqual(urgent.priority, "3")
        tickets = self.env["helpdesk.ticket"].search(
            [("collectivite_id", "=", self.commune.id)]
        )
        self.assertEqual(tickets, urgent | other)
        self.assertEqual(tickets[0], urgent)


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestRemoteSession(HelpdeskCase):
    def test_who_when_and_who_consented(self):
        ticket = self.make_ticket()
        session = (
            self.env["cdg47.remote.session"]
            .with_user(self.technician)
            .create({"ticket_id": ticket.id, "consent_by": "Madame Dupont"})
        )
        self.assertEqual(session.user_id, self.technician)
        self.assertIn("Madame Dupont", " ".join(ticket.message_ids.mapped("body")))
        session.action_end()
        self.assertTrue(session.date_end)
        for values in ({"consent_by": "Autre"}, {"date_start": "2020-01-01 00:00:00"}):
            with self.assertRefused(UserError, "trace"):
                session.write(values)
        with self.assertRaises(UserError):
            session.unlink()


@tagged("post_install", "-at_install")
class TestRating(HelpdeskPortalCase):
    def test_rated_by_its_contact_and_read_by_no_other(self):
        ticket = self.full_data(self.commune_a, self.user_a.partner_id)["ticket"]
        token = ticket._rating_get_access_token()
        self.authenticate(None, None)
        self.assertEqual(self.url_open(f"/rate/{token}/5").status_code, 200)
        self.assertEqual(self.url_open("/rate/un-jeton-devine/5").status_code, 404)
        rating = ticket.rating_ids
        self.assertEqual(rating.partner_id, self.user_a.partner_id)
        ratings = self.env["rating.rating"]
        for user in (self.user_b, self.user_former, self.user_nobody):
            with self.subTest(user.login), self.assertRaises(AccessError):
                ratings.browse(rating.id).with_user(user).read(["access_token"])
