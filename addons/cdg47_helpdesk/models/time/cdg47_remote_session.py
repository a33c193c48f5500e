# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError


class Cdg47RemoteSession(models.Model):
    """A take-over of a workstation: who, when, and who consented (Annexe 3 I a)."""

    _name = "cdg47.remote.session"
    _description = "Remote take-over"
    _order = "date_start desc, id desc"

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, index=True, ondelete="restrict"
    )
    collectivite_id = fields.Many2one(related="ticket_id.collectivite_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        string="Technician",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    date_start = fields.Datetime(
        string="From", required=True, default=lambda self: fields.Datetime.now()
    )
    date_end = fields.Datetime(string="To")
    device = fields.Char(string="Workstation")
    consent_by = fields.Char(
        string="Consent of", required=True, help="Who agreed, at the workstation."
    )
    consent_means = fields.Selection(
        [("phone", "By telephone"), ("screen", "On screen"), ("written", "In writing")],
        string="Consent given",
        required=True,
        default="phone",
    )
    note = fields.Char(string="What was done")

    _dates_in_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "A take-over cannot end before it starts.",
    )

    @api.depends("ticket_id", "date_start")
    def _compute_display_name(self):
        for session in self:
            moment = session.env["ir.qweb.field.datetime"].value_to_html(
                session.date_start, {}
            )
            session.display_name = f"{session.ticket_id.number} - {moment}"

    @api.model_create_multi
    def create(self, vals_list):
        sessions = super().create(vals_list)
        for session in sessions:
            session.ticket_id.message_post(
                body=self.env._(
                    "Remote take-over by %(user)s, with the consent of %(name)s.",
                    user=session.user_id.name,
                    name=session.consent_by,
                ),
                subtype_xmlid="mail.mt_comment",
            )
        return sessions

    def write(self, vals):
        """A trace is completed, not rewritten."""
        if set(vals) - {"date_end", "note", "device"}:
            raise UserError(
                self.env._("Who took over, when and with which consent is a trace.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_always(self):
        raise UserError(self.env._("The trace of a remote take-over is kept."))

    def action_end(self):
        for session in self.filtered(lambda s: not s.date_end):
            session.date_end = fields.Datetime.now()
        return True
