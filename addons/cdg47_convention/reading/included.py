# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the forfaits cover of a service that is asked for: the included first (R18).

Reads, and writes nothing.
"""

from typing import NamedTuple

from .annexe1 import continued_by


class Share(NamedTuple):
    """A service asked for, shared between the forfaits and the tariff.

    :param float covered: in the unit of what is asked for
    :param float billable: the rest of it
    :param str reason: why, in the language of the collectivité
    :param obstacle: what must be held first (R9): sentence, action, label; or None
    """

    covered: float
    billable: float
    reason: str
    obstacle: tuple | None


def share(convention, product, quantity, uom, day):
    """Share what is asked for: each complementary service draws the included first.

    :param cdg47.convention convention: of the collectivité that asks
    :param product.product product: service of the annexes
    :rtype: Share
    """

    def ask(service, amount):
        return convention._check_coverage(service, amount, uom, day)

    drawn, first, left = [], None, quantity
    for service in continued_by(product, day) or product:
        answer = ask(service, left)
        first = first or answer
        if answer["covered"]:
            drawn.append((service, answer))
            left = round(left - answer["covered"], 6)
        if not left:
            break
    # Each says what it gives; the last one says what is left to bill.
    reasons = [ask(service, answer["covered"])["reason"] for service, answer in drawn]
    reasons[-1:] = [(drawn[-1][1] if drawn else first)["reason"]]
    return Share(
        quantity - left, left, " ".join(reasons), not drawn and first["obstacle"]
    )
