# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.cdg47_convention.lib.dates import day_in_paris, today_in_paris


class ResUsers(models.Model):
    """The timer of a technician: one, on the ticket they work on."""

    _inherit = "res.users"

    timed_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Ticket being timed",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_erp_manager",
    )
    timed_since = fields.Datetime(
        readonly=True, copy=False, groups="base.group_erp_manager"
    )
    timed_until = fields.Datetime(
        readonly=True,
        copy=False,
        groups="base.group_erp_manager",
        help="Since when the timer is paused.",
    )

    def _start_ticket_timer(self, ticket):
        """Start the timer on a ticket; what it timed on another one is entered."""
        user_sudo = self._timed_user_sudo()
        if user_sudo.timed_ticket_id != ticket:
            self._enter_timed(
                user_sudo.timed_ticket_id.sudo(False),
                self.env._("Timed, then another request"),
            )
            self._set_ticket_timer(ticket, fields.Datetime.now())

    def _pause_ticket_timer(self, ticket):
        """Stop counting, and keep what was counted."""
        user_sudo = self._timed_user_sudo()
        if user_sudo.timed_ticket_id == ticket and not user_sudo.timed_until:
            now = fields.Datetime.now()
            self._set_ticket_timer(ticket, user_sudo.timed_since, now)

    def _resume_ticket_timer(self, ticket):
        """Count on, as if the pause had not been; what another day had is entered."""
        user_sudo = self._timed_user_sudo()
        if user_sudo.timed_ticket_id != ticket or not user_sudo.timed_until:
            return
        now = fields.Datetime.now()
        counted = user_sudo.timed_until - user_sudo.timed_since
        if self._ticket_timer_day() != today_in_paris():
            self._enter_timed(ticket, self.env._("Timed, then paused"))
            counted = now - now
        self._set_ticket_timer(ticket, now - counted)

    def _stop_ticket_timer(self, ticket):
        """Stop the timer, if it runs on this ticket."""
        if self._timed_user_sudo().timed_ticket_id == ticket:
            self._set_ticket_timer(ticket.browse(), False)

    def _set_ticket_timer(self, ticket, since, until=False):
        """Write the user's timer, and tell it to their open pages."""
        self._timed_user_sudo().write(
            {
                "timed_ticket_id": ticket.id,
                "timed_since": since,
                "timed_until": until,
            }
        )
        self._bus_send("cdg47_helpdesk.timer", self._ticket_timer() or {})

    # === What it counted ===
    def _ticket_timer(self):
        """Return what the bar of the screen shows of the timer, False when none runs.

        :rtype: dict | bool
        """
        ticket_sudo = self._timed_user_sudo().timed_ticket_id
        if not ticket_sudo:
            return False
        return {
            "ticket_id": ticket_sudo.id,
            "number": ticket_sudo.number,
            "minutes": self._ticket_timer_minutes(ticket_sudo.sudo(False)),
            "is_paused": bool(self._timed_user_sudo().timed_until),
        }

    def _enter_timed(self, ticket, name):
        """Enter what the timer counted on a ticket, as its user would."""
        minutes = ticket and self._ticket_timer_minutes(ticket)
        if not minutes:
            return
        if self._has_timed_a_night():
            raise UserError(
                self.env._(
                    "Your timer runs on %(ticket)s since %(date)s: stop it there, "
                    "and enter what was really worked.",
                    ticket=ticket.display_name,
                    date=self.env["res.partner"]._cdg47_format_date(
                        self._ticket_timer_day()
                    ),
                )
            )
        self.env["account.analytic.line"].create(
            [
                {
                    "helpdesk_ticket_id": ticket.id,
                    "date": self._ticket_timer_day(),
                    "name": name,
                    "real_minutes": minutes,
                }
            ]
        )

    def _ticket_timer_day(self):
        """Return the day on which the timer was started, False when none runs."""
        since = self._timed_user_sudo().timed_since
        return since and day_in_paris(since)

    def _ticket_timer_end(self):
        """Return until when the timer counts: now, or the beginning of its pause."""
        return self._timed_user_sudo().timed_until or fields.Datetime.now()

    def _has_timed_a_night(self):
        """Tell whether the timer ran past midnight: nobody knows what was worked."""
        day = self._ticket_timer_day()
        return bool(day) and day != day_in_paris(self._ticket_timer_end())

    def _ticket_timer_minutes(self, ticket):
        """Return the minutes timed on a ticket, the one begun counted.

        :rtype: int
        """
        user_sudo = self._timed_user_sudo()
        if user_sudo.timed_ticket_id != ticket:
            return 0
        counted = self._ticket_timer_end() - user_sudo.timed_since
        return max(1, -int(-counted.total_seconds() // 60))

    def _timed_user_sudo(self):
        """Return the user's own record: their timer is theirs, users write no user."""
        self.ensure_one()
        return self.sudo()

    def _cdg47_home(self):
        home = super()._cdg47_home()
        if not home and self.has_group("cdg47_helpdesk.group_helpdesk_technician"):
            return "cdg47_helpdesk.helpdesk_ticket_action"
        return home
