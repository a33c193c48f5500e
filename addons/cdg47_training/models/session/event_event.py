# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain

from odoo.addons.cdg47_convention.lib.dates import PARIS, day_in_paris, today_in_paris

from .event_type import KINDS
from .moving import move_session

MOMENTS = {"date_begin", "date_end"}
# What agents were told in their convocation.
FIELDS_OF_CONVOCATION = {"address_id", "event_url", "location_kind"}


class EventEvent(models.Model):
    """A session of training: an event whose half-days are counted or billed.

    Nothing changes for an event without ``training_kind``.
    """

    _inherit = "event.event"
    _cdg47_portal_thread = False

    training_kind = fields.Selection(
        KINDS,
        string="Kind of training",
        compute="_compute_training_type",
        store=True,
        readonly=False,
        index="btree_not_null",
        tracking=True,
    )
    training_product_id = fields.Many2one(
        "product.product",
        string="Service",
        compute="_compute_training_type",
        store=True,
        readonly=False,
        domain=[("cdg47_is_service", "=", True)],
    )
    training_forfait_id = fields.Many2one(
        "product.template",
        string="Only with",
        compute="_compute_training_type",
        store=True,
        readonly=False,
        domain=[("cdg47_is_forfait", "=", True)],
        help="The forfait one must hold; empty: any forfait.",
    )
    training_survey_id = fields.Many2one(
        "survey.survey",
        string="Satisfaction survey",
        compute="_compute_training_type",
        store=True,
        readonly=False,
    )
    training_state = fields.Selection(
        [
            ("draft", "In preparation"),
            ("published", "Open"),
            ("held", "Held"),
            ("cancelled", "Cancelled"),
        ],
        string="Session",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    training_cancel_reason = fields.Char(
        string="Why it is cancelled", readonly=True, copy=False, tracking=True
    )
    location_kind = fields.Selection(
        [
            ("cdg", "At the centre de gestion"),
            ("onsite", "On site"),
            ("remote", "Remote"),
        ],
        string="Place",
        default="cdg",
        required=True,
    )
    software_editor_ids = fields.Many2many(
        "cdg47.software.editor",
        string="Software editors",
        help="Only for the collectivités of these editors; empty: for all.",
    )
    reserved_partner_ids = fields.Many2many(
        "res.partner",
        relation="cdg47_event_reserved_partner_rel",
        string="Reserved for",
        domain=[("collectivite_type", "!=", False)],
        help="Only these collectivités see it and register; empty: all.",
    )
    half_day_ids = fields.One2many(
        "cdg47.training.half.day", "event_id", string="Half-days", copy=True
    )
    training_request_ids = fields.One2many("cdg47.training.request", "event_id")
    has_day_off = fields.Boolean(string="On a day off", compute="_compute_has_day_off")
    half_day_count = fields.Integer(
        string="Number of half-days",
        compute="_compute_half_day_count",
        store=True,
        aggregator="sum",
    )
    seats_min = fields.Integer(
        string="Registered at least",
        default=lambda self: self.env.company.cdg47_seats_min,
    )
    training_objectives = fields.Text(string="Objectives", translate=True)
    training_programme = fields.Text(string="Programme", translate=True)
    training_audience = fields.Text(string="For whom", translate=True)

    # === Rules of cancellation, copied on each registration ===
    free_cancel_days = fields.Integer(
        string="Free cancellation until (days before)",
        default=lambda self: self.env.company.cdg47_free_cancel_days,
    )
    late_cancel_consumes = fields.Boolean(
        string="A late cancellation consumes",
        default=lambda self: self.env.company.cdg47_late_cancel_consumes,
    )
    no_show_consumes = fields.Boolean(
        string="An absence without cancellation consumes",
        default=lambda self: self.env.company.cdg47_no_show_consumes,
    )

    session_version = fields.Integer(
        string="Version",
        default=1,
        readonly=True,
        copy=False,
        aggregator=None,
        help="Grows when a date or a place changes: convocations are sent anew.",
    )
    headcount_alarm_on = fields.Date(readonly=True, copy=False)
    training_other_session_ids = fields.Many2many(
        "event.event",
        relation="cdg47_event_other_session_rel",
        column1="event_id",
        column2="other_id",
        string="Other dates proposed",
        copy=False,
    )
    convoked_count = fields.Integer(string="Convoked", compute="_compute_convoked")
    unconvoked_count = fields.Integer(
        string="Convocations not sent", compute="_compute_convoked"
    )

    evaluation_count = fields.Integer(
        string="Opinions", compute="_compute_evaluation_count"
    )

    # === Computes ===
    @api.depends("event_type_id")
    def _compute_training_type(self):
        """Follow the template when it changes, as Odoo does for seats and mails."""
        for event in self:
            template = event.event_type_id
            if template or not event.training_kind:
                event.training_kind = template.training_kind
                event.training_product_id = template.training_product_id
                event.training_forfait_id = template.training_forfait_id
                event.training_survey_id = template.training_survey_id
            else:
                event.training_kind = event.training_kind
                event.training_product_id = event.training_product_id
                event.training_forfait_id = event.training_forfait_id
                event.training_survey_id = event.training_survey_id

    @api.depends("half_day_ids.date")
    def _compute_has_day_off(self):
        for event in self:
            event.has_day_off = any(event.half_day_ids.mapped("is_day_off"))

    @api.depends("half_day_ids")
    def _compute_half_day_count(self):
        for event in self:
            event.half_day_count = len(event.half_day_ids)

    def _compute_convoked(self):
        registrations = self.env["event.registration"].search(
            [("event_id", "in", self.ids), ("state", "=", "open")]
        )
        by_session = registrations.grouped("event_id")
        for event in self:
            living = by_session.get(event, registrations.browse())
            event.convoked_count = len(
                living.filtered(
                    lambda r, e=event: r.convoked_version >= e.session_version
                )
            )
            event.unconvoked_count = len(living.filtered("convocation_error"))

    def _compute_evaluation_count(self):
        # Who trains reads no answer by itself: only how many came back.
        came_back = dict(
            self.env["event.registration"].sudo()._read_group(
                [("event_id", "in", self.ids), ("survey_answer_id.state", "=", "done")],
                ["event_id"],
                ["__count"],
            )
        )  # fmt: skip
        for event in self:
            event.evaluation_count = came_back.get(event._origin, 0)

    # === Constraints ===
    @api.constrains("training_kind", "training_product_id")
    def _check_training_product(self):
        for event in self.filtered("training_kind"):
            if not event.training_product_id:
                raise ValidationError(
                    self.env._(
                        "%(session)s: choose the service that is drawn or billed.",
                        session=event.name,
                    )
                )

    @api.constrains("training_kind", "is_multi_slots")
    def _check_training_slots(self):
        if any(event.training_kind and event.is_multi_slots for event in self):
            raise ValidationError(
                self.env._(
                    "A training has half-days, not slots: slots are alternative dates."
                )
            )

    # === CRUD ===
    def write(self, vals):
        if moved := self.filtered(lambda event: event._is_moved_by(vals)):
            # Its half-days are the session: its dates follow them.
            for event in moved:
                move_session(event, vals)
            (self - moved).write(vals)
            rest = {name: vals[name] for name in set(vals) - MOMENTS}
            return moved.write(rest) if rest else True
        told = {
            event: event._told_in_convocation()
            for event in self.filtered("training_kind")
            if FIELDS_OF_CONVOCATION & set(vals)
        }
        if "training_kind" in vals or "event_type_id" in vals:
            self._check_kind_may_change()
        seats = {event: event.seats_max for event in self if "seats_max" in vals}
        result = super().write(vals)
        self.browse(
            [
                event.id
                for event, was in told.items()
                if event._told_in_convocation() != was
            ]
        )._bump_session_version()
        for event, was in seats.items():
            if event.training_kind and (event.seats_max > was or not event.seats_max):
                event._training_promote()
        if "tag_ids" in vals:
            open_sessions = self.filtered(
                lambda e: e.training_kind and e.training_state == "published"
            )
            self.env["cdg47.training.interest"]._tell_of(open_sessions)
        return result

    def _is_moved_by(self, vals):
        """Tell whether values give a session other dates than its half-days'."""
        asked = {name: vals[name] for name in MOMENTS & set(vals)}
        if not (asked and self.training_kind and self.half_day_ids):
            return False
        held = self._moments_of_half_days()
        return any(fields.Datetime.to_datetime(asked[n]) != held[n] for n in asked)

    def _moments_of_half_days(self):
        """Return when the first half-day begins, and the last one ends."""
        return {
            "date_begin": min(self.half_day_ids.mapped("start")),
            "date_end": max(self.half_day_ids.mapped("stop")),
        }

    def _told_in_convocation(self):
        return tuple(self[name] for name in sorted(FIELDS_OF_CONVOCATION))

    def _check_kind_may_change(self):
        if self.registration_ids.filtered("collectivite_id"):
            raise UserError(
                self.env._("Collectivités are registered: the kind no longer changes.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        if self.filtered("training_kind").registration_ids:
            raise UserError(
                self.env._("A session with registrations is kept: cancel it instead.")
            )

    # === Reading ===
    def _training_day(self):
        """Return the first day of the session, in Paris.

        :rtype: datetime.date
        """
        self.ensure_one()
        return day_in_paris(self.date_begin)

    def _training_has_started(self):
        self.ensure_one()
        return self.date_begin <= fields.Datetime.now()

    def _training_hours(self):
        """Return the hours of the whole session."""
        return sum(self.half_day_ids.mapped("hours"))

    def _training_place(self):
        """Say where it takes place, in the language of the context."""
        self.ensure_one()
        if self.location_kind == "remote":
            return self.env._("Remote")
        return self.address_inline or self.env._("Place to be confirmed")

    def action_view_training_registrations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_training.training_registration_action"
        )
        action["domain"] = [("event_id", "=", self.id)]
        action["context"] = {"default_event_id": self.id}
        return action

    # === Its half-days ===
    def _check_half_days_may_change(self):
        """Half-days that collectivités accepted are moved, never added or removed."""
        living = self.env["event.registration"].sudo().search_count(
            [
                ("event_id", "in", self.ids),
                ("collectivite_id", "!=", False),
                ("state", "in", ("open", "done")),
            ],
            limit=1,
        )  # fmt: skip
        if living:
            raise UserError(
                self.env._(
                    "Collectivités accepted the half-days of this session: move one "
                    "to another date, or cancel the session."
                )
            )

    def _sync_half_days(self):
        """Make the dates of Odoo's event follow its half-days."""
        for event in self.filtered("half_day_ids"):
            event.write(event._moments_of_half_days() | {"date_tz": str(PARIS)})
            # Whoever plans, the quotation of who asked for it says the dates.
            event.sudo().training_request_ids._name_order()
        self._bump_session_version()

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
            self.env["cdg47.training.interest"]._tell_of(event)

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
            self.env["event.registration"]._trigger_convocations()

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
        session_sudo.training_request_ids._drop_order(reason)

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
        self.env["cdg47.training.attestation"]._issue(
            self.registration_ids.filtered(
                lambda r: r.state == "done" or r.attestation_ids
            )
        )

    def action_issue_attestations(self):
        return self.registration_ids.action_issue_attestations()
