# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ..lib.dates import end_of_year, today_in_paris
from ..models.money.beyond import warning


class Cdg47ForfaitEnd(models.TransientModel):
    """Ends one forfait of a convention that goes on with the others."""

    _name = "cdg47.forfait.end"
    _description = "End a forfait"

    convention_id = fields.Many2one("cdg47.convention", required=True)
    line_id = fields.Many2one(
        "cdg47.convention.line",
        string="Forfait",
        required=True,
        domain="[('convention_id', '=', convention_id), ('date_end', '=', False)]",
    )
    date_end = fields.Date(
        string="Last day",
        required=True,
        default=lambda self: end_of_year(today_in_paris()),
    )
    reason = fields.Char(required=True)
    beyond_message = fields.Text(string="Beyond it", compute="_compute_beyond_message")

    @api.depends("line_id", "date_end")
    def _compute_beyond_message(self):
        for wizard in self:
            convention, forfait = wizard.convention_id, wizard.line_id.forfait_id
            wizard.beyond_message = (
                forfait
                and wizard.date_end
                and warning(convention, wizard.date_end, forfait)
            )

    def action_end(self):
        self.ensure_one()
        self.line_id._end(self.date_end, self.reason)
        return {"type": "ir.actions.act_window_close"}
