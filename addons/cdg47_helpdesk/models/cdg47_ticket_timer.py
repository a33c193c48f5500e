# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class Cdg47TicketTimer(models.Model):
    """Since when a user works on a ticket: one running timer by user."""

    _name = "cdg47.ticket.timer"
    _description = "Timer of a ticket"
    _order = "started_on desc, id desc"

    user_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="cascade"
    )
    started_on = fields.Datetime(
        required=True, default=lambda self: fields.Datetime.now()
    )

    _user_unique = models.Constraint(
        "UNIQUE (user_id)", "Your timer is already running on another ticket."
    )

    @api.model
    def _start(self, ticket):
        """Start the user's timer; it leaves the ticket it was running on."""
        mine = self.search([("user_id", "=", self.env.uid)])
        if mine.ticket_id == ticket:
            return mine
        mine.unlink()
        return self.create([{"ticket_id": ticket.id}])

    @api.model
    def _running(self, ticket):
        """Return the user's timer on a ticket, empty when it does not run."""
        return self.search(
            [("user_id", "=", self.env.uid), ("ticket_id", "=", ticket.id)]
        )

    def _minutes(self):
        """Return the minutes since the start, the one begun counted.

        :rtype: int
        """
        self.ensure_one()
        seconds = (fields.Datetime.now() - self.started_on).total_seconds()
        return max(1, -int(-seconds // 60))
