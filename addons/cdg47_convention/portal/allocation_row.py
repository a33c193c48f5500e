# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the list of « Mes dotations » says of one allocation."""

from ..lib.dates import today_in_paris
from .words import in_full

# Days before its end from which a thing held is shown as about to expire.
SOON = 90


def quantity_in_words(allocation):
    """Say how much is held: « 12 Go, measured on 3 January ».

    :rtype: str
    """
    unit = allocation.product_id.uom_id
    if allocation.quantity == 1 and not unit.cdg47_noun:
        return ""  # « one unit » says nothing
    amount = unit._cdg47_format(allocation.quantity)
    if not allocation.measured_on:
        return amount
    env = allocation.env
    return env._(
        "%(amount)s, measured on %(date)s",
        amount=amount,
        date=in_full(env, allocation.measured_on),
    )


def status_in_words(allocation):
    """Say where an allocation stands, and in which tone.

    :rtype: tuple[str, str]
    """
    env = allocation.env
    state = allocation.state
    words = dict(allocation._fields["state"]._description_selection(env))
    if state == "active" and allocation.date_end:
        left = (allocation.date_end - today_in_paris()).days
        if left <= SOON:
            return env._("Expires in %(days)s days", days=max(0, left)), "todo"
    tones = {"requested": "waiting", "active": "done"}
    return words[state], tones.get(state, "over")
