# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Command

from ..models.ticket.merging import merge_requests


class Cdg47TicketMerge(models.TransientModel):
    """Makes one request of those, of one collectivité, that ask the same."""

    _name = "cdg47.ticket.merge"
    _description = "Merge requests"

    ticket_ids = fields.Many2many("helpdesk.ticket", string="Requests")
    kept_id = fields.Many2one(
        "helpdesk.ticket",
        required=True,
        ondelete="cascade",
        domain="[('id', 'in', ticket_ids)]",
        help="Messages, files, time and followers of the others go to it.",
    )

    @api.model
    def default_get(self, fields_list):
        """Propose those of the list, and to keep the first one that is still open."""
        values = super().default_get(fields_list)
        tickets = self.env["helpdesk.ticket"]
        if self.env.context.get("active_model") == tickets._name:
            tickets = tickets.browse(self.env.context.get("active_ids"))
            values["ticket_ids"] = [Command.set(tickets.ids)]
            by_age = tickets.sorted(lambda ticket: (ticket.closed, ticket.id))
            values["kept_id"] = by_age[:1].id
        return values

    def action_merge(self):
        self.ensure_one()
        merge_requests(self.kept_id, self.ticket_ids - self.kept_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": self.kept_id._name,
            "res_id": self.kept_id.id,
            "views": [(False, "form")],
        }
