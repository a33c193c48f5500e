# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

CANCELLED_SESSION = "cdg47_training.mail_template_session_cancelled"


class EventEvent(models.Model):
    """A session opens, is held or cancelled; the alarm when too few are registered."""

    _inherit = "event.event"

    training_other_session_ids = fields.Many2many(
        "event.event",
        relation="cdg47_event_other_session_rel",
        column1="event_id",
        column2="other_id",
        string="Other dates proposed",
        copy=False,
    )

    # === Opened, held ===
    def action_publish(self):
        """Open the registrations."""
        self._check_training_organiser()
        for event in self.filtered("training_kind"):
            if not event.half_day_ids:
                raise UserError(
                    self.env._(
                        "%(session)s: add its half-days before it opens.",
                        session=event.name,
                    )
                )
            event.training_state = "published"
            event._notify_interested()

    def action_unpublish(self):
        """Take back a session that nobody is registered to."""
        self._check_training_organiser()
        if self.registration_ids.filtered(lambda r: r.state != "cancel"):
            raise UserError(
                self.env._("Collectivités are registered: cancel the session instead.")
            )
        self.training_state = "draft"

    def action_hold(self):
        """Close a session whose sheets are all locked."""
        self._check_training_organiser()
        for event in self:
            if event.half_day_ids.filtered(lambda h: h.sheet_state != "locked"):
                raise UserError(
                    self.env._(
                        "%(session)s: lock its sign-in sheets first.",
                        session=event.name,
                    )
                )
            event.training_state = "held"

    def _check_training_organiser(self):
        if not (
            self.env.su
            or self.env.user.has_group("cdg47_training.group_training_manager")
        ):
            raise UserError(self.env._("Only an organiser of trainings may do this."))

    def _bump_session_version(self):
        """Have the convocations already sent replaced."""
        for event in self.filtered(lambda e: e.training_state == "published"):
            event.session_version += 1
            event._trigger_convocations()

    # === Cancelled ===
    def _training_cancel_session(self, reason, others=None):
        """Cancel the session: rights given back, everybody told, other dates proposed.

        :param str reason: told to everybody
        :param event.event others: sessions proposed instead
        """
        self.ensure_one()
        self._check_training_organiser()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the session is cancelled."))
        if self.training_state in ("held", "cancelled"):
            raise UserError(self.env._("This session is held or cancelled already."))
        session_sudo = self.sudo()
        session_sudo._training_guard()
        session_sudo.write(
            {
                "training_state": "cancelled",
                "training_cancel_reason": reason,
                "kanban_state": "cancel",
                "training_other_session_ids": [
                    Command.set((others or self.browse()).ids)
                ],
            }
        )
        living = session_sudo.registration_ids.filtered(
            lambda r: r.state in ("draft", "open")
        )
        living._training_cancel("cdg")

    # === Headcount ===
    @api.model
    def _cron_headcount(self):
        """Warn once, ten days before, of the sessions with too few registered."""
        days = self.env.company.cdg47_headcount_days
        now = fields.Datetime.now()
        sessions = self.search(
            Domain("training_state", "=", "published")
            & Domain("training_kind", "!=", False)
            & Domain("headcount_alarm_on", "=", False)
            & Domain("date_begin", ">", now)
            & Domain("date_begin", "<=", now + timedelta(days=days))
        )
        for session in sessions.filtered(lambda s: s.seats_taken < s.seats_min):
            session._raise_headcount_alarm()

    def _raise_headcount_alarm(self):
        self.ensure_one()
        user = self.user_id or self.env.user
        session = self.with_context(lang=user.lang)
        session.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=session.env._(
                "%(taken)s registered, %(wanted)s wanted: keep, merge or cancel",
                taken=self.seats_taken,
                wanted=self.seats_min,
            ),
            date_deadline=today_in_paris(),
            user_id=user.id,
        )
        self.headcount_alarm_on = today_in_paris()

    def _training_similar(self, limit=5):
        """Return the next open sessions of the same service and editors."""
        self.ensure_one()
        return self.search(
            Domain("id", "!=", self.id)
            & Domain("training_product_id", "=", self.training_product_id.id)
            & Domain("training_state", "=", "published")
            & Domain("reserved_partner_ids", "=", False)
            & Domain("date_begin", ">", fields.Datetime.now()),
            order="date_begin, id",
            limit=limit,
        )

    def _training_close(self):
        """Once every sheet is locked: surveys leave, attestations are issued."""
        for event in self:
            event.training_state = "held"
            event.registration_ids._training_invite_to_survey()
        self.registration_ids.filtered(
            lambda r: r.state == "done" or r.attestation_ids
        )._training_issue_attestation()

    def action_issue_attestations(self):
        return self.registration_ids.action_issue_attestations()
