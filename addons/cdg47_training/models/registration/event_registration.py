# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import email_normalize

from odoo.addons.cdg47_convention.lib.dates import paris_day
from odoo.addons.cdg47_convention.lib.plain_text import one_line

from ...reading.eligibility import refusal

MOTIVES = [
    ("agent", "Asked by the collectivité"),
    ("illness", "Illness or accident"),
    ("bereavement", "Bereavement"),
    ("election", "Organisation of an election"),
    ("rescheduled", "The session was moved"),
    ("cdg", "Cancelled by the centre de gestion"),
    ("expired", "Offer not answered in time"),
    ("waiting", "Left the waiting list"),
]
# Whatever the delay, these give the half-day back.
FREE_MOTIVES = {"illness", "bereavement", "election", "rescheduled", "cdg"}
# What seats, rights and letters decide: never entered.
DECIDED = {
    "coverage", "verdict", "offer_sentence", "billed_days", "acceptance",
    "accepted_by_id", "accepted_on", "sale_line_id", "is_walk_in",
    "free_cancel_days", "late_cancel_consumes", "no_show_consumes", "is_late_cancel",
    "is_waiting", "offer_until", "convoked_version", "cancel_motive", "cancelled_on",
    "sale_order_id", "training_kind", "waiting_since", "waiting_group",
    "waiting_priority",
}  # fmt: skip
# With a seat.
LIVING = ("open", "done")


class EventRegistration(models.Model):
    """An agent of a collectivité at a session: a registration is no convocation."""

    _inherit = "event.registration"
    _cdg47_portal_thread = False

    training_kind = fields.Selection(
        related="event_id.training_kind", store=True, index="btree_not_null"
    )
    collectivite_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="restrict",
        domain=[("collectivite_type", "!=", False)],
        tracking=True,
        help="The one the agent works for, which draws or pays.",
    )
    agent_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        domain=[("is_company", "=", False)],
    )
    coverage = fields.Selection(
        [
            ("included", "Included"),
            ("partial", "Partly included"),
            ("billed", "Billed"),
            ("refused", "Refused"),
        ],
        readonly=True,
        copy=False,
        tracking=True,
    )
    verdict = fields.Text(readonly=True, copy=False)
    offer_sentence = fields.Text(
        string="Price shown",
        readonly=True,
        copy=False,
        help="What was read before the click.",
    )
    billed_days = fields.Float(
        string="Days billed",
        readonly=True,
        copy=False,
        digits="Product Unit",
        min_display_digits=2,
    )
    acceptance = fields.Selection(
        [("portal", "In the portal"), ("written", "Written request")],
        string="Accepted",
        readonly=True,
        copy=False,
    )
    accepted_by_id = fields.Many2one("res.partner", readonly=True, copy=False)
    accepted_on = fields.Datetime(readonly=True, copy=False)
    sale_line_id = fields.Many2one(
        "sale.order.line",
        string="Order line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    is_walk_in = fields.Boolean(string="Came unregistered", readonly=True, copy=False)

    # === Rules of cancellation, as they were accepted ===
    free_cancel_days = fields.Integer(readonly=True, copy=False, aggregator=None)
    late_cancel_consumes = fields.Boolean(readonly=True, copy=False)
    no_show_consumes = fields.Boolean(readonly=True, copy=False)
    cancel_motive = fields.Selection(
        MOTIVES, string="Why it is cancelled", readonly=True, copy=False, tracking=True
    )
    cancelled_on = fields.Datetime(readonly=True, copy=False)
    is_late_cancel = fields.Boolean(string="Cancelled late", readonly=True, copy=False)
    replaced_agent_ids = fields.Many2many(
        "res.partner",
        relation="cdg47_registration_replaced_rel",
        string="Replaces",
        readonly=True,
        copy=False,
    )

    # === What was attended ===
    attendance_ids = fields.One2many("cdg47.training.attendance", "registration_id")
    attended_hours = fields.Float(
        compute="_compute_attended_hours", store=True, aggregator="sum"
    )
    attestation_ids = fields.One2many(
        "cdg47.training.attestation", "registration_id", string="Attestations"
    )

    _one_agent_once = models.UniqueIndex(
        "(event_id, agent_id) WHERE agent_id IS NOT NULL AND state <> 'cancel'",
        "This agent is registered to this session already.",
    )

    @api.depends("attendance_ids.hours", "attendance_ids.status")
    def _compute_attended_hours(self):
        for registration in self:
            registration.attended_hours = sum(
                registration.attendance_ids.filtered(
                    lambda a: a.status == "present"
                ).mapped("hours")
            )

    # === Agents ===
    @api.model
    def _training_agents(self, collectivite):
        """Return the contacts who work or act for a collectivité today."""
        return self.env["cdg47.mandate"].sudo()._for(collectivite).contact_id

    @api.model
    def _training_agent(self, collectivite, name, email=False):
        """Return the agent of this name or address, created when there is none.

        Without an address the name decides: two homonyms are told apart by choosing
        them in the list of agents.
        """
        name, email = one_line(name), one_line(email)
        if not name:
            raise UserError(
                self.env._("Give the first name and the name of the agent.")
            )
        if email and not email_normalize(email):
            raise UserError(
                self.env._("« %(email)s » is no e-mail address.", email=email)
            )
        for agent_sudo in self._training_agents(collectivite):
            same_mail = email and (agent_sudo.email or "").lower() == email.lower()
            same_name = (agent_sudo.name or "").lower() == name.lower()
            if same_name and (same_mail or not email or not agent_sudo.email):
                return agent_sudo
        # A contact and its mandate are created for the collectivité checked by the
        # caller, whatever the rights of who registers.
        agent_sudo = self.env["res.partner"].sudo().create(
            {
                "name": name,
                "email": email or False,
                "parent_id": collectivite.id,
                "lang": collectivite.sudo()._cdg47_lang(),
            }
        )  # fmt: skip
        self.env["cdg47.mandate"].sudo().create(
            {
                "contact_id": agent_sudo.id,
                "collectivite_id": collectivite.id,
                "role": "agent",
            }
        )
        return agent_sudo

    # === CRUD: seats, rights and price are decided under the guards, by any route ===
    @api.model_create_multi
    def create(self, vals_list):
        events = self.env["event.event"].browse(
            {vals["event_id"] for vals in vals_list if vals.get("event_id")}
        )
        trainings = events.sudo().filtered("training_kind")
        if not trainings:
            return super().create(vals_list)
        trainings._training_guard()
        vals_list = [
            self._prepare_training(vals)
            if vals.get("event_id") in trainings.ids
            else vals
            for vals in vals_list
        ]
        registrations = super().create(vals_list)
        ours = registrations.filtered("event_id.training_kind")
        ours.filtered(lambda r: r.state in LIVING)._training_take_seats()
        ours._training_send_receipts()
        return registrations

    def _prepare_training(self, vals):
        """Complete and check the values of one registration to a training."""
        if not self.env.su and DECIDED & set(vals):
            raise UserError(
                self.env._("Price, verdict and convocation are decided, never entered.")
            )
        session = self.env["event.event"].browse(vals["event_id"]).sudo()
        collectivite = self.env["res.partner"].browse(vals.get("collectivite_id"))
        if not collectivite:
            raise ValidationError(
                self.env._(
                    "Registrations to this training are made by the collectivité, in "
                    "its space or by the centre de gestion."
                )
            )
        agent = self.env["res.partner"].browse(vals.get("agent_id")).sudo()
        if not agent:
            agent = self._training_agent(
                collectivite, vals.get("name"), vals.get("email")
            ).sudo()
        self._check_may_register(session, collectivite, agent, vals)
        return {
            **vals,
            "state": "draft" if vals.get("is_waiting") else "open",
            "agent_id": agent.id,
            "name": agent.name,
            "email": agent.email or vals.get("email"),
            "company_name": collectivite.sudo().name,
            "partner_id": vals.get("partner_id") or self.env.user.partner_id.id,
            "free_cancel_days": session.free_cancel_days,
            "late_cancel_consumes": session.late_cancel_consumes,
            "no_show_consumes": session.no_show_consumes,
        }

    def _lead_on(self, session, collectivite, code):
        """Refuse with the button that records the editor, to who may record it (R9)."""
        is_known = collectivite.sudo().software_editor_id
        if code == "editor" and not is_known and self.env.user._is_internal():
            day = paris_day(session.date_begin)
            wanted = [(collectivite, session.training_product_id, day)]
            collectivite._cdg47_check_prerequisites(wanted)

    def _check_may_register(self, session, collectivite, agent, vals):
        """Refuse with the reason: eligibility, agent of another, registered twice."""
        refused = refusal(session, collectivite)
        if refused and not vals.get("is_walk_in"):
            self._lead_on(session, collectivite, refused[0])
            raise ValidationError(refused[1])
        if agent not in self._training_agents(collectivite):
            raise ValidationError(
                self.env._(
                    "%(agent)s is not among the agents of %(name)s today.",
                    agent=agent.name,
                    name=collectivite.sudo().name,
                )
            )
        twin = self.sudo().search(
            [
                ("event_id", "=", session.id),
                ("state", "!=", "cancel"),
                ("agent_id", "=", agent.id),
            ],
            limit=1,
        )
        if twin:
            raise ValidationError(
                self.env._(
                    "%(agent)s is registered to « %(session)s » already.",
                    agent=agent.name,
                    session=session.name,
                )
            )

    def write(self, vals):
        ours = self.filtered("event_id.training_kind")
        if not ours:
            return super().write(vals)
        ours._check_training_write(vals)
        if "state" in vals or "active" in vals:
            ours.event_id.sudo()._training_guard()
        were = {registration: registration.state for registration in ours}
        if vals.get("state") in LIVING:
            ours._check_may_reopen()
        result = super().write(vals)
        if vals.get("state") in LIVING:
            ours.filtered(lambda r: were[r] not in LIVING)._training_take_seats()
        elif vals.get("state") == "cancel":
            ours.filtered(lambda r: were[r] != "cancel")._training_leave_seats()
        return result

    def _check_training_write(self, vals):
        if not self.env.su and DECIDED & set(vals):
            raise UserError(
                self.env._("Price, verdict and convocation are decided, never entered.")
            )
        if not self.env.su and {"event_id", "collectivite_id", "agent_id"} & set(vals):
            raise UserError(
                self.env._("Cancel this registration, or replace its agent.")
            )
        living = self.filtered(lambda r: r.state != "cancel")
        if "active" in vals and not vals["active"] and living:
            raise UserError(self.env._("Cancel a registration before archiving it."))
        if vals.get("state") == "draft" and not self.env.su:
            raise UserError(
                self.env._("A registration to a training is not put back to draft.")
            )

    def _check_may_reopen(self):
        """A cancelled or waiting registration obeys today's rules to take a seat."""
        for registration in self.filtered(lambda r: r.state in ("draft", "cancel")):
            refused = refusal(registration.event_id, registration.collectivite_id)
            if refused:
                raise ValidationError(refused[1])

    @api.ondelete(at_uninstall=False)
    def _unlink_except_training(self):
        if self.filtered("event_id.training_kind"):
            raise UserError(
                self.env._("A registration to a training is cancelled, never deleted.")
            )

    # === Mails of Odoo's events ===
    def _update_mail_schedulers(self):
        """Our receipts and convocations replace the mails of an ordinary event."""
        return super(
            EventRegistration, self.filtered(lambda r: not r.event_id.training_kind)
        )._update_mail_schedulers()

    # === Constraints ===
    @api.constrains("event_id", "collectivite_id", "agent_id")
    def _check_training(self):
        """No registration to a training without collectivité and agent, by any route.

        The public form of a website has neither.
        """
        for registration in self.filtered("event_id.training_kind"):
            if not (registration.collectivite_id and registration.agent_id):
                raise ValidationError(
                    self.env._(
                        "Registrations to this training are made by the collectivité, "
                        "in its space or by the centre de gestion."
                    )
                )

    @api.constrains("agent_id", "event_id", "state")
    def _check_agent_is_free(self):
        """An agent attends one session at a time."""
        living = self.filtered(
            lambda r: r.event_id.training_kind and r.state == "open" and r.agent_id
        )
        for registration in living:
            session = registration.event_id
            others = self.sudo().search(
                [
                    ("agent_id", "=", registration.agent_id.id),
                    ("state", "=", "open"),
                    ("event_id", "!=", session.id),
                    ("event_id.training_state", "=", "published"),
                    ("event_id.date_begin", "<=", session.date_end),
                    ("event_id.date_end", ">=", session.date_begin),
                ]
            )
            busy = others.event_id.half_day_ids.filtered(
                lambda h, s=session: any(
                    h.start < mine.stop and mine.start < h.stop
                    for mine in s.half_day_ids
                )
            )
            if busy:
                raise ValidationError(
                    self.env._(
                        "%(agent)s is already registered to « %(session)s » at that "
                        "time.",
                        agent=registration.agent_id.name,
                        session=busy[:1].event_id.name,
                    )
                )

    @api.constrains("active", "state", "event_id", "event_slot_id", "event_ticket_id")
    def _check_seats_availability(self):
        """Once people sit in the room, unregistered or not, seats matter no longer."""
        seated = self.filtered(
            lambda r: r.training_kind and (r.is_walk_in or r.state == "done")
        )
        return super(EventRegistration, self - seated)._check_seats_availability()

    # === Reading ===
    def _training_contacts(self):
        """Return who follows the registrations of the collectivité, with an address."""
        self.ensure_one()
        contacts_sudo = self.collectivite_id.sudo()._cdg47_acting(("secretary",))
        return contacts_sudo.filtered("email")

    def _training_recipients(self):
        """Return the agent and the contacts of the collectivité, each mailbox once."""
        self.ensure_one()
        chosen, addresses = self.env["res.partner"].sudo(), set()
        for partner_sudo in self.agent_id.sudo() | self._training_contacts():
            address = (partner_sudo.email or "").strip().lower()
            if address and address not in addresses:
                chosen |= partner_sudo
                addresses.add(address)
        return chosen

    def _training_lang(self):
        return self.collectivite_id.sudo()._cdg47_lang()

    def action_issue_attestations(self):
        """Issue, and open the list."""
        self.event_id._check_training_organiser()
        self.env["cdg47.training.attestation"]._issue(
            self.filtered(lambda r: r.state == "done")
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_training.cdg47_training_attestation_action"
        )
        action["domain"] = [("registration_id", "in", self.ids)]
        return action
