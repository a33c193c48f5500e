# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Événements: sessions moved, agents registered and cancelled, sheets locked."""

from datetime import timedelta

from careless_play import WHICH, Careless, gesture
from hypothesis import strategies as st

from odoo.exceptions import UserError

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_training.reading.offer import offer_of

# Most are for groups, as in a year of the centre de gestion.
KINDS = st.sampled_from(("group", "group", "workshop", "mandatory", "regulatory"))
DAYS = st.sampled_from((10, 1, 40, 280))


class TrainingGestures(Careless):
    # The price was shown, or the written request is there.
    ACCEPTORS = Careless.ACCEPTORS | {"registered", "regularised"}

    def session(self, which):
        row = self.pick("sessions", which)
        return self.record("event.event", row, self.case.organiser)

    def registration(self, which):
        row = self.pick("registrations", which)
        return self.record("event.registration", row, self.case.organiser)

    def half_day(self, which):
        half_days = self.session(which).half_day_ids.with_user(self.case.trainer)
        if not half_days:
            raise UserError("Rien de tel")
        return half_days[0]

    def agent_of(self, commune):
        mandates = commune.mandate_ids.filtered(lambda m: m.role == "agent")
        if not mandates:
            raise UserError("Rien de tel")
        return mandates[-1].contact_id

    @gesture(kind=KINDS, days=DAYS)
    def session_opened(self, kind, days):
        self.case.make_session(kind, [today_in_paris() + timedelta(days=days)])

    @gesture("sessions", often=4, which=WHICH, partner=WHICH)
    def registered(self, which, partner):
        session, commune = self.session(which), self.collectivite(partner)
        offer = offer_of(session, commune)
        session._training_register(
            commune, self.agent_of(commune), acceptance="portal", shown=offer.key
        )

    @gesture("sessions", which=WHICH, partner=WHICH)
    def registered_at_the_desk(self, which, partner):
        commune = self.collectivite(partner)
        agent = self.agent_of(commune)
        registrations = self.env["event.registration"].with_user(self.case.organiser)
        registrations.create(
            {
                "event_id": self.session(which).id,
                "collectivite_id": commune.id,
                "agent_id": agent.id,
                "name": agent.name,
            }
        )

    @gesture("registrations", which=WHICH,
             motive=st.sampled_from(("agent", "cdg")))  # fmt: skip
    def registration_cancelled(self, which, motive):
        self.registration(which)._training_cancel(motive)

    @gesture("registrations", which=WHICH,
             state=st.sampled_from(("cancel", "open", "draft", "done")))  # fmt: skip
    def registration_dragged(self, which, state):
        self.registration(which).state = state

    @gesture("sessions", which=WHICH, days=st.sampled_from((1, 30, -5)))
    def session_dragged(self, which, days):
        session = self.session(which)
        session.write(
            {
                "date_begin": session.date_begin + timedelta(days=days),
                "date_end": session.date_end + timedelta(days=days),
            }
        )

    @gesture("sessions", often=2, which=WHICH,
             status=st.sampled_from(("present", "absent")))  # fmt: skip
    def sheet_locked(self, which, status):
        """The day has come: the trainer signs."""
        half_day = self.half_day(which)
        self.case.clock.move_to(half_day.start + timedelta(hours=1))
        sheet = half_day._open_sheet()
        half_day._fill_sheet({line: (status, None) for line in sheet})
        half_day.action_lock()

    @gesture("sessions", which=WHICH)
    def sheet_reopened(self, which):
        half_day = self.half_day(which)
        wizard = self.env["cdg47.training.sheet.reopen"].with_user(self.case.organiser)
        wizard.create({"half_day_id": half_day.id, "reason": "Erreur"}).action_reopen()

    @gesture("sessions", which=WHICH, partner=WHICH)
    def regularised(self, which, partner):
        commune = self.collectivite(partner)
        wizard = self.env["cdg47.training.regularise"].with_user(self.case.organiser)
        wizard.create(
            {
                "event_id": self.session(which).id,
                "collectivite_id": commune.id,
                "accepted_by_id": commune._cdg47_signatories()[:1].id,
            }
        ).action_regularise()

    @gesture("sessions", which=WHICH)
    def session_cancelled(self, which):
        self.session(which)._training_cancel_session("Formateur absent")
