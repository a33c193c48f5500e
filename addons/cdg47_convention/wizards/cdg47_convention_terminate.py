# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..lib.dates import today_in_paris
from ..models.money.beyond import warning


class Cdg47ConventionTerminate(models.TransientModel):
    """Ends a convention: by notice for the year's end, or on a date with a reason."""

    _name = "cdg47.convention.terminate"
    _description = "End a convention"

    convention_id = fields.Many2one("cdg47.convention", required=True)
    kind = fields.Selection(
        [("notice", "Notice received"), ("date", "On a date")],
        required=True,
        default="notice",
    )
    notice_date = fields.Date(
        string="Received on", default=lambda self: today_in_paris()
    )
    end_date = fields.Date(
        string="Last day",
        compute="_compute_end_date",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    end_reason_id = fields.Many2one(
        "cdg47.end.reason", string="Reason", required=True, ondelete="cascade"
    )
    reason = fields.Char(
        string="In other words",
        help="What the collectivité reads instead of the reason of the list.",
    )
    beyond_message = fields.Text(string="Beyond it", compute="_compute_beyond_message")

    @api.depends("end_date", "convention_id")
    def _compute_beyond_message(self):
        for wizard in self:
            convention = wizard.convention_id
            wizard.beyond_message = (
                convention and wizard.end_date and warning(convention, wizard.end_date)
            )

    @api.depends("kind", "notice_date", "convention_id")
    def _compute_end_date(self):
        for wizard in self:
            if wizard.kind == "notice" and wizard.notice_date and wizard.convention_id:
                wizard.end_date = wizard.convention_id._notice_end_date(
                    wizard.notice_date
                )
            else:
                wizard.end_date = wizard.end_date or today_in_paris()

    def action_terminate(self):
        self.ensure_one()
        self.convention_id._terminate(
            self.end_date,
            self.reason,
            notice_date=self.notice_date if self.kind == "notice" else None,
            end_reason=self.end_reason_id,
        )
        return {"type": "ir.actions.act_window_close"}
