# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import AccessError, UserError

# What a change of makes the time of a ticket be shared again.
ENTRY_FIELDS = {
    "unit_amount", "real_minutes", "real_hours", "date", "helpdesk_ticket_id",
    "is_not_counted", "so_line",
}  # fmt: skip
# What only settling writes.
SETTLED_FIELDS = {"time_state", "consumption_id", "split_of_id"}


class AccountAnalyticLine(models.Model):
    """Entries as agents state and correct them: whole, in minutes, until invoiced."""

    _inherit = "account.analytic.line"

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
