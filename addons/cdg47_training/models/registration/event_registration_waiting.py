# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


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
