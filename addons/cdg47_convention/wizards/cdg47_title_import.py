# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from ..imports.title_planner import TitlePlanner


class Cdg47TitleImport(models.TransientModel):
    """Brings back what the finance software says: titre, bordereau, collection."""

    _name = "cdg47.title.import"
    _inherit = "cdg47.csv.import"
    _description = "Import the titres"

    def _plan(self):
        self.ensure_one()
        self.env["account.move"].check_access("write")
        return TitlePlanner(self.env, self._read_table()).run()

    def _execute(self, plan):
        for move, values in plan.todo:
            move.write(values)
