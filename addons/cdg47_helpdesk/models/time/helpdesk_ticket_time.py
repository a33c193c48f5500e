# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_duration

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

from ...lib.time_split import Capacity, Share, share_out
from ..ticket.helpdesk_ticket import BILLED

UNBILLED = ("beyond", "unaccepted")


class HelpdeskTicket(models.Model):
    """Time: worked, then shared among what is included, covered, accepted (R4, R7).

    The lines of a ticket that no invoice holds are derived again at every change, in
    the order of their dates: a late or corrected entry gives what it would have given
    in time.
    """

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
        compute="_compute_is_timed", help="The user's timer is on this ticket."
    )
    is_timer_paused = fields.Boolean(compute="_compute_is_timed")

    # === Computes ===
    @api.depends_context("uid")
    def _compute_is_timed(self):
        # Whether my own timer runs is asked by users without rights on users too.
        user_sudo = self.env.user.sudo()
        for ticket in self:
            ticket.is_timed = ticket == user_sudo.timed_ticket_id
            ticket.is_timer_paused = ticket.is_timed and bool(user_sudo.timed_until)

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

    def action_pause_timer(self):
        self.ensure_one()
        self._check_technician()
        self.env.user._pause_ticket_timer(self)
        return True

    def action_resume_timer(self):
        self.ensure_one()
        self._check_technician()
        self.env.user._resume_ticket_timer(self)
        return True

    def action_stop_timer(self):
        """Stop the user's timer and open the entry it proposes, on its day.

        A timer that ran for a night proposes no time.
        """
        self.ensure_one()
        user = self.env.user
        if not self.is_timed:
            return self._open_time_entry(0)
        minutes = 0 if user._has_timed_a_night() else user._ticket_timer_minutes(self)
        day = fields.Date.to_string(user._ticket_timer_day())
        return self._open_time_entry(minutes, default_date=day)

    def action_enter_time(self):
        self.ensure_one()
        return self._open_time_entry(0)

    def _open_time_entry(self, minutes, **defaults):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_helpdesk.cdg47_time_entry_action"
        )
        action["context"] = {
            "default_ticket_id": self.id,
            "default_hours": minutes / 60,
            **defaults,
        }
        return action

    # === Shared ===
    def _settle_time(self):
        """Share again the time of these tickets that no invoice holds.

        Runs as superuser: a technician's entry may move the parts of another's, and
        only what was accepted decides. Two entries at once both write the totals of
        the ticket and of its order line: one is retried, and reads the other (R6).
        """
        timed = self.sudo().filtered(
            lambda ticket: ticket.collectivite_id and ticket.timesheet_ids
        )
        if not timed:
            return
        for ticket in timed:
            alert_before = ticket._unbilled_minutes()
            ticket._settle()
            ticket._alert_beyond(alert_before)

    def _settle(self):
        entries = self._time_entries()
        if self.coverage == "quota":
            self._settle_facts(entries)
        else:
            self._drop_facts(entries)
        capacities = self._capacities()
        for entry in entries:
            entry._apply_shares(*self._shares_of(entry, capacities))

    def _time_entries(self):
        """Return the main lines of the entries still open, by date then by order."""
        lines = self.timesheet_ids.filtered(lambda line: not line.split_of_id)
        return lines.filtered(lambda line: line._open_parts()).sorted(
            lambda line: (line.date, line.id)
        )

    def _capacities(self):
        """Return what each accepted line still admits, invoiced time taken away."""
        locked = self.timesheet_ids.filtered(lambda line: not line._is_not_billed())
        hour = self.env.ref("uom.product_uom_hour")
        capacities = []
        for line in self._accepted_lines():
            used = locked.filtered(lambda part, ln=line: part.so_line == ln)
            uom = line.product_uom_id
            capacities.append(
                Capacity(
                    key=line,
                    left=uom._cdg47_amount(line.product_uom_qty)
                    - sum(round(hours * 60) for hours in used.mapped("unit_amount")),
                    step=self.company_id.cdg47_billing_step if uom == hour else 1,
                    since=line._cdg47_accepted_on(),
                )
            )
        return capacities

    def _shares_of(self, entry, capacities):
        """Return the shares of an entry, and the state of those without a line.

        :rtype: tuple[list[Share], dict]
        """
        real = entry._open_minutes()
        if entry.is_not_counted:
            return [Share(None, real, real)], {None: "waived"}
        if self.coverage == "included":
            return [Share(None, real, real)], {None: "included"}
        if self.coverage == "quota" and entry.consumption_id:
            return self._quota_shares(entry.consumption_id)
        if self.coverage in BILLED:
            done = entry._locked_parts()
            admitting = [c for c in capacities if c.admits(entry.date)]
            shares = share_out(
                real,
                admitting,
                done_real=sum(done.mapped("real_minutes")),
                done_accounted=sum(round(part.unit_amount * 60) for part in done),
            )
            if len(admitting) < len(capacities):
                return shares, {None: "early"}
            return shares, {None: "beyond" if capacities else "unaccepted"}
        return [Share(None, real, real)], {None: "undecided"}

    @staticmethod
    def _quota_shares(fact):
        """Follow the split of the ledger: what the right covers, what goes beyond."""
        promised = fact.sale_line_id.state == "sale"
        shares = [
            Share(state, amount, amount)
            for state, amount in (
                ("covered", fact.covered_amount),
                ("overage" if promised else "beyond", fact.billable_amount),
            )
            if amount
        ]
        return shares, {share.key: share.key for share in shares}

    # === The ledger (R4) ===
    def _settle_facts(self, entries):
        """Enter in the ledger the time that a right counts, and correct it there."""
        for entry in entries:
            fact = entry.consumption_id
            minutes = 0 if entry.is_not_counted else entry.real_total
            if fact and entry._is_stated_by(fact, minutes):
                continue
            self._reverse_fact(fact, self.env._("Corrected time: %(t)s", t=self.number))
            entry._entry()._write_settled_all(
                {"consumption_id": self._new_fact(entry, minutes)}
            )

    def _new_fact(self, entry, minutes):
        """Return the id of the fact of an entry, False when no right counts it."""
        if not minutes or not self.convention_id:
            return False
        try:
            convention = self.convention_id.with_context(
                cdg47_settled_ticket_id=self.id
            )
            return convention._consume(
                self.service_id,
                minutes / 60,
                self.env.ref("uom.product_uom_hour"),
                entry.date,
                origin=self,
                scope=self.software_id,
            ).id
        except UserError:
            # No right on that day: the time is kept, listed as not decided.
            return False

    def _drop_facts(self, entries):
        for entry in entries.filtered("consumption_id"):
            self._reverse_fact(
                entry.consumption_id,
                self.env._("Verdict corrected: %(t)s", t=self.number),
            )
            entry._entry()._write_settled_all({"consumption_id": False})

    def _reverse_fact(self, fact, reason):
        if fact and not fact.reversal_ids:
            fact.with_context(cdg47_settled_ticket_id=self.id)._reverse(reason)

    # === The alert ===
    def _unbilled_minutes(self):
        lines = self.timesheet_ids.filtered(lambda line: line.time_state in UNBILLED)
        return sum(lines.mapped("real_minutes"))

    def _alert_beyond(self, before):
        """Tell the technician, when more time than accepted was entered."""
        minutes = self._unbilled_minutes()
        summary = self.env._("Time to be regularised")
        activities = self.activity_ids.filtered(lambda act: act.summary == summary)
        if not minutes:
            activities.unlink()
            return
        if minutes <= before and activities:
            return
        note = self.env._(
            "%(time)s worked without an accepted estimate: kept, not invoiced. Draw a "
            "complementary estimate, or mark the time as not counted.",
            time=format_duration(minutes / 60),
        )
        if activities:
            activities.note = note
            return
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=summary,
            note=note,
            user_id=(self.user_id or self.env.user).id,
        )
