# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from math import floor

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round
from odoo.tools.misc import formatLang

MINUTES_PER_HOUR = 60
# More is a slip of the keyboard; sums of these stay within the database's integers.
MOST_AMOUNT = 10_000_000
# What two decimals of a unit cannot tell apart, and what six can.
HALF_A_HUNDREDTH = 0.005
SIX_DIGITS = 1e-5


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
        noun = self.cdg47_plural if abs(rounded) >= 2 else self.cdg47_noun
        if abs(rounded) < 1000 and rounded.is_integer():
            number = str(int(rounded))  # every language writes it so
        else:
            digits = next(d for d in (0, 1, 2) if float_round(rounded, d) == rounded)
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

    def _cdg47_exact_amount(self, quantity):
        """Return a quantity that somebody enters as an integer amount (R5).

        An amount is written with two decimals: 0.33 hour is 20 minutes, and 0.25
        half-day the nearest whole minute; 0.26 hour is no number of minutes.

        :rtype: int
        :raise UserError: with the nearest quantities that can be counted
        """
        exact = quantity * self._cdg47_scale()
        if not abs(exact) <= MOST_AMOUNT:
            raise UserError(
                self.env._("This quantity is too large to be counted: check it.")
            )
        amount = round(exact)
        if abs(exact - amount) > HALF_A_HUNDREDTH * self._cdg47_scale():
            raise UserError(
                self.env._(
                    "%(quantity)s is not a whole number of minutes, or of units. "
                    "Nearest: %(below)s or %(above)s.",
                    quantity=self._cdg47_format(quantity),
                    below=self._cdg47_to_enter(floor(exact)),
                    above=self._cdg47_to_enter(floor(exact) + 1),
                )
            )
        return amount

    def _cdg47_to_enter(self, amount):
        """Write an integer amount with what to enter for it: « 52 min (0,247619) »."""
        text = self._cdg47_written(amount)
        if not self._cdg47_is_time():
            return text
        return (
            f"{text} ({formatLang(self.env, self._cdg47_quantity(amount), digits=6)})"
        )

    def _cdg47_quantity(self, amount):
        """Return an integer amount as a quantity of this unit.

        :param int amount: minutes, or whole units
        :rtype: float
        """
        self.ensure_one()
        return amount / self._cdg47_scale()

    def _cdg47_split(self, quantity, covered, billable):
        """Return what is covered and billed of a quantity, adding up to it exactly.

        The part of a minute that 0.25 half-day hides is no loss: it goes where the
        rest goes, to what is billed when something is.

        :param int covered: amount, as ``billable``
        :rtype: tuple[float, float]
        """
        parts = self._cdg47_quantity(covered), self._cdg47_quantity(billable)
        # A use that was reversed is split no more.
        is_split = covered + billable == self._cdg47_amount(quantity)
        if not is_split or abs(quantity - sum(parts)) < SIX_DIGITS:
            return parts
        if billable:
            return parts[0], quantity - parts[0]
        return quantity, 0.0

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
