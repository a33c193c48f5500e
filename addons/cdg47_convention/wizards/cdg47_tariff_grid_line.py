# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47TariffGridLine(models.TransientModel):
    """One line of a grid of prices: a service, or a forfait by stratum."""

    _name = "cdg47.tariff.grid.line"
    _description = "Line of a grid of prices"
    _order = "id"

    grid_id = fields.Many2one(
        "cdg47.tariff.grid", required=True, index=True, ondelete="cascade"
    )
    code = fields.Char()
    name = fields.Char(string="Service")
    unit = fields.Char()
    is_forfait = fields.Boolean()
    price = fields.Float(digits="Product Price")
    price_s1 = fields.Float("Stratum S1", digits="Product Price")
    price_s2 = fields.Float("Stratum S2", digits="Product Price")
    price_s3 = fields.Float("Stratum S3", digits="Product Price")
    price_s4 = fields.Float("Stratum S4", digits="Product Price")
    price_s5 = fields.Float("Stratum S5", digits="Product Price")
    price_s6 = fields.Float("Stratum S6", digits="Product Price")
    price_s7 = fields.Float("Stratum S7", digits="Product Price")
    price_s8 = fields.Float("Stratum S8", digits="Product Price")
    price_s9 = fields.Float("Stratum S9", digits="Product Price")
    price_heb = fields.Float("Hosted (HEB)", digits="Product Price")

    def _prices(self, catalogue):
        """Return the products of this line, each with its price.

        :param TariffCatalogue catalogue: what is sold
        :rtype: list[tuple]
        """
        self.ensure_one()
        if not self.is_forfait:
            service = catalogue.by_code.get(self.code)
            return [(service, self.price)] if service else []
        return [
            (variant, self[f"price_{stratum.lower()}"])
            for (code, stratum), variant in catalogue.variants.items()
            if code == self.code and stratum
        ]
