# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

from .event_registration import FREE_MOTIVES, MOTIVES


class EventRegistration(models.Model):
    """Leaving a session: what it gives back depends on when and why (Annexe 3 III)."""

    _inherit = "event.registration"

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
