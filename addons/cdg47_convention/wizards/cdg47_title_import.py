# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

from ..imports.title_planner import LAYOUTS, TitlePlanner, titles_model


class Cdg47TitleImport(models.TransientModel):
    """Brings back what the finance software says: titre, bordereau, collection."""

    _name = "cdg47.title.import"
    _inherit = "cdg47.csv.import"
    _description = "Import the titres"

    grouped = fields.Boolean(
        string="One titre for several invoices",
        help="Otherwise the same titre on two invoices is taken for a mistake.",
    )

    def _layouts(self):
        return LAYOUTS

    def _model_sheet(self):
        return titles_model(self.env)

    def _plan(self):
        self.ensure_one()
        self.env["account.move"].check_access("write")
        return TitlePlanner(self.env, self._read_table(), self.grouped).run()

    def _execute(self, plan):
        for move, values in plan.todo:
            move.write(values)
