# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One line of the quota sheet: what is granted, used, left, and what continues it."""

from dataclasses import dataclass
from functools import cached_property

from .held_levels import Place
from .quota_words import QuotaWords


@dataclass
class SheetLine(QuotaWords):
    """One line of the sheet of one collectivité.

    :param QuotaSheet sheet: gives the day and the prices
    :param cdg47.quota.rule rule: the line of Annexe 1
    :param product.product services: what it names
    :param cdg47.software scope: the software, for a right by software
    :param str shape: ``unlimited``, ``level``, ``volume``, ``yearly``,
        ``three_years``, ``once``, ``duty``
    :param granted: minutes or whole units, None without limit
    :param int used: covered or not
    :param int over: beyond what is granted
    :param bool is_barred: the software editor is not known, or does not support it
    :param cdg47.entitlement right: the stored right, empty before its first use
    :param date date_start: first day of the window, None when it is not open
    :param date next_date: first day of the next right, None when there is none
    """

    sheet: object
    partner: object
    convention: object
    rule: object
    services: object
    stratum: object
    shape: str
    granted: object = None
    used: int = 0
    over: int = 0
    scope: object = None
    right: object = None
    is_barred: bool = False
    date_start: object = None
    date_end: object = None
    next_date: object = None
    measured_on: object = None

    @property
    def product(self):
        return self.services[:1]

    @property
    def left(self):
        """What is still available, None without limit."""
        if self.granted is None:
            return None
        return 0 if self.is_barred else max(self.granted - self.used + self.over, 0)

    @property
    def rate(self):
        """Share of what is granted that is used, in percent, at most 100."""
        if not self.granted:
            return 100 if self.over else 0
        return round(100 * min(self.used, self.granted) / self.granted)

    @property
    def state(self):
        """Where the line stands, as one word of :data:`quota_words.STATES`."""
        if self.is_barred and not self.used:
            return "barred"
        if self.shape == "duty":
            return ("started" if self.left else "rendered") if self.used else "due"
        if self.granted is None:
            return "option" if self.rule.coverage == "option" else "included"
        if self.over:
            return "option" if self.rule.coverage == "option" else "over"
        if not self.granted:
            return "none"
        if not self.left:
            return "used_up"
        return "started" if self.used else "available"

    @cached_property
    def place(self):
        """What continues this line beyond what is granted, and its price."""
        day = self.sheet.day
        overage = self.sheet.continuation(self.partner, self.product, day, self.rule)
        return Place(
            day, self.rule, True, self.granted, 0, 0, self.over, overage,
            self.sheet.price(overage, day),
        )  # fmt: skip
