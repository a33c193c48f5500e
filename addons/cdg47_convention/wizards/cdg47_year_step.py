# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class Cdg47YearStep(models.TransientModel):
    """One thing to do in a year: what is left of it, and the list where it is done."""

    _name = "cdg47.year.step"
    _description = "Step of the year"
    _order = "id"

    year_id = fields.Many2one(
        "cdg47.year", required=True, index=True, ondelete="cascade"
    )
    key = fields.Char(required=True)
    heading = fields.Selection(
        [("setup", "To set up"), ("year", "The round"), ("money", "Money")],
        required=True,
    )
    name = fields.Char(string="What", required=True)
    sentence = fields.Char(string="Where it stands")
    left = fields.Integer(aggregator=None)
    state = fields.Selection(
        [("todo", "To do"), ("done", "Done")], compute="_compute_state"
    )

    @api.depends("left")
    def _compute_state(self):
        for step in self:
            step.state = "todo" if step.left else "done"

    def action_open(self):
        """Open what remains to be done, as it is now."""
        self.ensure_one()
        steps = {step.key: step for step in self.year_id._steps()}
        return steps[self.key].action or False
