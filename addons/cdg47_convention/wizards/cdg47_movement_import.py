# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError

from ..imports.movements import LAYOUTS, MovementPlanner, movements_model


class Cdg47MovementImport(models.TransientModel):
    """Reads the movements of communes: shows the mergers, and does none by itself.

    Each is opened in the assistant of mergers, which shows what ends and what goes on.
    """

    _name = "cdg47.movement.import"
    _inherit = "cdg47.csv.import"
    _description = "Movements of communes"

    def _layouts(self):
        return LAYOUTS

    def _model_sheet(self):
        return movements_model(self.env)

    def _plan(self):
        self.ensure_one()
        return MovementPlanner(self.env, self._read_table()).run()

    def _execute(self, plan):
        raise UserError(
            self.env._("Nothing is merged in silence: open each merger of the list.")
        )
