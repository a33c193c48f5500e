# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Assistance: requests qualified, estimated, moved, and the time worked on them."""

from datetime import timedelta

from careless_play import WHICH, Careless, gesture
from hypothesis import strategies as st

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

SERVICES = st.sampled_from(
    ("TTIM", "AUDIT-SECU", "ASSIST-METIERS", "CONFIG-SI", "ACTES")
)
COVERAGES = st.sampled_from(
    ("ttim", "exceptional", "quota", "included", "complementary")
)
HOURS = st.sampled_from((1, 0.25, 2, 3.5, 0.1, 8))
# Days before today: people enter their week on Friday, and last month's forgotten;
# typing errors go anywhere.
BEFORE = st.sampled_from((0, 1, 25, 200, -40))


def days_ago(days):
    return today_in_paris() - timedelta(days=days)


class TimeGestures(Careless):
    ACCEPTORS = Careless.ACCEPTORS | {"written_request"}

    def ticket(self, which):
        row = self.pick("tickets", which)
        return self.record("helpdesk.ticket", row, self.case.technician)

    def time_line(self, which):
        row = self.pick("time", which)
        return self.record("account.analytic.line", row, self.case.technician)

    # === Requests ===
    @gesture(often=2, partner=WHICH, service=SERVICES, coverage=COVERAGES)
    def requested(self, partner, service, coverage):
        tickets = self.env["helpdesk.ticket"].with_user(self.case.technician)
        ticket = tickets.create(
            {
                "name": "Panne",
                "description": "<p>Depuis ce matin.</p>",
                "collectivite_id": self.collectivite(partner).id,
                "service_id": self.product(service).id,
            }
        )
        self._qualify(ticket, coverage)

    def _qualify(self, ticket, coverage):
        wizard = self.env["cdg47.ticket.qualify"].with_user(self.case.technician)
        wizard.create(
            {
                "ticket_id": ticket.id,
                "coverage": coverage,
                "cause": "mishandling",
                "cause_actor": "agent",
                "ttim_kind": "repair",
                "reason": "Mieux vu",
            }
        ).action_decide()

    @gesture("tickets", which=WHICH, coverage=COVERAGES)
    def qualified_anew(self, which, coverage):
        self._qualify(self.ticket(which), coverage)

    @gesture("tickets", which=WHICH, partner=WHICH)
    def ticket_moved(self, which, partner):
        wizard = self.env["cdg47.ticket.move"].with_user(self.case.technician)
        wizard.create(
            {
                "ticket_id": self.ticket(which).id,
                "collectivite_id": self.collectivite(partner).id,
            }
        ).action_move()

    @gesture("tickets", which=WHICH, partner=WHICH)
    def ticket_moved_by_form(self, which, partner):
        self.ticket(which).collectivite_id = self.collectivite(partner)

    # === Estimates ===
    @gesture("tickets", often=3, which=WHICH, hours=HOURS, by_day=st.booleans())
    def estimated(self, which, hours, by_day):
        ticket = self.ticket(which)
        ticket.estimated_hours = hours
        ticket.estimate_unit = "day" if by_day else "hour"
        ticket.action_estimate()
        ticket.action_send_estimate()

    @gesture("tickets", which=WHICH)
    def estimated_beyond(self, which):
        ticket = self.ticket(which)
        ticket.action_estimate_beyond()
        ticket.action_send_estimate()

    @gesture("tickets", often=2, which=WHICH)
    def written_request(self, which):
        wizard = self.env["cdg47.written.request"].with_user(self.case.technician)
        wizard.create(
            {
                "ticket_id": self.ticket(which).id,
                "requested_by": "Maire",
                "document": b"UERG",
                "document_name": "Demande.pdf",
            }
        ).action_record()

    @gesture("tickets", which=WHICH, line=WHICH)
    def order_given_to_ticket(self, which, line):
        """« Ticket », in a list of order lines."""
        row = self.pick("lines", line)
        line = self.record("sale.order.line", row, self.case.technician)
        line.helpdesk_ticket_id = self.ticket(which)

    # === Time ===
    @gesture("tickets", often=4, which=WHICH, hours=HOURS, before=BEFORE)
    def time_entered(self, which, hours, before):
        wizard = self.env["cdg47.time.entry"].with_user(self.case.technician)
        wizard.create(
            {
                "ticket_id": self.ticket(which).id,
                "hours": hours,
                "name": "Fait",
                "date": days_ago(before),
            }
        ).action_enter()

    @gesture("tickets", which=WHICH, line=WHICH, hours=HOURS)
    def timesheet_typed(self, which, line, hours):
        """Feuilles de temps, on any order line that the list offers."""
        lines = self.env["account.analytic.line"].with_user(self.case.technician)
        lines.create(
            {
                "helpdesk_ticket_id": self.ticket(which).id,
                "so_line": self.pick("lines", line).id,
                "unit_amount": hours,
                "name": "Fait",
                "date": days_ago(0),
            }
        )

    @gesture("time", which=WHICH, hours=HOURS)
    def time_changed(self, which, hours):
        self.time_line(which).unit_amount = hours

    @gesture("time", which=WHICH, before=BEFORE)
    def time_dated_anew(self, which, before):
        self.time_line(which).date = days_ago(before)

    @gesture("time", which=WHICH, ticket=WHICH)
    def time_given_to_another(self, which, ticket):
        self.time_line(which).helpdesk_ticket_id = self.ticket(ticket)

    @gesture("time", which=WHICH, counted=st.booleans())
    def time_not_counted(self, which, counted):
        self.time_line(which).write(
            {"is_not_counted": not counted, "not_counted_reason": "Offert"}
        )

    @gesture("time", which=WHICH)
    def time_deleted(self, which):
        self.time_line(which).unlink()
