# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.cdg47_convention.lib.guard import taking_guard

from ...reading.offer import offer_of

TRAINED_THIS_YEAR, NEVER_TRAINED = 10, 20


class EventEvent(models.Model):
    """The seats of a session: counted under a guard, taken, held for who waits (R6)."""

    _inherit = "event.event"

    seat_guard = fields.Integer(
        default=0,
        readonly=True,
        copy=False,
        aggregator=None,
        export_string_translation=False,
        help="Written by whoever takes or gives a seat, before counting them.",
    )
    participant_count = fields.Integer(
        string="Participants",
        compute="_compute_filling",
        store=True,
        aggregator="sum",
        help="Registered, then present: neither the cancelled nor the waiting.",
    )
    fill_rate = fields.Float(
        string="Filling (%)",
        compute="_compute_filling",
        store=True,
        aggregator="avg",
    )
    waiting_count = fields.Integer(string="Waiting", compute="_compute_waiting_count")

    # === Counted ===
    @api.depends("seats_limited", "seats_max", "registration_ids.state",
                 "registration_ids.active", "training_kind")  # fmt: skip
    def _compute_filling(self):
        for event in self:
            taken = event.seats_taken if event.training_kind else 0
            seats = event.seats_max if event.seats_limited else 0
            event.participant_count = taken
            event.fill_rate = 100 * taken / seats if seats else 0

    def _compute_waiting_count(self):
        counts = dict(
            self.env["event.registration"]
            .sudo()
            ._read_group(
                [("event_id", "in", self.ids), ("is_waiting", "=", True)],
                ["event_id"],
                ["__count"],
            )
        )
        for event in self:
            event.waiting_count = counts.get(event, 0)

    @api.depends("registration_ids.offer_until")
    def _compute_seats(self):
        """A seat offered to the waiting list is held until it is answered."""
        result = super()._compute_seats()
        trainings = self.filtered("training_kind")
        if trainings.ids:
            held = dict(
                self.env["event.registration"]
                .sudo()
                ._read_group(
                    [
                        ("event_id", "in", trainings.ids),
                        ("state", "=", "draft"),
                        ("offer_until", "!=", False),
                    ],
                    ["event_id"],
                    ["__count"],
                )
            )
            for event in trainings.filtered("seats_max"):
                event.seats_available -= held.get(event._origin, 0)
        return result

    def _training_seats_left(self):
        """Return the seats left, None when there is no limit."""
        self.ensure_one()
        session_sudo = self.sudo()
        if not session_sudo.seats_limited or not session_sudo.seats_max:
            return None
        return session_sudo.seats_available

    def _training_seats_words(self):
        """Say how many seats are left: « 1 seat left », « 3 seats left »."""
        left = self._training_seats_left()
        if left is None:
            return ""
        if left <= 0:
            return self.env._("Full: waiting list")
        if left == 1:
            return self.env._("1 seat left")
        return self.env._("%(count)s seats left", count=left)

    # === The guard of seats (R6) ===
    def _training_guard(self):
        """Make this transaction the only one that counts the seats of these sessions.

        Under REPEATABLE READ counting is unsafe, even after FOR UPDATE: of two
        transactions that update one row, the second fails to serialize and
        ``retrying`` runs it again. To be called before reading the seats, sessions in
        the order of their ids, and before the guard of the ledger.
        """
        self.flush_recordset()
        for event_id in sorted(self.ids):
            query = SQL(
                "UPDATE event_event SET seat_guard = COALESCE(seat_guard, 0) + 1 "
                "WHERE id = %s",
                event_id,
            )
            with taking_guard():
                self.env.cr.execute(query)
        self.invalidate_recordset(["seat_guard", "seats_available", "seats_taken"])

    # === Taken: the one way in of the portal and of the assistants ===
    def _training_register(
        self, collectivite, agents, acceptance=None, shown=None, waiting=None
    ):
        """Register agents of a collectivité: the one way in of portal and assistants.

        :param res.partner collectivite: checked by the caller to be the contact's own
        :param res.partner agents: agents of it
        :param str acceptance: ``portal`` or ``written`` where the price shown is
            accepted; without it what is beyond the forfait is left to regularise
        :param str shown: key of the offer that was shown; refused when it changed since
        :param str waiting: ``all`` or ``any`` to go on the waiting list where seats
            lack: the whole group, or those without a seat
        :rtype: event.registration
        :raise UserError: not eligible, no seat, or another price than the one shown
        """
        self.ensure_one()
        self._training_guard()
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(collectivite))
        self._training_promote()
        vals = {
            "event_id": self.id,
            "collectivite_id": collectivite.id,
            "partner_id": self.env.user.partner_id.id,
        }
        seated, queued = self._training_place_agents(agents, waiting)
        if shown is not None and seated:
            self._check_offer_shown(collectivite, seated, shown)
        # A contact registers their own agents; they have no rights on events.
        registrations_sudo = self.env["event.registration"].sudo()
        if acceptance:
            registrations_sudo = registrations_sudo.with_context(
                training_acceptance=acceptance
            )
        created_sudo = registrations_sudo.create(
            [{**vals, "agent_id": agent.id} for agent in seated]
        )
        created_sudo |= self._training_queue(vals, queued, whole=waiting == "all")
        return created_sudo.sudo(False)

    def _training_place_agents(self, agents, waiting):
        """Split agents between seats and waiting list; refuse where neither will do."""
        free = self._training_seats_left()
        if free is None or free >= len(agents):
            return agents, agents.browse()
        if waiting == "all":
            return agents.browse(), agents
        if waiting == "any":
            return agents[: max(free, 0)], agents[max(free, 0) :]
        raise UserError(
            self.env._(
                "« %(session)s »: %(free)s seats are left for %(wanted)s agents. Join "
                "the waiting list, or choose another session.",
                session=self.name,
                free=max(free, 0),
                wanted=len(agents),
            )
        )

    def _check_offer_shown(self, collectivite, agents, shown):
        """What is accepted is what was read: another use may have come in between."""
        offer = offer_of(self, collectivite, len(agents))
        if offer.coverage != "refused" and offer.key != shown:
            raise UserError(
                self.env._(
                    "The price changed while you were reading: %(offer)s Read it, then "
                    "confirm again.",
                    offer=offer.sentence,
                )
            )

    # === The waiting list: priority, then time; a group goes all or nothing ===
    def _training_queue(self, vals, agents, whole):
        """Put agents at the end of the waiting list."""
        now = fields.Datetime.now()
        group = uuid.uuid4().hex if whole and len(agents) > 1 else False
        # A contact registers their own agents; they have no rights on events.
        return self.env["event.registration"].sudo().create(
            [
                {
                    **vals,
                    "agent_id": agent.id,
                    "state": "draft",
                    "is_waiting": True,
                    "waiting_since": now,
                    "waiting_group": group,
                    "waiting_priority": self._training_priority(
                        vals["collectivite_id"]
                    ),
                }
                for agent in agents
            ]
        )  # fmt: skip

    def _training_priority(self, collectivite_id):
        year = self._training_day().year
        attended = self.env["event.registration"].sudo().search_count(
            [
                ("collectivite_id", "=", collectivite_id),
                ("state", "in", ("open", "done")),
                ("event_id.date_begin", ">=", f"{year}-01-01"),
                ("event_id.date_begin", "<", f"{year + 1}-01-01"),
            ],
            limit=1,
        )  # fmt: skip
        return TRAINED_THIS_YEAR if attended else NEVER_TRAINED

    def _training_waiting_units(self):
        """Return the entries not served yet, in order: alone, or a whole group.

        :rtype: list[event.registration]
        """
        self.ensure_one()
        waiting = self.env["event.registration"].search(
            [
                ("event_id", "=", self.id),
                ("is_waiting", "=", True),
                ("offer_until", "=", False),
            ],
            order="waiting_priority desc, waiting_since, id",
        )
        units = {}
        for entry in waiting:
            key = entry.waiting_group or entry.id
            units[key] = units.get(key, entry.browse()) | entry
        return list(units.values())

    def _training_promote(self):
        """Offer the free seats to the waiting list, in its order.

        Runs first in every registration: who comes last never jumps the queue. A group
        too large for what is free keeps its rank and lets the next ones pass.
        """
        for session_sudo in self.sudo():
            if session_sudo.training_state != "published":
                continue
            if session_sudo._training_has_started():
                continue
            session_sudo._training_expire_offers()
            for unit in session_sudo._training_waiting_units():
                free = session_sudo._training_seats_left()
                if free is None or free >= len(unit):
                    unit._training_offer_seat()

    def _training_expire_offers(self):
        expired = self.env["event.registration"].search(
            [
                ("event_id", "in", self.ids),
                ("is_waiting", "=", True),
                ("offer_until", "<", fields.Datetime.now()),
            ]
        )
        if expired:
            # Not `_training_cancel`, which would promote in the middle of this one.
            expired = expired.with_context(
                training_motive="expired", training_no_promote=True
            )
            expired.write({"state": "cancel"})

    def _training_promote_alone(self):
        """Promote in one session, under its guard."""
        self._training_guard()
        self._training_promote()
