# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError


class Cdg47TrainingHalfDay(models.Model):
    """The sign-in sheet of a half-day: filled in, locked, reopened with a reason."""

    _inherit = "cdg47.training.half.day"

    def _check_sheet_is_open(self):
        if self.filtered(lambda h: h.sheet_state == "locked"):
            raise UserError(
                self.env._("This sign-in sheet is locked: reopen it with a reason.")
            )

    def _check_trainer(self):
        """Refuse the sheet to who neither trains nor organises."""
        for half_day in self:
            if not (
                self.env.su
                or half_day.trainer_id == self.env.user
                or self.env.user.has_group("cdg47_training.group_training_manager")
            ):
                raise UserError(
                    self.env._("Only its trainer or an organiser keeps this sheet.")
                )

    def _sheet_registrations(self):
        """Return who is on the sheet: neither the cancelled nor the waiting."""
        self.ensure_one()
        return self.event_id.registration_ids.filtered(
            lambda r: r.state in ("open", "done")
        ).sorted(lambda r: ((r.name or "").lower(), r.id))

    def _open_sheet(self):
        """Complete the sheet with the lines that lack, and return its lines.

        :rtype: cdg47.training.attendance
        """
        self.ensure_one()
        self._check_trainer()
        expected = self._sheet_registrations()
        if self.sheet_state == "open":
            missing = expected - self.attendance_ids.registration_id
            self.env["cdg47.training.attendance"].sudo().create(
                [{"half_day_id": self.id, "registration_id": r.id} for r in missing]
            )
            self.invalidate_recordset(["attendance_ids"])
        return self.attendance_ids.filtered(
            lambda a: a.registration_id in expected
        ).sorted(lambda a: ((a.registration_id.name or "").lower(), a.id))

    def _fill_sheet(self, statuses):
        """Record who is there.

        :param dict statuses: attendance → (status or False, hours or None)
        """
        self._check_trainer()
        self._check_may_sign()
        for attendance, (status, hours) in statuses.items():
            values = {"status": status}
            if status == "present" and hours is not None:
                values["hours"] = hours
            attendance.sudo().write(values)

    def _check_may_sign(self):
        """Nobody signs before the half-day starts."""
        for half_day in self:
            if half_day.start > fields.Datetime.now():
                raise UserError(
                    self.env._(
                        "This half-day has not started: its sheet opens with it."
                    )
                )

    def action_open_sheet(self):
        """Open the page of the sheet, made for a phone."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/formation/emargement/{self.id}",
            "target": "new",
        }

    def action_lock(self):
        """Lock the sheet: rights and bills follow, attestations become possible."""
        self._check_trainer()
        self._check_may_sign()
        for half_day_sudo in self.sudo().filtered(lambda h: h.sheet_state == "open"):
            half_day_sudo._open_sheet()
            unknown = half_day_sudo.attendance_ids.filtered(
                lambda a: not a.status and a.registration_id.state in ("open", "done")
            )
            if unknown:
                raise UserError(
                    self.env._(
                        "Say whether they were there: %(names)s.",
                        names=", ".join(unknown.registration_id.mapped("name")),
                    )
                )
            half_day_sudo.write(
                {
                    "sheet_state": "locked",
                    "locked_by_id": self.env.user.id,
                    "locked_on": fields.Datetime.now(),
                }
            )
            half_day_sudo.event_id.message_post(
                body=self.env._(
                    "Sign-in sheet locked by %(user)s: %(half_day)s",
                    user=self.env.user.name,
                    half_day=half_day_sudo._label(),
                )
            )
            half_day_sudo._settle_sheet()

    def _settle_sheet(self):
        """What a locked sheet changes: presence, rights given back, days delivered."""
        self.ensure_one()
        session = self.event_id
        for registration in self._sheet_registrations():
            present = "present" in registration.attendance_ids.mapped("status")
            if present and registration.state == "open":
                registration.write({"state": "done"})
        for participation in self.participation_ids.filtered("active"):
            if participation._was_missed():
                participation._release(self.env._("Excused absence"))
        self.participation_ids.sale_line_id._training_deliver()
        if all(h.sheet_state == "locked" for h in session.half_day_ids):
            session._training_close()

    def _reopen(self, reason):
        """Reopen a locked sheet, traced; its attestations are then replaced."""
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the sheet is reopened."))
        self._check_trainer()
        for half_day_sudo in self.sudo().filtered(lambda h: h.sheet_state == "locked"):
            half_day_sudo.write({"sheet_state": "open"})
            half_day_sudo.event_id.write({"training_state": "published"})
            half_day_sudo.event_id.message_post(
                body=self.env._(
                    "Sign-in sheet reopened by %(user)s: %(half_day)s. %(reason)s",
                    user=self.env.user.name,
                    half_day=half_day_sudo._label(),
                    reason=reason,
                )
            )
            half_day_sudo.participation_ids.sale_line_id._training_deliver()

    def _add_walk_in(self, collectivite, name, email=False):
        """Register who came unregistered; the verdict says whether it is covered.

        :rtype: event.registration
        """
        self.ensure_one()
        self._check_trainer()
        self._check_may_sign()
        self._check_sheet_is_open()
        registrations_sudo = self.env["event.registration"].sudo()
        agent = registrations_sudo._training_agent(collectivite, name, email)
        registration_sudo = registrations_sudo.create(
            [
                {
                    "event_id": self.event_id.id,
                    "collectivite_id": collectivite.id,
                    "agent_id": agent.id,
                    "is_walk_in": True,
                }
            ]
        )
        self._open_sheet()
        return registration_sudo.sudo(False)


class EventEvent(models.Model):
    _inherit = "event.event"

    def _training_close(self):
        """Once every sheet is locked: the session was held, its surveys leave."""
        for event in self:
            event.training_state = "held"
            event.registration_ids._training_invite_to_survey()
