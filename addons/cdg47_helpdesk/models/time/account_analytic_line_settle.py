# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models


class AccountAnalyticLine(models.Model):
    """What an entry becomes: its parts, written by the ticket, as superuser."""

    _inherit = "account.analytic.line"

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
