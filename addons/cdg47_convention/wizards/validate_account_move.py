# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class ValidateAccountMove(models.TransientModel):
    """Posts in batch what is complete: the others are named and stay drafts (R11)."""

    _inherit = "validate.account.move"

    cdg47_incomplete_ids = fields.Many2many(
        "account.move",
        string="Left as drafts",
        compute="_compute_cdg47_incomplete",
        help="What lacks is said below.",
    )
    cdg47_incomplete_message = fields.Text(
        string="What lacks", compute="_compute_cdg47_incomplete"
    )

    @api.depends("move_ids")
    def _compute_cdg47_incomplete(self):
        for wizard in self:
            obstacles = wizard.move_ids._cdg47_obstacles()
            wizard.cdg47_incomplete_ids = self.env["account.move"].union(*obstacles)
            wizard.cdg47_incomplete_message = "\n".join(obstacles.values())

    def validate_move(self):
        complete = self.move_ids - self.cdg47_incomplete_ids
        # When none is, the posting itself says what lacks.
        if complete:
            self.move_ids = complete
        return super().validate_move()
