# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

from ...reading.eligibility import refusal_of_walk_in
from ...reading.offer import counted_half_days, offer_of
from .event_registration import FREE_MOTIVES, MOTIVES


class EventRegistration(models.Model):
    """A seat: taken, waited for, left, or given to another agent.

    What leaving gives back depends on when and why (Annexe 3 III).
    """

    _inherit = "event.registration"

    is_waiting = fields.Boolean(
        string="On the waiting list",
        readonly=True,
        copy=False,
        index=True,
    )
    waiting_priority = fields.Integer(
        string="Priority",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Collectivités that attended nothing this year come first.",
    )
    waiting_since = fields.Datetime(readonly=True, copy=False)
    waiting_group = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Agents who come together or not at all.",
    )
    offer_until = fields.Datetime(
        string="Offer valid until", readonly=True, copy=False, index="btree_not_null"
    )
    waiting_position = fields.Integer(compute="_compute_waiting_position")

    # === Taken ===
    def _training_take_seats(self):
        """Draw or bill the half-days of those who just took a seat."""
        # A context alone comes from anybody: only our own routes say it as superuser.
        acceptance = self.env.su and self.env.context.get("training_acceptance")
        for (session, collectivite), taken in self._by_session().items():
            taken_sudo = taken.sudo()
            taken_sudo.write(
                {
                    "is_waiting": False,
                    "offer_until": False,
                    "cancel_motive": False,
                    "cancelled_on": False,
                    "is_late_cancel": False,
                }
            )
            if taken_sudo[0].is_walk_in and refusal_of_walk_in(session, collectivite):
                taken_sudo._mark_refused(session, collectivite)
                continue
            offer = offer_of(session, collectivite, len(taken), checked=True)
            opened = taken_sudo._training_open_participations()
            line = opened._bill() if acceptance else opened.sale_line_id[:0]
            taken_sudo._training_keep_offer(
                offer, opened, line or opened.sale_line_id[:1], line and acceptance
            )

    def _by_session(self):
        """Gather registrations by session and collectivité.

        :rtype: dict[tuple[event.event, res.partner], event.registration]
        """
        groups = {}
        for registration in self:
            key = registration.event_id, registration.collectivite_id
            groups[key] = groups.get(key, self.browse()) | registration
        return groups

    def _training_open_participations(self):
        """Open the half-days that these registrations add to their collectivité.

        :rtype: cdg47.training.participation
        """
        Participation = self.env["cdg47.training.participation"]
        collectivite = self.collectivite_id
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(collectivite))
        once = self.env.company.cdg47_half_day_once
        session = self.event_id
        if once:
            counted = counted_half_days(session, collectivite)
            owners = [(half_day, False) for half_day in session.half_day_ids - counted]
        else:
            owners = [(h, r.id) for r in self for h in session.half_day_ids]
        opened = Participation.create(
            [
                {
                    "collectivite_id": collectivite.id,
                    "half_day_id": half_day.id,
                    "registration_id": registration_id,
                }
                for half_day, registration_id in owners
            ]
        )
        opened._draw()
        opened._follow_request()
        return opened

    def _training_keep_offer(self, offer, opened, line, acceptance):
        """Store what was shown, what came out of it, and who accepted it."""
        billed = sum(opened.mapped("billable"))
        drawn = sum(1 for p in opened if p.billable < 0.5)
        coverage = "included"
        if billed:
            coverage = "partial" if drawn else "billed"
        verdicts = [v for v in dict.fromkeys(opened.mapped("verdict")) if v]
        values = {
            "coverage": coverage,
            "offer_sentence": offer.sentence,
            "verdict": "\n".join(verdicts) if opened.consumption_id else offer.verdict,
            "billed_days": billed,
            "sale_line_id": line.id,
            "acceptance": False,
        }
        if billed and acceptance:
            values |= {
                "acceptance": acceptance,
                "accepted_by_id": self.env.context.get("training_accepted_by")
                or self[:1].partner_id.id,
                "accepted_on": fields.Datetime.now(),
            }
        self.write(values)
        if line and acceptance:
            self[:1]._note_acceptance(line.order_id)

    def _note_acceptance(self, order):
        """Say on the order who accepted it, and that it was by a registration."""
        order.message_post(
            body=order.env._(
                "Accepted by %(name)s with the registration to « %(session)s », its "
                "price shown.",
                name=self.accepted_by_id.name,
                session=self.event_id.name,
            )
        )

    def _mark_refused(self, session, collectivite):
        reason = refusal_of_walk_in(session, collectivite)[1]
        self.write({"coverage": "refused", "verdict": reason, "offer_sentence": reason})

    # === Waited for: priority, then time; a group goes all or nothing ===
    @api.depends(
        "event_id.registration_ids.is_waiting", "event_id.registration_ids.offer_until"
    )
    def _compute_waiting_position(self):
        waiting = self.filtered("is_waiting")
        ranks = {}
        for session in waiting.event_id:
            units = session.sudo()._training_waiting_units()
            for rank, unit in enumerate(units, start=1):
                ranks.update(dict.fromkeys(unit.ids, rank))
        for registration in self:
            registration.waiting_position = ranks.get(registration.id, 0)

    def _training_accept_offer(self, shown=None):
        """Take the seat that is offered, at the price that was shown."""
        self.ensure_one()
        session_sudo = self.event_id.sudo()
        session_sudo._training_guard()
        self.invalidate_recordset(["state", "offer_until", "is_waiting"])
        now = fields.Datetime.now()
        if not self.is_waiting or not self.offer_until or self.offer_until < now:
            raise UserError(
                self.env._("This offer is no longer valid: the seat was offered on.")
            )
        if shown is not None:
            session_sudo._check_offer_shown(self.collectivite_id, self.agent_id, shown)
        # The caller has checked that the registration is theirs.
        self.sudo().with_context(
            training_acceptance="portal",
            training_accepted_by=self.env.user.partner_id.id,
        ).write({"state": "open", "offer_until": False})
        self.sudo()._training_send_receipts()

    def action_offer_seat(self):
        """Offer a seat to this entry first, whatever its rank: decided by the CDG."""
        self.event_id._check_training_organiser()
        self.event_id._training_guard()
        for registration in self.filtered(lambda r: r.is_waiting and not r.offer_until):
            free = registration.event_id._training_seats_left()
            if free is not None and free <= 0:
                raise UserError(self.env._("No seat is free: raise the capacity."))
            registration.sudo()._training_offer_seat()

    def _training_offer_seat(self):
        """Hold a seat for these entries until they answer."""
        for registration in self:
            hours = registration.event_id.company_id.cdg47_answer_hours or 48
            now = fields.Datetime.now()
            # Half of the time left, when the session is near.
            left = (registration.event_id.date_begin - now) / 2
            registration.offer_until = now + min(timedelta(hours=hours), left)
        self.env.flush_all()
        self.event_id.invalidate_recordset(["seats_available"])
        self._training_send_offers()

    # === Job ===
    @api.model
    def _cron_waiting_list(self):
        """Give on the offers that nobody answered; offer the seats that are free."""
        now = fields.Datetime.now()
        expired = self.search([("is_waiting", "=", True), ("offer_until", "<", now)])
        waiting = self.search(
            Domain("is_waiting", "=", True) & Domain("event_id.date_begin", ">", now)
        )
        sessions = expired.event_id | waiting.event_id
        self.env["ir.cron"]._cdg47_each(sessions, "_training_promote_alone")

    # === Left ===
    def _training_cancel(self, motive="agent"):
        """Cancel registrations for a reason.

        :param str motive: key of the motives; some give the half-day back at any time
        """
        if motive not in dict(MOTIVES):
            raise UserError(self.env._("Choose the reason of the cancellation."))
        for registration in self.filtered("event_id.training_kind"):
            registration._check_may_cancel(motive)
            # The caller has checked that the registration is theirs.
            registration.sudo().with_context(training_motive=motive).write(
                {"state": "cancel"}
            )

    def _check_may_cancel(self, motive):
        self.ensure_one()
        if self.state == "cancel":
            raise UserError(self.env._("This registration is cancelled already."))
        if motive != "cdg" and (
            self.state == "done" or self.event_id._training_has_started()
        ):
            raise UserError(
                self.env._("The session has started: its sign-in sheet tells the rest.")
            )

    def _training_cancel_is_late(self, motive="agent"):
        """Tell whether cancelling today leaves the half-day drawn, or billed."""
        self.ensure_one()
        if motive in FREE_MOTIVES or not self.late_cancel_consumes or self.is_waiting:
            return False
        last_free = self.event_id._training_day() - timedelta(self.free_cancel_days)
        return today_in_paris() > last_free

    def _training_cancel_cost(self):
        """Say what cancelling today costs, before the click."""
        self.ensure_one()
        last_free = self.event_id._training_day() - timedelta(self.free_cancel_days)
        date = self.collectivite_id.sudo()._cdg47_format_date(last_free)
        if self.is_waiting:
            return self.env._("Leaving the waiting list is free.")
        if not self._training_cancel_is_late():
            return self.env._(
                "Free until %(date)s: the half-day is given back.", date=date
            )
        if self._training_other_agents():
            return self.env._(
                "Another of your agents attends: cancelling changes nothing to what is "
                "counted."
            )
        return self.env._(
            "Free cancellation ended on %(date)s: the half-day stays counted, unless "
            "the reason is illness, bereavement or an election. Replacing the agent is "
            "free.",
            date=date,
        )

    def _training_other_agents(self):
        """Return the other registrations that keep the half-days of this one taken."""
        self.ensure_one()
        return self.sudo().search(
            [
                ("event_id", "=", self.event_id.id),
                ("collectivite_id", "=", self.collectivite_id.id),
                ("state", "in", ("open", "done")),
                ("id", "!=", self.id),
            ]
        )

    def _training_leave_seats(self):
        """After a cancellation: mark it, give back, offer the seat, tell the agent."""
        motive = (self.env.su and self.env.context.get("training_motive")) or "agent"
        for registration_sudo in self.sudo():
            was_waiting = registration_sudo.is_waiting
            late = registration_sudo._training_cancel_is_late(motive)
            registration_sudo.write(
                {
                    "cancel_motive": "waiting"
                    if was_waiting and motive == "agent"
                    else motive,
                    "cancelled_on": fields.Datetime.now(),
                    "is_late_cancel": late,
                    "is_waiting": False,
                    "offer_until": False,
                }
            )
            if not was_waiting and not late:
                registration_sudo._training_release(motive)
            registration_sudo._training_send_cancellation()
        if motive != "cdg" and not self.env.context.get("training_no_promote"):
            self.event_id.sudo()._training_promote()

    def _training_release(self, motive):
        """Give back the half-days that no other agent keeps."""
        self.ensure_one()
        participations = self.env["cdg47.training.participation"].search(
            [
                ("collectivite_id", "=", self.collectivite_id.id),
                ("event_id", "=", self.event_id.id),
                ("registration_id", "in", (False, self.id)),
            ]
        )
        if self._training_other_agents():
            participations = participations.filtered("registration_id")
        participations._release(dict(self._motives())[motive])

    def _motives(self):
        return self._fields["cancel_motive"]._description_selection(self.env)

    # === Replacement ===
    def _training_replace(self, agent):
        """Send another agent instead, at any time before the session: always free.

        :param res.partner agent: another agent of the collectivité
        """
        self.ensure_one()
        if self.state not in ("open", "draft") or self.event_id._training_has_started():
            raise UserError(
                self.env._("An agent is replaced before the session starts.")
            )
        session_sudo = self.event_id.sudo()
        session_sudo._training_guard()
        self._check_may_register(
            session_sudo,
            self.collectivite_id,
            agent.sudo(),
            {"is_walk_in": True},
        )
        # The caller has checked that the registration and the agent are theirs.
        self_sudo = self.sudo()
        self_sudo._training_send_cancellation()
        self_sudo.write(
            {
                "replaced_agent_ids": [fields.Command.link(self_sudo.agent_id.id)],
                "agent_id": agent.id,
                "name": agent.sudo().name,
                "email": agent.sudo().email,
                # Its own convocation is still to come.
                "convoked_version": 0,
            }
        )
        self_sudo._training_send_receipts()
        self_sudo._trigger_convocations()

    # === Buttons ===
    def action_cancel(self):
        """A training is cancelled with a reason: open the assistant."""
        ours = self.filtered("event_id.training_kind")
        result = super(EventRegistration, self - ours).action_cancel()
        if not ours:
            return result
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_training.cdg47_training_cancel_action"
        )
        action["context"] = {"default_registration_ids": ours.ids}
        return action
