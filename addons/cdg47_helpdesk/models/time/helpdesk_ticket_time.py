# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import format_duration

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

UNBILLED = ("beyond", "unaccepted")


class HelpdeskTicket(models.Model):
    """Time: worked, then shared among what is included, covered, accepted (R4, R7)."""

    _inherit = "helpdesk.ticket"

    timesheet_ids = fields.One2many(
        "account.analytic.line", "helpdesk_ticket_id", string="Time"
    )
    remote_session_ids = fields.One2many(
        "cdg47.remote.session", "ticket_id", string="Remote take-overs"
    )
    worked_hours = fields.Float(string="Worked", compute="_compute_hours", store=True)
    accepted_hours = fields.Float(
        string="Accepted", compute="_compute_accepted_hours", store=True
    )
    counted_hours = fields.Float(string="Counted", compute="_compute_hours", store=True)
    unbilled_hours = fields.Float(
        string="To be regularised",
        compute="_compute_hours",
        store=True,
        help="Worked beyond what was accepted: kept, not invoiced.",
    )
    left_text = fields.Char(
        string="Left",
        compute="_compute_left_text",
        help="What is left of the right, or of the accepted estimate.",
    )

    is_timed = fields.Boolean(
        compute="_compute_is_timed", help="The user's timer runs on this ticket."
    )

    # === Computes ===
    @api.depends_context("uid")
    def _compute_is_timed(self):
        # Whether my own timer runs is asked by users without rights on users too.
        timed = self.env.user.sudo().timed_ticket_id
        for ticket in self:
            ticket.is_timed = ticket == timed

    @api.depends(
        "timesheet_ids.real_minutes",
        "timesheet_ids.unit_amount",
        "timesheet_ids.time_state",
    )
    def _compute_hours(self):
        worked, counted, unbilled = self._time_by_ticket()
        for ticket in self:
            ticket.worked_hours = worked.get(ticket.id, 0) / 60
            ticket.unbilled_hours = unbilled.get(ticket.id, 0) / 60
            ticket.counted_hours = counted.get(ticket.id, 0.0)

    @api.depends("sale_line_ids.state", "sale_line_ids.product_uom_qty")
    def _compute_accepted_hours(self):
        for ticket in self:
            ticket.accepted_hours = sum(
                line.product_uom_id._cdg47_amount(line.product_uom_qty) / 60
                for line in ticket._accepted_lines()
            )

    def _time_by_ticket(self):
        """Return minutes worked, hours counted and minutes unbilled, by ticket id."""
        rows = self.env["account.analytic.line"]._read_group(
            [("helpdesk_ticket_id", "in", self.ids)],
            ["helpdesk_ticket_id", "time_state"],
            ["real_minutes:sum", "unit_amount:sum"],
        )
        worked, counted, unbilled = {}, {}, {}
        for ticket, state, minutes, hours in rows:
            worked[ticket.id] = worked.get(ticket.id, 0) + minutes
            if state == "billable":
                counted[ticket.id] = counted.get(ticket.id, 0.0) + hours
            if state in UNBILLED:
                unbilled[ticket.id] = unbilled.get(ticket.id, 0) + minutes
        return worked, counted, unbilled

    @api.depends("coverage", "collectivite_id", "service_id", "accepted_hours")
    def _compute_left_text(self):
        rights = self._rights_left()
        for ticket in self:
            if ticket.coverage == "quota":
                key = (ticket.collectivite_id, ticket.service_id, ticket.software_id)
                ticket.left_text = rights.get(key, self.env._("Right not opened yet"))
            elif ticket.accepted_hours:
                ticket.left_text = self.env._(
                    "%(left)s left of %(accepted)s",
                    left=format_duration(
                        max(ticket.accepted_hours - ticket.counted_hours, 0)
                    ),
                    accepted=format_duration(ticket.accepted_hours),
                )
            else:
                ticket.left_text = False

    def _rights_left(self):
        """Return what is left of the rights these tickets use, in one search.

        :rtype: dict[tuple, str]
        """
        counted = self.filtered(lambda ticket: ticket.coverage == "quota")
        if not counted:
            return {}
        today = today_in_paris()
        # What is left is on the card of every technician, whatever they may edit.
        rights_sudo = (
            self.env["cdg47.entitlement"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", counted.collectivite_id.ids),
                    ("product_ids", "in", counted.service_id.ids),
                    ("date_start", "<=", today),
                    "|",
                    ("date_end", "=", False),
                    ("date_end", ">=", today),
                ]
            )
        )
        return {
            (right.partner_id, product, scope): self.env._(
                "%(left)s left", left=right.uom_id._cdg47_format(right.left)
            )
            for right in rights_sudo
            for product in right.product_ids
            for scope in {right.scope, counted.software_id.browse()}
        }

    # === Buttons ===
    def action_view_remote_sessions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_helpdesk.cdg47_remote_session_action"
        )
        action["domain"] = [("ticket_id", "=", self.id)]
        action["context"] = {"default_ticket_id": self.id}
        return action

    def action_start_timer(self):
        self.ensure_one()
        self._check_technician()
        self.env.user._start_ticket_timer(self)
        return True

    def action_stop_timer(self):
        """Stop the user's timer and open the entry it proposes."""
        self.ensure_one()
        return self._open_time_entry(self.env.user._ticket_timer_minutes(self))

    def action_enter_time(self):
        self.ensure_one()
        return self._open_time_entry(0)

    def _open_time_entry(self, minutes):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_helpdesk.cdg47_time_entry_action"
        )
        action["context"] = {
            "default_ticket_id": self.id,
            "default_hours": minutes / 60,
        }
        return action
