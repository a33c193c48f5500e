# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import float_round

from ..imports.tariffs import FIRST_YEAR, LAST_YEAR, TariffCatalogue
from ..lib.actions import reopening
from ..lib.dates import today_in_paris
from ..reading.tariff import dated_prices, prices_at_start

STRATA = ("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "HEB")


class Cdg47TariffGrid(models.TransientModel):
    """The prices of a year as a grid: read, changed, copied from another year."""

    _name = "cdg47.tariff.grid"
    _description = "Prices of a year"
    _rec_name = "year"

    year = fields.Integer(
        required=True, default=lambda self: today_in_paris().year, aggregator=None
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Tariff",
        required=True,
        default=lambda self: self.env.company._cdg47_tariff(),
    )
    source_year = fields.Integer(
        string="Copy from",
        compute="_compute_source_year",
        store=True,
        readonly=False,
        precompute=True,
        aggregator=None,
    )
    rate = fields.Float(string="Rise (%)", help="2 adds 2 %; a fall is negative.")
    rounding = fields.Float(
        string="Rounded to (€)", default=1.0, help="1: whole euros; 0.01: cents."
    )
    line_ids = fields.One2many(
        "cdg47.tariff.grid.line",
        "grid_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )
    undated_count = fields.Integer(
        string="Prices without a date", compute="_compute_undated_count"
    )

    @api.depends("year")
    def _compute_source_year(self):
        for grid in self:
            grid.source_year = grid.year - 1

    @api.depends("year", "pricelist_id")
    def _compute_line_ids(self):
        for grid in self:
            grid.line_ids = [
                Command.clear(),
                *(Command.create(values) for values in grid._lines_of(grid.year)),
            ]

    @api.depends("year", "pricelist_id")
    def _compute_undated_count(self):
        for grid in self:
            grid.undated_count = len(grid.pricelist_id._cdg47_undated(grid.year))

    def _lines_of(self, year, change=lambda price: price):
        """Return the values of the lines of a year.

        :param change: what becomes of a price
        """
        if not (self.pricelist_id and FIRST_YEAR <= (year or 0) <= LAST_YEAR):
            return []
        catalogue = TariffCatalogue(self.env)
        prices = prices_at_start(self.pricelist_id, catalogue.products, year)
        prices = {product_id: change(price) for product_id, price in prices.items()}
        codes = catalogue.strata.mapped("code")
        lines = []
        for code, name, unit, price, *by_stratum in catalogue.rows(prices):
            columns = dict(zip(codes, by_stratum, strict=True))
            lines.append(
                {
                    "code": code,
                    "name": name,
                    "unit": unit,
                    "is_forfait": any(key == code for key, _s in catalogue.variants),
                    "price": price or 0,
                    **{f"price_{s.lower()}": columns.get(s) or 0 for s in STRATA},
                }
            )
        return lines

    # === Buttons ===
    def action_copy(self):
        """Fill the grid with the prices of another year, risen and rounded."""
        self.ensure_one()
        if self.rounding <= 0:
            raise UserError(self.env._("Give a rounding above 0, such as 1 or 0.01."))

        def risen(price):
            raised = price * (1 + self.rate / 100)
            return float_round(raised, precision_rounding=self.rounding)

        self.line_ids = [
            Command.clear(),
            *map(Command.create, self._lines_of(self.source_year, risen)),
        ]
        return reopening(self, "current")

    def action_save(self):
        """Record the prices of the grid, dated of its year."""
        self.ensure_one()
        self.env["product.pricelist.item"].check_access("write")
        catalogue = TariffCatalogue(self.env)
        dated = dated_prices(self.pricelist_id, catalogue.products, self.year)
        prices = {
            product: price
            for line in self.line_ids
            for product, price in line._prices(catalogue)
            if price and dated.get(product.id) != price
        }
        self.pricelist_id._cdg47_set_prices(self.year, prices)
        return reopening(self, "current")

    def action_import(self):
        """Paste or import the prices of this year."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_tariff_import_action"
        )
        action["context"] = {
            "default_year": self.year,
            "default_pricelist_id": self.pricelist_id.id,
            "dialog_size": "extra-large",
        }
        return action

    def action_export(self):
        """Download the grid of this year."""
        self.ensure_one()
        importer = self.env["cdg47.tariff.import"].create(
            {"year": self.year, "pricelist_id": self.pricelist_id.id}
        )
        return importer.action_model_file()
