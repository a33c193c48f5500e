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

    def _start_ticket_timer(self, ticket):
        """Start the timer on a ticket; what it timed on another one is entered."""
        user_sudo = self._timed_user_sudo()
        if user_sudo.timed_ticket_id != ticket:
            self._enter_timed(user_sudo.timed_ticket_id.sudo(False))
            now = fields.Datetime.now()
            user_sudo.write({"timed_ticket_id": ticket.id, "timed_since": now})

    def _enter_timed(self, ticket):
        """Enter what the timer counted on a ticket, as its user would."""
        minutes = ticket and self._ticket_timer_minutes(ticket)
        if not minutes:
            return
        if self._ticket_timer_day() != today_in_paris():
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
                    "date": today_in_paris(),
                    "name": self.env._("Timed, then another request"),
                    "real_minutes": minutes,
                }
            ]
        )

    def _ticket_timer_day(self):
        """Return the day on which the timer was started, False when none runs."""
        since = self._timed_user_sudo().timed_since
        return since and day_in_paris(since)

    def _ticket_timer_minutes(self, ticket):
        """Return the minutes timed on a ticket, the one begun counted.

        :rtype: int
        """
        user_sudo = self._timed_user_sudo()
        if user_sudo.timed_ticket_id != ticket:
            return 0
        seconds = (fields.Datetime.now() - user_sudo.timed_since).total_seconds()
        return max(1, -int(-seconds // 60))

    def _stop_ticket_timer(self, ticket):
        """Stop the timer, if it runs on this ticket."""
        user_sudo = self._timed_user_sudo()
        if user_sudo.timed_ticket_id == ticket:
            user_sudo.write({"timed_ticket_id": False, "timed_since": False})

    def _timed_user_sudo(self):
        """Return the user's own record: their timer is theirs, users write no user."""
        self.ensure_one()
        return self.sudo()

    def _cdg47_home(self):
        home = super()._cdg47_home()
        if not home and self.has_group("cdg47_helpdesk.group_helpdesk_technician"):
            return "cdg47_helpdesk.helpdesk_ticket_action"
        return home
