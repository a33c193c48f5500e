# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.cdg47_convention.lib.dates import day_in_paris

from .event_type import KINDS

# What agents were told in their convocation.
FIELDS_OF_CONVOCATION = {"address_id", "event_url", "location_kind"}


class EventEvent(models.Model):
    """A session of training: an event whose half-days are counted or billed.

    Nothing changes for an event without ``training_kind``.
    """

    _inherit = "event.event"

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
            open_sessions = self.filtered(lambda e: e.training_state == "published")
            open_sessions.filtered("training_kind")._notify_interested()
        return result

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
