# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The guards without which the careless year finds a wrong euro: what proves it sees.

Each is patched out, alone; the machine then has to find the fault.
"""

from contextlib import contextmanager
from typing import NamedTuple
from unittest.mock import patch


class Guard(NamedTuple):
    """A method that refuses, and what it answers when it is taken away."""

    model: str
    method: str
    # Gestures drawn more often: those that it stops, and what leads to them.
    aims: tuple
    answer: object = None

    def __str__(self):
        return f"{self.model}.{self.method}"

    @contextmanager
    def taken_away(self, env):
        """Do without it for the time of the block, as a constraint too."""
        model = env[self.model]
        checks = [
            check
            for check in model._constraint_methods
            if check.__name__ != self.method
        ]
        with (
            patch.object(
                env.registry[self.model],
                self.method,
                lambda *args, **kwargs: self.answer,
            ),
            # Odoo keeps the list of the constraints that it found.
            patch.object(env.registry[self.model], "_constraint_methods", checks),
        ):
            yield


BILLING = ("invoiced", "posted")
GUARDS = (
    Guard("account.move", "_cdg47_check_billed_once",
          (*BILLING, "invoiced_quantity_changed", "invoiced_price_changed",
           "invoice_cancelled", "restored", "invoice_duplicated")),
    Guard("account.move", "_cdg47_obstacles",
          (*BILLING, "engagement_typed", "invoiced_line_added",
           "invoiced_customer_changed"), {}),
    Guard("account.move", "_cdg47_check_no_title",
          (*BILLING, "titre_issued", "back_to_draft", "invoice_cancelled")),
    Guard("account.move", "_cdg47_check_not_credited",
          (*BILLING, "credited", "back_to_draft", "invoice_cancelled")),
    Guard("account.move.line", "_cdg47_refuse_posted",
          (*BILLING, "invoice_lines_imported_over")),
    Guard("sale.order.line", "_cdg47_check_accepted",
          ("mayor_signs", "quantity_changed", "price_changed", "discount_given")),
    Guard("sale.order", "_cdg47_unsigned_message",
          ("quotation", "quote_on_convention", "confirmed"), False),
    Guard("sale.order", "_cdg47_check_customer",
          ("quotation", "customer_changed", "debtor_changed", *BILLING)),
    # Time typed on the order of another is shared again at once by what was accepted
    # for its ticket: this is what keeps the two apart.
    Guard("sale.order.line", "_check_ticket_collectivite",
          ("requested", "estimated", "mayor_signs", "order_given_to_ticket",
           "time_entered")),
    Guard("cdg47.consumption", "_check_quotable",
          ("used", "session_opened", "registered_at_the_desk", "overage_quoted",
           "regularised")),
    Guard("cdg47.convention", "_check_one_at_a_date",
          ("proposed", "mayor_signs", "countersigned", "ended")),
)  # fmt: skip
