# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.tools import float_round
from odoo.tools.misc import formatLang

MINUTES_PER_HOUR = 60


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

    # === Exact amounts (R5) ===
    def _cdg47_is_time(self):
        """Tell whether this unit measures time: hours are its root."""
        self.ensure_one()
        hour_id = self.env["ir.model.data"]._xmlid_to_res_id("uom.product_uom_hour")
        return str(hour_id) in (self.parent_path or "").split("/")

    def _cdg47_amount(self, quantity):
        """Return a quantity of this unit as an integer: minutes, or whole units.

        :param float quantity: in this unit; a third of a day is 140 minutes exactly
        :rtype: int
        """
        self.ensure_one()
        return round(quantity * self._cdg47_scale())

    def _cdg47_quantity(self, amount):
        """Return an integer amount as a quantity of this unit.

        :param int amount: minutes, or whole units
        :rtype: float
        """
        self.ensure_one()
        return amount / self._cdg47_scale()

    def _cdg47_written(self, amount):
        """Write an integer amount exactly: « 0,5 jour », « 6 h 20 » for a part of it.

        :param int amount: minutes, or whole units
        :rtype: str
        """
        quantity = self._cdg47_quantity(amount)
        if float_round(quantity, precision_digits=2) == quantity:
            return self._cdg47_format(quantity)
        hours, minutes = divmod(abs(amount), MINUTES_PER_HOUR)
        text = f"{hours}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{minutes:02}"
        if not hours:
            text = f"{minutes}\N{NO-BREAK SPACE}min"
        return f"-{text}" if amount < 0 else text

    def _cdg47_scale(self):
        return self.factor * MINUTES_PER_HOUR if self._cdg47_is_time() else 1
