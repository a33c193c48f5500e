# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError


class Cdg47BatchLineMixin(models.AbstractModel):
    """One collectivité of a batch: to do, done, or set aside with its reason.

    The model gives its ``batch_id`` and what does it, ``_make``.
    """

    _name = "cdg47.batch.line.mixin"
    _description = "Collectivité in a batch"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        index=True,
        ondelete="cascade",
    )
    state = fields.Selection(
        [("todo", "To do"), ("done", "Completed"), ("parked", "Set aside")],
        required=True,
        default="todo",
        readonly=True,
        index=True,
    )
    reason = fields.Char(readonly=True, help="Why it is set aside.")

    def _make(self):
        """Do it to this collectivité.

        :raise UserError: with what sets it aside
        """
        raise NotImplementedError

    def _set_aside(self, error):
        """Keep why it could not be done."""
        reason = self.env._("An unexpected fault: tell who maintains the system.")
        if isinstance(error, UserError):
            reason = str(error)
        self.write({"state": "parked", "reason": reason})
