# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

TRAINED_THIS_YEAR, NEVER_TRAINED = 10, 20


class EventRegistration(models.Model):
    """The waiting list: priority, then time; a group goes all or nothing."""

    _inherit = "event.registration"

    is_waiting = fields.Boolean(
        string="On the waiting list",
        readonly=True,
        copy=False,
        index=True,
    )
    waiting_priority = fields.Integer(
        string="Priority",
        readonly=True,
        copy=False,
        aggregator=None,
        help="Collectivités that attended nothing this year come first.",
    )
    waiting_since = fields.Datetime(readonly=True, copy=False)
    waiting_group = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Agents who come together or not at all.",
    )
    offer_until = fields.Datetime(
        string="Offer valid until", readonly=True, copy=False, index="btree_not_null"
    )
    waiting_position = fields.Integer(compute="_compute_waiting_position")

    @api.depends(
        "event_id.registration_ids.is_waiting", "event_id.registration_ids.offer_until"
    )
    def _compute_waiting_position(self):
        waiting = self.filtered("is_waiting")
        ranks = {}
        for session in waiting.event_id:
            units = session.sudo()._training_waiting_units()
            for rank, unit in enumerate(units, start=1):
                ranks.update(dict.fromkeys(unit.ids, rank))
        for registration in self:
            registration.waiting_position = ranks.get(registration.id, 0)

    def _training_accept_offer(self, shown=None):
        """Take the seat that is offered, at the price that was shown."""
        self.ensure_one()
        session_sudo = self.event_id.sudo()
        session_sudo._training_guard()
        self.invalidate_recordset(["state", "offer_until", "is_waiting"])
        now = fields.Datetime.now()
        if not self.is_waiting or not self.offer_until or self.offer_until < now:
            raise UserError(
                self.env._("This offer is no longer valid: the seat was offered on.")
            )
        if shown is not None:
            session_sudo._check_offer_shown(self.collectivite_id, self.agent_id, shown)
        # The caller has checked that the registration is theirs.
        self.sudo().with_context(
            training_acceptance="portal",
            training_accepted_by=self.env.user.partner_id.id,
        ).write({"state": "open", "offer_until": False})
        self.sudo()._training_send_receipts()

    def action_offer_seat(self):
        """Offer a seat to this entry first, whatever its rank: decided by the CDG."""
        self.event_id._check_training_organiser()
        self.event_id._training_guard()
        for registration in self.filtered(lambda r: r.is_waiting and not r.offer_until):
            free = registration.event_id._training_seats_left()
            if free is not None and free <= 0:
                raise UserError(self.env._("No seat is free: raise the capacity."))
            registration.sudo()._training_offer_seat()

    def _training_offer_seat(self):
        """Hold a seat for these entries until they answer."""
        for registration in self:
            hours = registration.event_id.company_id.cdg47_answer_hours or 48
            now = fields.Datetime.now()
            # Half of the time left, when the session is near.
            left = (registration.event_id.date_begin - now) / 2
            registration.offer_until = now + min(timedelta(hours=hours), left)
        self.env.flush_all()
        self.event_id.invalidate_recordset(["seats_available"])
        self._training_send_offers()

    # === Job ===
    @api.model
    def _cron_waiting_list(self):
        """Give on the offers that nobody answered; offer the seats that are free.

        One session at a time, one commit each (R11).
        """
        now = fields.Datetime.now()
        expired = self.search([("is_waiting", "=", True), ("offer_until", "<", now)])
        waiting = self.search(
            Domain("is_waiting", "=", True) & Domain("event_id.date_begin", ">", now)
        )
        sessions = expired.event_id | waiting.event_id
        self.env["ir.cron"]._commit_progress(remaining=len(sessions))
        for done, session in enumerate(sessions, start=1):
            session._try_to_promote()
            if not self.env["ir.cron"]._commit_progress(
                1, remaining=len(sessions) - done
            ):
                break


class EventEvent(models.Model):
    _inherit = "event.event"

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

    def _try_to_promote(self):
        """Promote in one session; a concurrent change is left to the next run."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                self._training_guard()
                self._training_promote()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.env.cr.rollback()
