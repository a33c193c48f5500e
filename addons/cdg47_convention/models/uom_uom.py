# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.tools import float_round
from odoo.tools.misc import formatLang


class UomUom(models.Model):
    _inherit = "uom.uom"

    cdg47_noun = fields.Char(
        string="In a sentence", translate=True, help="« day », after a number below 2."
    )
    cdg47_plural = fields.Char(
        string="In a sentence, plural", translate=True, help="« days », from 2 on."
    )

    def _cdg47_format(self, quantity):
        """Write a quantity with its unit: « 2 demi-journées », « 0,5 jour ».

        :param float quantity: in this unit; decimals are printed only where they are
        :rtype: str
        """
        rounded = float_round(quantity, precision_digits=2)
        digits = next(d for d in (0, 1, 2) if float_round(rounded, d) == rounded)
        noun = self.cdg47_plural if abs(rounded) >= 2 else self.cdg47_noun
        number = formatLang(self.env, rounded, digits=digits)
        # A number and its unit stay on one line.
        return f"{number}\N{NO-BREAK SPACE}{noun or self.name or ''}".strip()
