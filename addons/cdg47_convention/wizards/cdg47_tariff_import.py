# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..imports.tariffs import (
    FIRST_YEAR,
    LAST_YEAR,
    TariffPlanner,
    layouts,
    tariff_sheet,
)
from ..lib.dates import today_in_paris


class Cdg47TariffImport(models.TransientModel):
    """Imports the prices of a year: a grid, pasted or in a file."""

    _name = "cdg47.tariff.import"
    _inherit = "cdg47.csv.import"
    _description = "Import the prices of a year"

    year = fields.Integer(
        required=True, default=lambda self: today_in_paris().year, aggregator=None
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Tariff",
        required=True,
        default=lambda self: self.env.company._cdg47_tariff(),
    )
    pasted = fields.Text(
        string="Cells pasted from a spreadsheet",
        help="Copy the cells with their header, then paste them here.",
    )

    @api.constrains("year")
    def _check_year(self):
        for wizard in self:
            if not FIRST_YEAR <= wizard.year <= LAST_YEAR:
                raise UserError(self.env._("Give a year, such as 2027."))

    def action_preview(self):
        for wizard in self:
            if wizard.pasted and not wizard.file:
                wizard.write(
                    {
                        "file": base64.b64encode(wizard.pasted.encode()),
                        "filename": f"{wizard.year}.csv",
                    }
                )
        return super().action_preview()

    def action_back(self):
        if self.pasted:
            self.file = False
        return super().action_back()

    def _layouts(self):
        return layouts(self.env["cdg47.stratum"].search(Domain.TRUE))

    def _model_sheet(self):
        return tariff_sheet(self.env, self.pricelist_id, self.year)

    def _plan(self):
        self.ensure_one()
        self.env["product.pricelist.item"].check_access("write")
        return TariffPlanner(
            self.env, self._read_table(), self.pricelist_id, self.year
        ).run()

    def _execute(self, plan):
        self.pricelist_id._cdg47_set_prices(self.year, plan.prices)
