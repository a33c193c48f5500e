# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..lib.dates import noon, today_in_paris


class Cdg47PaperSignature(models.TransientModel):
    """Records a signature or a written request: who, when, the scanned copy (R7)."""

    _name = "cdg47.paper.signature"
    _description = "Record a paper signature"

    order_id = fields.Many2one("sale.order", required=True)
    signed_by = fields.Char(required=True)
    signed_on = fields.Date(required=True, default=lambda self: today_in_paris())
    document = fields.Binary(string="Signed copy", required=True)
    document_name = fields.Char()
    asks_deliberation = fields.Boolean(compute="_compute_asks_deliberation")
    deliberation_number = fields.Char()
    deliberation_date = fields.Date()

    @api.depends("order_id")
    def _compute_asks_deliberation(self):
        for wizard in self:
            wizard.asks_deliberation = wizard.order_id._cdg47_asks_deliberation()

    def action_record(self):
        """Accept the quotation as if its signatory had signed it in the portal."""
        self.ensure_one()
        order, convention = self.order_id, self.order_id.convention_id
        is_fee = "fee" in order.order_line.mapped("cdg47_kind")
        # A written request for services stays with its order.
        document = convention if is_fee else order
        order.check_access("write")
        if order.state not in ("draft", "sent") or not convention:
            raise UserError(self.env._("This quotation is no longer to be signed."))
        attachment = self.env["ir.attachment"].create(
            {
                "name": self.document_name or self.env._("Signed copy.pdf"),
                "datas": self.document,
                "res_model": document._name,
                "res_id": document.id,
            }
        )
        if self.asks_deliberation:
            convention.write(
                {
                    "deliberation_number": self.deliberation_number
                    or convention.deliberation_number,
                    "deliberation_date": self.deliberation_date
                    or convention.deliberation_date,
                }
            )
        if convention.state in ("draft", "sent"):
            convention.signed_document_id = attachment
        # Users do not write a signature: recording its document is one of its causes.
        order.sudo().write(
            {"signed_by": self.signed_by, "signed_on": noon(self.signed_on)}
        )
        order.action_confirm()
        document.message_post(
            body=self.env._(
                "Signed on paper by %(name)s on %(date)s, recorded by %(user)s.",
                name=self.signed_by,
                date=convention._format_date(self.signed_on),
                user=self.env.user.name,
            ),
            attachment_ids=attachment.ids,
        )
        return {"type": "ir.actions.act_window_close"}
