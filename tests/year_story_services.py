# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The steps of the year story that are tickets, trainings and letters."""

from datetime import date

from freezegun import freeze_time
from year_story_common import YearStoryCase

from odoo.addons.cdg47_training.reading.offer import offer_of


class YearServicesCase(YearStoryCase):
    """What the technicians, the trainers and the letters do in the year."""

    # === Tickets ===
    def everyday_help_is_included(self):
        ticket = self.ask(self.calignac, "Écran figé", "ASSIST-METIERS", "included")
        self.enter(ticket, 50)
        self.assertEqual(self.parts(ticket), [("included", 50, 50)])

    def audit_overruns_and_is_accepted(self):
        """One day of seven hours is included, the audit takes one and a half."""
        ticket = self.ask(self.calignac, "Audit", "AUDIT-SECU", "quota")
        self.enter(ticket, 630)
        self.accept_beyond(self.calignac)
        self.assertEqual(
            self.parts(ticket), [("covered", 420, 420), ("overage", 210, 210)]
        )

    def exceptional_help_is_accepted_in_writing(self):
        ticket = self.ask(
            self.calignac, "Base effacée", "ASSIST-METIERS", "exceptional",
            cause="mishandling", cause_actor="agent",
        )  # fmt: skip
        self.estimate(ticket, 2)
        if not ticket.written_request_on:
            self.env["cdg47.written.request"].with_user(self.technician).create(
                {
                    "ticket_id": ticket.id,
                    "requested_by": "Maire",
                    "document": b"UERG",
                    "document_name": "Demande.pdf",
                }
            ).action_record()
        self.assertEqual(ticket.order_ids.state, "sale")

    def exceptional_help_takes_longer(self):
        """155 minutes count for 165: what is beyond 120 is accepted by the mayor."""
        ticket = self.ask(self.calignac, "Base effacée")
        self.enter(ticket, 155)
        if len(ticket.order_ids) == 1:
            self.assertEqual(ticket.order_ids.order_line.qty_to_invoice, 2)
            ticket.with_user(self.technician).action_estimate_beyond()
            ticket.with_user(self.technician).action_send_estimate()
        self.click(self.sign_in_portal, ticket.order_ids.sorted("id")[-1])

    def technician_is_accepted(self):
        ticket = self.ask(self.coulx, "Routeur", "TTIM", "ttim", ttim_kind="repair")
        self.estimate(ticket, 3)
        self.click(self.sign_in_portal, ticket.order_ids)

    def late_hours_are_entered(self):
        """The convention has ended since: the day of the work decides."""
        self.enter(self.ask(self.coulx, "Routeur"), 130, "2024-12-20")

    # === Trainings ===
    def agent_is_registered(self):
        """Two half-days are included: the third is billed, its price shown first."""
        self.register_to("Budget", date(2024, 4, 22), "included")
        self.register_to("Paie", date(2024, 6, 4), "included")
        self.register_to("Fin d'année", date(2024, 10, 15), "billed")

    def agent_is_convoked(self):
        due = self.env["event.registration"]._training_due()
        for registration in due:
            registration._training_convoke()
        session = self.session("Budget")
        self.assertEqual(session.registration_ids.convocation_ids.version, 1)

    def session_is_held(self, name):
        """The trainer keeps the sheet; the attestation follows."""
        half_day = self.session(name).half_day_ids.with_user(self.trainer)
        sheet = half_day._open_sheet()
        with freeze_time(half_day.start):
            self.click(half_day._fill_sheet, {sheet: ("present", None)})
            half_day.action_lock()
        self.assertEqual(sheet.registration_id.attestation_ids.hours, 3.5)

    def letters_are_sent(self):
        for forfait in ("metiers", "techno"):
            letter = self.once(
                "mailing.mailing",
                {"subject": f"Lettre {forfait} de mai"},
                body_html="<p>Actualités</p>",
                mailing_model_id=self.env["ir.model"]._get_id("mailing.list"),
                contact_list_ids=self.env.ref(
                    f"cdg47_training.mailing_list_{forfait}"
                ).ids,
            )
            if letter.state == "draft":
                letter.action_put_in_queue()
                letter.action_send_mail()
        duties = self.env["cdg47.duty"]
        for commune, count in ((self.calignac, 2), (self.coulx, 1)):
            self.assertEqual(
                duties.search_count([("partner_id", "=", commune.id)]), count
            )

    # === What the people of the year do ===
    def ask(self, commune, name, service=None, coverage=None, **facts):
        """Return the request of that name, qualified by the technician."""
        ticket = self.once(
            "helpdesk.ticket",
            {"name": name, "collectivite_id": commune.id},
            description="<p>Depuis ce matin.</p>",
            service_id=service and self.service(service).id,
        )
        if coverage and ticket.coverage == "undetermined":
            wizard = self.env["cdg47.ticket.qualify"].with_user(self.technician)
            values = {"ticket_id": ticket.id, "coverage": coverage, **facts}
            wizard.create(values).action_decide()
        return ticket

    def estimate(self, ticket, estimated_hours):
        if not ticket.order_ids:
            ticket.estimated_hours = estimated_hours
            ticket.with_user(self.technician).action_estimate()
            ticket.with_user(self.technician).action_send_estimate()

    def enter(self, ticket, minutes, day=None):
        """Enter time, once."""
        if not ticket.timesheet_ids:
            values = {"ticket_id": ticket.id, "hours": minutes / 60, "name": "Fait"}
            if day:
                values["date"] = day
            wizard = self.env["cdg47.time.entry"].with_user(self.technician)
            wizard.create(values).action_enter()

    def register_to(self, name, day, coverage):
        """Register the agent of Calignac to a session, as its secretary does."""
        session = self.session(name) or self.make_session(
            name=name, days=[day], periods=("afternoon",)
        )
        agent = self.calignac.mandate_ids.filtered(lambda m: m.role == "agent")
        offer = offer_of(session, self.calignac)
        self.click(
            self.register, session, self.calignac, agent.contact_id, shown=offer.key
        )
        self.assertEqual(session.registration_ids.coverage, coverage)

    def session(self, name):
        return self.env["event.event"].search([("name", "=", name)])
