# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..session.cdg47_training_half_day import clock


class Cdg47TrainingAttendance(models.Model):
    """One agent at one half-day: a line of the sign-in sheet."""

    _name = "cdg47.training.attendance"
    _description = "Attendance"
    _order = "half_day_id, registration_id"
    _rec_name = "registration_id"

    half_day_id = fields.Many2one(
        "cdg47.training.half.day", required=True, index=True, ondelete="restrict"
    )
    registration_id = fields.Many2one(
        "event.registration", required=True, index=True, ondelete="cascade"
    )
    event_id = fields.Many2one(
        related="half_day_id.event_id", store=True, string="Session", index=True
    )
    collectivite_id = fields.Many2one(
        related="registration_id.collectivite_id", store=True, index=True
    )
    company_id = fields.Many2one(related="event_id.company_id", store=True)
    date = fields.Date(related="half_day_id.date", store=True)
    status = fields.Selection(
        [("present", "Present"), ("absent", "Absent"), ("excused", "Excused")]
    )
    hours = fields.Float(
        compute="_compute_hours",
        store=True,
        readonly=False,
        help="Hours really attended.",
    )

    _once = models.UniqueIndex(
        "(half_day_id, registration_id)", "An agent signs a half-day once."
    )

    @api.depends("status", "half_day_id.hours")
    def _compute_hours(self):
        for attendance in self:
            whole = attendance.half_day_id.hours
            if attendance.status != "present":
                attendance.hours = 0
            elif not attendance.hours:
                attendance.hours = whole

    @api.constrains("hours")
    def _check_hours(self):
        for attendance in self:
            if not 0 <= attendance.hours <= attendance.half_day_id.hours:
                raise ValidationError(
                    self.env._(
                        "%(agent)s: between 0 and %(hours)s hours.",
                        agent=attendance.registration_id.name,
                        hours=f"{attendance.half_day_id.hours:g}",
                    )
                )

    def _status_text(self):
        """Say it on the sheet: « Présent, 3 h 30 »."""
        self.ensure_one()
        status = dict(self._fields["status"]._description_selection(self.env))
        if self.status == "present":
            return f"{status['present']}, {clock(self.hours)}"
        return status.get(self.status, "")

    @api.model_create_multi
    def create(self, vals_list):
        attendances = super().create(vals_list)
        attendances.half_day_id._check_sheet_is_open()
        return attendances

    def write(self, vals):
        self.half_day_id._check_sheet_is_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_locked(self):
        self.half_day_id._check_sheet_is_open()
