# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""« Appel »: a call noted, decided, timed and closed in one click."""

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import DAY, HelpdeskCase


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestCall(HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commune.name = "Saint-Essai"
        cls.contact = cls.make_contact("Madame Dupont", phone="05 53 00 00 01")
        cls.make_mandate(cls.contact, cls.commune)
        cls.calls = cls.env["cdg47.call"].with_user(cls.technician)

    def call(self, name="La paye ne s'ouvre plus", partner=None, **values):
        """Fill the form in as it opens: two typed fields are enough."""
        with Form(self.calls) as form:
            form.collectivite_id = partner or self.commune
            form.name = name
            for field, value in values.items():
                setattr(form, field, value)
        return form.record

    def last(self):
        return self.env["helpdesk.ticket"].search([], order="id desc", limit=1)

    def test_solved_in_one_click(self):
        action = self.call(minutes=6).action_resolve()
        ticket = self.last()
        self.assertEqual(ticket.collectivite_id, self.commune)
        self.assertEqual(ticket.coverage, "included")
        self.assertTrue(ticket.verdict)
        self.assertTrue(ticket.closed)
        self.assertEqual(ticket.user_id, self.technician)
        self.assertTrue(ticket.team_id)
        self.assertEqual(
            ticket.channel_id,
            self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_phone"),
        )
        line = ticket.timesheet_ids
        self.assertEqual((line.real_minutes, line.time_state), (6, "included"))
        self.assertEqual(line.date, DAY)
        self.assertIn(ticket.number, action["params"]["message"])
        self.assertEqual(action["params"]["next"]["res_model"], "cdg47.call")

    def test_timed_by_itself(self):
        call = self.call()
        with freeze_time("2026-06-15 10:07:30"):
            call.action_resolve()
        self.assertEqual(self.last().timesheet_ids.real_minutes, 8)

    def test_what_is_shown(self):
        software = self.payroll
        self.commune.software_editor_id = software.editor_id
        certificate = self.env["cdg47.allocation"].create(
            {
                "partner_id": self.commune.id,
                "product_id": self.service("EDR").id,
                "quantity": 1,
                "date_start": "2026-01-01",
                "date_end": "2026-07-31",
                "state": "active",
            }
        )
        tickets = self.env["helpdesk.ticket"].union(
            *(self.make_ticket(name=f"Demande {n}") for n in range(6))
        )
        form = Form(self.calls)
        form.collectivite_id = self.commune
        shown = form.save()
        self.assertEqual(shown.mandate_ids.contact_id, self.contact)
        self.assertIn("Paie", shown.software_names)
        self.assertIn(self.metiers.name, shown.forfait_names)
        self.assertEqual(shown.allocation_ids, certificate)
        self.assertEqual(shown.recent_ids, (tickets - tickets[0]).sorted("id")[::-1])

    def test_asked_again(self):
        known = self.make_ticket(name="Paye : écran blanc à l'ouverture")
        call = self.call()
        self.assertEqual(call.same_id, known)
        self.assertEqual(call.action_open_same()["res_id"], known.id)
        self.assertFalse(self.call("Sauvegarde arrêtée").same_id)

    def test_asked_again_by_what_tells_it(self):
        """The closest one, not the latest; « ne répond plus » tells nothing."""
        known = self.make_ticket(name="La paye ne s'édite plus")
        self.make_ticket(name="L'imprimante de l'accueil ne répond plus")
        self.assertEqual(self.call().same_id, known)
        self.assertFalse(self.call("Le scanner ne marche plus à la mairie").same_id)

    def test_what_is_paid_is_not_closed(self):
        """An intervention, a commune that has not joined: followed, not solved."""
        for values in (
            {"service_id": self.service("TTIM")},
            {"partner": self.make_commune()},
        ):
            call = self.call(minutes=6, **values)
            before = self.last()
            with self.assertRefused(UserError, "à suivre"):
                call.action_resolve()
            self.assertEqual(self.last(), before)
            opened = call.action_follow()
            ticket = self.last()
            self.assertEqual(opened["res_id"], ticket.id)
            self.assertEqual(ticket.coverage, "undetermined")
            self.assertFalse(ticket.closed)
            self.assertEqual(ticket.timesheet_ids.real_minutes, 6)

    def test_who_calls_acts_for_it(self):
        call = self.call(contact_id=self.contact)
        call.action_follow()
        self.assertEqual(self.last().partner_id, self.contact)
        with self.assertRefused(UserError, "appelle"):
            self.calls.create({}).action_resolve()
