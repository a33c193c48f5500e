# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...reading.possible_time import check_possible

TIME_STATES = [
    ("included", "Included"),
    ("covered", "Covered by a right"),
    ("billable", "Accepted, to be invoiced"),
    ("overage", "Beyond the right, accepted"),
    ("unaccepted", "No accepted estimate yet"),
    ("beyond", "To be regularised"),
    ("early", "Before the acceptance, not invoiced"),
    ("waived", "Not counted"),
    ("undecided", "Request to be qualified"),
]
# What a change of makes the time of a ticket be shared again.
ENTRY_FIELDS = {
    "unit_amount", "real_minutes", "real_hours", "date", "helpdesk_ticket_id",
    "is_not_counted", "so_line",
}  # fmt: skip
# What only settling writes.
SETTLED_FIELDS = {"time_state", "consumption_id", "split_of_id"}


class AccountAnalyticLine(models.Model):
    """Time worked on a ticket: real and accounted, and why it is invoiced or not.

    ``unit_amount`` is what is accounted: that is what ``sale_timesheet`` delivers and
    invoices. An entry that several things admit is a main line and its parts.
    """

    _inherit = "account.analytic.line"

    helpdesk_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Ticket",
        index="btree_not_null",
        ondelete="restrict",
    )
    collectivite_id = fields.Many2one(
        related="helpdesk_ticket_id.collectivite_id", store=True, string="Collectivité"
    )
    ticket_coverage = fields.Selection(
        related="helpdesk_ticket_id.coverage", store=True, string="Coverage"
    )
    ticket_service_id = fields.Many2one(
        related="helpdesk_ticket_id.service_id", store=True, string="Service"
    )
    real_minutes = fields.Integer(
        string="Worked minutes", help="Fixed at entry, never rounded."
    )
    real_hours = fields.Float(
        string="Worked",
        compute="_compute_real_hours",
        inverse="_inverse_real_hours",
        store=True,
        help="Hours and minutes really worked.",
    )
    real_total = fields.Integer(
        compute="_compute_real_total",
        help="Worked minutes of the whole entry, its parts included.",
    )
    time_state = fields.Selection(
        TIME_STATES, string="Becomes", readonly=True, copy=False, index=True
    )
    is_not_counted = fields.Boolean(
        string="Not counted", help="A gesture of the CDG: neither counted nor billed."
    )
    not_counted_reason = fields.Char(string="Why not counted")
    split_of_id = fields.Many2one(
        "account.analytic.line",
        string="Part of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
    )
    split_ids = fields.One2many(
        "account.analytic.line", "split_of_id", string="Parts", readonly=True
    )
    consumption_id = fields.Many2one(
        "cdg47.consumption",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )

    _real_minutes_positive = models.Constraint(
        "CHECK (real_minutes IS NULL OR real_minutes >= 0)",
        "Worked time is never below zero.",
    )

    # === Computes ===
    @api.depends("real_minutes")
    def _compute_real_hours(self):
        for line in self:
            line.real_hours = line.real_minutes / 60

    def _inverse_real_hours(self):
        for line in self:
            line.real_minutes = round(line.real_hours * 60)

    @api.depends("real_minutes", "split_ids.real_minutes")
    def _compute_real_total(self):
        for line in self:
            line.real_total = line.real_minutes + sum(
                line.split_ids.mapped("real_minutes")
            )

    def _compute_so_line(self):
        """Leave time to what was accepted for it, by a ticket or chosen by hand.

        Computed again when an invoice is credited or cancelled: what an import or a
        list chose would leave its order, which would owe back all that was invoiced.
        """
        kept = self.filtered(
            lambda line: line.helpdesk_ticket_id or line.so_line.cdg47_kind == "time"
        )
        for line in kept:
            line.so_line = line.so_line
        return super(AccountAnalyticLine, self - kept)._compute_so_line()

    @api.depends("helpdesk_ticket_id.collectivite_id")
    def _compute_partner_id(self):
        result = super()._compute_partner_id()
        for line in self.filtered("helpdesk_ticket_id"):
            line.partner_id = line.helpdesk_ticket_id.collectivite_id
        return result

    # === Constraints ===
    @api.constrains("so_line", "helpdesk_ticket_id")
    def _check_same_collectivite(self):
        """Refuse the time of one collectivité on the order of another."""
        for line in self.filtered("helpdesk_ticket_id"):
            ticket, order = line.helpdesk_ticket_id, line.so_line.order_id
            if order and order.partner_id != ticket.collectivite_id:
                raise ValidationError(
                    self.env._(
                        "%(order)s is an order of %(other)s: time worked for %(name)s "
                        "cannot be invoiced on it.",
                        order=order.name,
                        other=order.partner_id.name,
                        name=ticket.collectivite_id.name,
                    )
                )

    @api.constrains("so_line", "date")
    def _check_not_before_acceptance(self):
        """Work that nobody had accepted is on no order, by hand either (R15).

        The time of a ticket is shared again by its days.
        """
        by_hand = self.filtered(lambda ln: not ln.helpdesk_ticket_id)
        for line in by_hand.filtered(lambda ln: ln.so_line.cdg47_kind == "time"):
            accepted_on = line.so_line._cdg47_accepted_on()
            if line.so_line.state == "sale" and accepted_on and line.date < accepted_on:
                raise ValidationError(
                    self.env._(
                        "%(order)s was accepted on %(date)s: work done before is never "
                        "invoiced on it.",
                        order=line.so_line.order_id.name,
                        date=line.so_line.order_partner_id._cdg47_format_date(
                            accepted_on
                        ),
                    )
                )

    @api.constrains("is_not_counted", "not_counted_reason")
    def _check_not_counted_reason(self):
        for line in self:
            if line.is_not_counted and not (line.not_counted_reason or "").strip():
                raise ValidationError(self.env._("Say why this time is not counted."))

    @api.constrains("real_minutes", "date", "employee_id", "helpdesk_ticket_id")
    def _check_possible(self):
        """Refuse work to come, and days of more than 24 hours."""
        if not self._is_settling():
            check_possible(self.filtered("helpdesk_ticket_id"))

    # === Screens ===
    def action_open_ticket(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": self.helpdesk_ticket_id.id,
            "view_mode": "form",
        }

    # === Stated and corrected as a whole, in minutes, until invoiced ===
    @api.model_create_multi
    def create(self, vals_list):
        if self._is_settling():
            return super().create(vals_list)
        for vals in vals_list:
            if self._ticket_of(vals):
                self._prepare_entry(vals)
        lines = super().create(vals_list)
        lines.helpdesk_ticket_id._settle_time()
        return lines

    def _ticket_of(self, vals):
        default = self.env.context.get("default_helpdesk_ticket_id")
        return self.env["helpdesk.ticket"].browse(
            vals.get("helpdesk_ticket_id", default)
        )

    def _prepare_entry(self, vals):
        """Complete an entry: its project, and its duration in minutes."""
        self._check_settled_fields(vals)
        ticket = self._ticket_of(vals)
        if not ticket.collectivite_id:
            raise UserError(
                self.env._(
                    "%(ticket)s: say first whose request it is.", ticket=ticket.number
                )
            )
        vals.setdefault("project_id", ticket.company_id._cdg47_time_project().id)
        self._check_employee(vals)
        vals["real_minutes"] = self._stated_minutes(vals)
        vals.pop("real_hours", None)
        vals["unit_amount"] = vals["real_minutes"] / 60

    def _check_employee(self, vals):
        if not vals.get("employee_id") and not self.env.user.employee_id.active:
            raise UserError(
                self.env._(
                    "%(user)s has no employee record: time is entered by the agents "
                    "of the CDG. Ask an administrator to create it.",
                    user=self.env.user.name,
                )
            )

    @api.model
    def _stated_minutes(self, vals):
        """Return the worked minutes that values state, whichever field says it."""
        if vals.get("real_minutes") is not None:
            minutes = vals["real_minutes"]
        else:
            minutes = round(
                (vals.get("real_hours") or vals.get("unit_amount") or 0) * 60
            )
        if minutes < 0:
            raise UserError(self.env._("Worked time is never below zero."))
        return minutes

    def write(self, vals):
        if self._is_settling() or not self._changes_entries(vals):
            return super().write(vals)
        tickets = self.helpdesk_ticket_id
        vals = self._prepare_change(vals)
        result = super().write(vals)
        if vals.get("helpdesk_ticket_id"):
            # Time attached afterwards is an entry like another.
            for line in self.filtered(lambda ln: not ln.real_minutes):
                line._write_settled({"real_minutes": round(line.unit_amount * 60)})
        (tickets | self.helpdesk_ticket_id)._settle_time()
        return result

    def _changes_entries(self, vals):
        """Tell whether values change what the time of a ticket becomes."""
        on_tickets = self.helpdesk_ticket_id or vals.get("helpdesk_ticket_id")
        return bool(on_tickets and (ENTRY_FIELDS | SETTLED_FIELDS) & set(vals))

    def _prepare_change(self, vals):
        """Give entries their parts back, and read the duration that values state."""
        self._check_settled_fields(vals)
        self._check_whole_entries()
        self._merge_parts()
        vals = dict(vals)
        if {"unit_amount", "real_minutes", "real_hours"} & set(vals):
            vals["real_minutes"] = self._stated_minutes(vals)
            vals["unit_amount"] = vals["real_minutes"] / 60
            vals.pop("real_hours", None)
        if vals.get("helpdesk_ticket_id"):
            company = self._ticket_of(vals).company_id
            vals.setdefault("project_id", company._cdg47_time_project().id)
        return vals

    def _check_settled_fields(self, vals):
        if SETTLED_FIELDS & set(vals) and not self.env.su:
            raise AccessError(
                self.env._("What time becomes is derived, never entered.")
            )

    def _check_whole_entries(self):
        """An entry is corrected as a whole, not a part of it."""
        if self.split_of_id - self:
            raise UserError(
                self.env._("This line is a part of an entry: correct the entry itself.")
            )
        entries_sudo = self.sudo()
        locked = entries_sudo.filtered("split_ids")._locked_entries()
        if locked:
            raise UserError(
                self.env._("A part of this entry is invoiced: it cannot be corrected.")
            )

    def _locked_entries(self):
        return self.filtered(lambda line: line._locked_parts())

    def _merge_parts(self):
        """Give a main line its parts back: settling will share it again."""
        for line in self.filtered("split_ids"):
            total = line.real_total
            line.split_ids._drop_parts()
            line._write_settled({"real_minutes": total})

    def _drop_parts(self):
        self.sudo().with_context(cdg47_settling=True).unlink()

    def _check_can_write(self, values):
        """Lock invoiced time whole, its duration and its ticket included."""
        locked = {"real_minutes", "real_hours", "helpdesk_ticket_id", "is_not_counted"}
        if locked & set(values) and any(
            line.helpdesk_ticket_id and not line._is_not_billed()
            for line in self.sudo()
        ):
            raise UserError(
                self.env._("This time is already invoiced: it cannot be changed.")
            )
        return super()._check_can_write(values)

    def unlink(self):
        if self._is_settling():
            return super().unlink()
        tickets = self.helpdesk_ticket_id
        # The ledger is written by its own rules; who removes time is checked below.
        facts = self.sudo().filtered(lambda ln: not ln.split_of_id).consumption_id
        result = super().unlink()
        for fact in facts.filtered(lambda fact: not fact.reversal_ids):
            fact._reverse(self.env._("Time removed"))
        tickets._settle_time()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_part_or_invoiced(self):
        """Remove entries as a whole, and none that an invoice holds."""
        if self._is_settling():
            return
        if self.split_of_id - self:
            raise UserError(
                self.env._("This line is a part of an entry: remove the entry itself.")
            )
        if any(
            line.helpdesk_ticket_id and not line._is_not_billed()
            for line in (self | self.split_ids).sudo()
        ):
            raise UserError(
                self.env._("This time is already invoiced: it cannot be removed.")
            )

    # === Its parts, written by the ticket, as superuser ===
    def _is_settling(self):
        """Tell whether the ticket writes: a context alone comes from anybody."""
        return self.env.su and self.env.context.get("cdg47_settling")

    def _entry(self):
        """Return the main line and its parts."""
        return self | self.split_ids

    def _open_parts(self):
        return self._entry().filtered(lambda line: line._is_not_billed())

    def _locked_parts(self):
        return self._entry().filtered(lambda line: not line._is_not_billed())

    def _open_minutes(self):
        return sum(self._open_parts().mapped("real_minutes"))

    def _is_stated_by(self, fact, minutes):
        """Tell whether a fact of the ledger still says what this entry says."""
        ticket = self.helpdesk_ticket_id
        return not fact.reversal_ids and (
            fact.amount,
            fact.date,
            fact.product_id,
            fact.scope_id,
            fact.partner_id,
        ) == (
            minutes,
            self.date,
            ticket.service_id,
            ticket.service_id._cdg47_right_scope(ticket.software_id),
            ticket.collectivite_id,
        )

    def _apply_shares(self, shares, states):
        """Make the open parts of this entry those that the shares say."""
        parts = self._open_parts().sorted(lambda line: (line != self, line.id))
        wanted = [self._share_values(share, states) for share in shares]
        if not wanted:
            wanted = [self._share_values(None, {None: states.get(None, "undecided")})]
        for part, values in zip(parts, wanted, strict=False):
            part._write_settled(values)
        for values in wanted[len(parts) :]:
            self._new_part(values)
        (parts[len(wanted) :] - self)._drop_parts()

    def _share_values(self, share, states):
        line = share.key if share and share.key and share.key not in states else False
        return {
            "real_minutes": share.real if share else 0,
            "unit_amount": share.accounted / 60 if share else 0.0,
            "so_line": line.id if line else False,
            "is_so_line_edited": True,
            "time_state": "billable" if line else states[share.key if share else None],
        }

    def _write_settled(self, values):
        """Write what changed only: an unchanged line keeps its lock and its author."""
        self.ensure_one()
        changes = {
            name: value
            for name, value in values.items()
            if (self[name].id if self._fields[name].relational else self[name]) != value
        }
        if changes:
            self.sudo().with_context(cdg47_settling=True).write(changes)

    def _write_settled_all(self, values):
        for line in self:
            line._write_settled(values)

    def _new_part(self, values):
        # Who worked may be another: only the ticket shares an entry.
        main_sudo = self.sudo().with_context(cdg47_settling=True)
        return main_sudo.create(
            [
                {
                    "name": self.name,
                    "date": self.date,
                    "project_id": self.project_id.id,
                    "employee_id": self.employee_id.id,
                    "helpdesk_ticket_id": self.helpdesk_ticket_id.id,
                    "split_of_id": self.id,
                    "consumption_id": self.consumption_id.id,
                    "is_not_counted": self.is_not_counted,
                    "not_counted_reason": self.not_counted_reason,
                    **values,
                }
            ]
        )

    def _follow_facts(self, settled):
        """Share again the tickets whose facts the ledger has split otherwise."""
        (self.helpdesk_ticket_id - settled)._settle_time()
