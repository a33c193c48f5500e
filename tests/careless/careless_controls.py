# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The guards without which the careless year finds a wrong euro: what proves it sees.

Each is patched out, alone; the machine then has to find the fault.
"""

from typing import NamedTuple


class Guard(NamedTuple):
    """A method that refuses, and what it answers when it is taken away."""

    model: str
    method: str
    answer: object = None

    def __str__(self):
        return f"{self.model}.{self.method}"


GUARDS = (
    Guard("account.move", "_cdg47_check_billed_once"),
    Guard("account.move", "_cdg47_obstacles", {}),
    Guard("account.move", "_cdg47_check_no_title"),
    Guard("account.move", "_cdg47_check_not_credited"),
    Guard("account.move.line", "_cdg47_refuse_posted"),
    Guard("sale.order.line", "_cdg47_check_accepted"),
    Guard("sale.order", "_cdg47_unsigned_message", False),
    Guard("sale.order", "_cdg47_check_customer"),
    Guard("account.analytic.line", "_check_same_collectivite"),
    Guard("cdg47.consumption", "_check_quotable"),
    Guard("cdg47.convention", "_check_one_at_a_date"),
)
