# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.cdg47_convention.lib.dates import PARIS

from ...lib.days_off import is_day_off, working_day

HOURS = {"morning": (8.5, 12.0), "afternoon": (13.5, 17.0)}
TOLD = {"date", "period", "hour_from", "hour_to", "room", "url"}


class Cdg47TrainingHalfDay(models.Model):
    """Half a day of a session: the unit of the forfait and of the sign-in sheet."""

    _name = "cdg47.training.half.day"
    _description = "Half-day of training"
    _order = "date, period desc, id"

    event_id = fields.Many2one(
        "event.event", string="Session", required=True, index=True, ondelete="cascade"
    )
    training_state = fields.Selection(
        related="event_id.training_state", string="Session state"
    )
    company_id = fields.Many2one(related="event_id.company_id", store=True)
    date = fields.Date(required=True, index=True)
    period = fields.Selection(
        [("morning", "Morning"), ("afternoon", "Afternoon")],
        required=True,
        default="morning",
    )
    hour_from = fields.Float(
        string="From", compute="_compute_hours_of_day", store=True, readonly=False
    )
    hour_to = fields.Float(
        string="To", compute="_compute_hours_of_day", store=True, readonly=False
    )
    start = fields.Datetime(compute="_compute_moments", store=True)
    stop = fields.Datetime(compute="_compute_moments", store=True)
    hours = fields.Float(compute="_compute_moments", store=True)
    trainer_id = fields.Many2one(
        "res.users",
        index="btree_not_null",
        domain=[("share", "=", False)],
        default=lambda self: self.env.user,
    )
    is_day_off = fields.Boolean(
        compute="_compute_is_day_off",
        string="Weekend or public holiday",
        help="Told to the organiser, who decides.",
    )
    room = fields.Char()
    url = fields.Char(string="Link", help="Of the remote classroom.")

    # === Sign-in sheet ===
    attendance_ids = fields.One2many("cdg47.training.attendance", "half_day_id")
    sheet_state = fields.Selection(
        [("open", "To fill in"), ("locked", "Locked")],
        string="Sign-in sheet",
        default="open",
        required=True,
        readonly=True,
        copy=False,
    )
    locked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    locked_on = fields.Datetime(readonly=True, copy=False)
    participation_ids = fields.One2many("cdg47.training.participation", "half_day_id")

    _once = models.UniqueIndex(
        "(event_id, date, period)", "A session has one morning and one afternoon a day."
    )
    _hours_in_order = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_to <= 24 AND hour_from < hour_to)",
        "A half-day ends after it starts.",
    )

    @api.depends("period")
    def _compute_hours_of_day(self):
        for half_day in self:
            half_day.hour_from, half_day.hour_to = HOURS[half_day.period or "morning"]

    @api.depends("date", "hour_from", "hour_to")
    def _compute_moments(self):
        for half_day in self:
            if half_day.date:
                half_day.start = _moment(half_day.date, half_day.hour_from)
                half_day.stop = _moment(half_day.date, half_day.hour_to)
            else:
                half_day.start = half_day.stop = False
            half_day.hours = half_day.hour_to - half_day.hour_from

    @api.depends("date")
    def _compute_is_day_off(self):
        for half_day in self:
            half_day.is_day_off = bool(half_day.date) and is_day_off(half_day.date)

    @api.model
    def _working_day(self, day):
        """Return this day, or the next one on which trainings are held."""
        return working_day(day)

    @api.depends("event_id.name", "date", "period")
    def _compute_display_name(self):
        for half_day in self:
            half_day.display_name = (
                f"{half_day.event_id.name or ''} - {half_day._label()}"
            )

    def _label(self):
        """Say which half-day it is: « mardi 3 mars 2026, matin, 9 h - 12 h »."""
        self.ensure_one()
        period = dict(self._fields["period"]._description_selection(self.env))
        return self.env._(
            "%(day)s, %(period)s, %(start)s to %(stop)s",
            day=self._long_day(),
            period=(period.get(self.period) or "").lower(),
            start=clock(self.hour_from),
            stop=clock(self.hour_to),
        )

    @api.model
    def _hours_in_figures(self, hours):
        """Write hours as they are typed: « 3,5 »."""
        lang = self.env["res.lang"]._get_data(code=self.env.lang or "fr_FR")
        return f"{hours:g}".replace(".", lang.decimal_point or ",")

    def _long_day(self):
        return self.env["ir.qweb.field.date"].value_to_html(
            self.date, {"format": "EEEE d MMMM y"}
        )

    # === CRUD ===
    @api.model_create_multi
    def create(self, vals_list):
        for event in self.env["event.event"].browse(
            {vals["event_id"] for vals in vals_list if vals.get("event_id")}
        ):
            event._check_half_days_may_change()
        half_days = super().create(vals_list)
        half_days.event_id._sync_half_days()
        return half_days

    def write(self, vals):
        told = TOLD & set(vals)
        if told:
            self._check_may_be_told_anew()
        if "date" in vals:
            self._check_day_may_move(fields.Date.to_date(vals["date"]))
        named = self._ordered_names() if told else {}
        result = super().write(vals)
        if told:
            self._rename_orders(named)
            self.event_id._sync_half_days()
        return result

    def _move(self, days):
        """Move these half-days together, by a number of days.

        Told once for all, past our own ``write``: a key of context would open it to
        whoever calls.
        """
        # pylint: disable=missing-return,super-method-mismatch
        self._check_may_be_told_anew()
        named = self._ordered_names()
        # One at a time, the foremost first: none takes the place of another.
        for half_day in self.sorted("date", reverse=days > 0):
            day = half_day.date + timedelta(days)
            half_day._check_day_may_move(day)
            super(Cdg47TrainingHalfDay, half_day).write({"date": day})
            half_day.flush_recordset()
        self._rename_orders(named)
        self.event_id._sync_half_days()

    def _check_may_be_told_anew(self):
        if self.filtered(lambda h: h.sheet_state == "locked"):
            raise UserError(
                self.env._(
                    "The sign-in sheet is locked: reopen it with a reason first."
                )
            )

    def _ordered_names(self):
        """Return how the orders name these half-days today, by order line.

        :rtype: dict[sale.order.line, str]
        """
        # Whoever moves a half-day, the orders that name it say it.
        lines_sudo = self.sudo().participation_ids.sale_line_id
        return {line: line._training_name() for line in lines_sudo}

    def _rename_orders(self, named):
        """Name half-days anew on their orders, save on those that are invoiced."""
        for line, former in named.items():
            if not line.invoice_lines:
                line.name = line.name.replace(former, line._training_name())

    def _check_day_may_move(self, day):
        """A half-day drawn in a year stays in it: the fact bears its date (R4)."""
        for half_day in self.filtered("participation_ids.consumption_id"):
            if half_day.date.year != day.year:
                raise UserError(
                    self.env._(
                        "%(half_day)s counts in %(year)s: cancel the session and open "
                        "another one rather than move it to another year.",
                        half_day=half_day.display_name,
                        year=str(half_day.date.year),
                    )
                )

    def unlink(self):
        events = self.event_id
        result = super().unlink()
        events._sync_half_days()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_counted(self):
        self.event_id._check_half_days_may_change()

    # === Its sign-in sheet: filled in, locked, reopened with a reason ===
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


def _moment(day, hour):
    """Return a time of day in Paris as Odoo stores it (naive, UTC)."""
    local = datetime.combine(day, datetime.min.time(), tzinfo=PARIS)
    # The clock on the wall is what is announced, even on a day it changes.
    wall = local.replace(tzinfo=None) + timedelta(minutes=round(hour * 60))
    return wall.replace(tzinfo=PARIS).astimezone(UTC).replace(tzinfo=None)


def clock(hour):
    """Write a time of day or a duration as on a French notice: « 9 h », « 13 h 30 »."""
    hours, minutes = divmod(round(hour * 60), 60)
    space = "\N{NO-BREAK SPACE}"
    return f"{hours}{space}h{space}{minutes:02}" if minutes else f"{hours}{space}h"
