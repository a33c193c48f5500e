# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from odoo.addons.cdg47_convention.lib.dates import today_in_paris


class Cdg47WrittenRequest(models.TransientModel):
    """Records a written request: who, when, and the document (Annexe 3 VI, R7)."""

    _name = "cdg47.written.request"
    _description = "Record a written request"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, ondelete="cascade")
    order_names = fields.Char(string="Accepts", compute="_compute_order_names")
    requested_by = fields.Char(
        string="Requested by", required=True, help="Who wrote, for the collectivité."
    )
    requested_on = fields.Date(
        string="On", required=True, default=lambda self: today_in_paris()
    )
    document = fields.Binary(string="Written request", required=True)
    document_name = fields.Char()

    @api.depends("ticket_id")
    def _compute_order_names(self):
        for wizard in self:
            sent = wizard.ticket_id.order_ids.filtered(lambda o: o.state == "sent")
            wizard.order_names = ", ".join(sent.mapped("name"))

    def action_record(self):
        """Record the request, and accept with it the estimates that were sent."""
        self.ensure_one()
        ticket = self.ticket_id
        ticket.check_access("write")
        document = self.env["ir.attachment"].create(
            {
                "name": self.document_name or self.env._("Written request.pdf"),
                "datas": self.document,
                "res_model": ticket._name,
                "res_id": ticket.id,
            }
        )
        ticket._accept_in_writing(self.requested_by, self.requested_on, document)
        return {"type": "ir.actions.act_window_close"}
