# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL


class EventEvent(models.Model):
    """The seats of a session: counted under a guard, held for who waits (R6)."""

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
            self.env.cr.execute(
                SQL(
                    "UPDATE event_event SET seat_guard = COALESCE(seat_guard, 0) + 1 "
                    "WHERE id = %s",
                    event_id,
                )
            )
        self.invalidate_recordset(["seat_guard", "seats_available", "seats_taken"])
