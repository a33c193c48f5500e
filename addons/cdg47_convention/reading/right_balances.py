# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where the rights of some collectivités stand on a day: numbers, in two queries.

Twenty thousand rights are read as rows, not as records: this is what makes one pass
over all of them cost little more than the sum itself.
"""

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from odoo.fields import Domain
from odoo.tools import SQL

from ..lib.dates import today_in_paris

RIGHT_FIELDS = (
    "id", "partner_id", "key", "scope", "date_start", "date_end", "granted_amount",
    "consumed_amount", "over_amount", "inherited_amount",
)  # fmt: skip


class Balance(NamedTuple):
    """Where one right stands on a day: minutes, or whole units."""

    right_id: int
    scope_id: int | None
    date_start: date
    date_end: date | None
    granted: int
    used: int
    over: int


def read_balances(env, partners, day):
    """Return where the rights of a day stand: partner id and key → balances, by start.

    Today, and later, count all that is entered for the window, what is planned
    included; a past day counts the uses dated up to it, as they are split today.

    :param odoo.api.Environment env: as superuser
    :param datetime.date day: a day in Paris
    :rtype: dict[tuple[int, str], list[Balance]]
    """
    rights = env["cdg47.entitlement"]
    is_past = day < today_in_paris()
    domain = Domain("partner_id", "in", partners.ids) & (
        Domain("date_end", "=", False) | Domain("date_end", ">=", day)
    )
    if is_past:
        domain &= Domain("date_start", "<=", day)
    used_up_to_day = _used_up_to(env, domain, day) if is_past else None
    balances = defaultdict(list)
    for row in _rows(rights, rights._search(domain, order="date_start, id")):
        right_id, partner_id, key, scope_id, start, end, granted, *counts = row
        used, over, inherited = counts
        if used_up_to_day is not None:
            used, over = used_up_to_day.get(right_id, (0, 0))
            used += inherited
        balances[partner_id, key].append(
            Balance(right_id, scope_id, start, end, granted, used, over)
        )
    return balances


def _rows(rights, query):
    columns = (
        rights._field_to_sql(rights._table, name, query) for name in RIGHT_FIELDS
    )
    return rights.env.execute_query(query.select(*columns))


def _used_up_to(env, domain, day):
    """Sum the uses of rights dated up to a day: right id → used, over."""
    facts = env["cdg47.consumption"]
    query = facts._search(
        Domain("entitlement_id", "any", domain) & Domain("date", "<=", day)
    )
    right, amount, billable = (
        facts._field_to_sql(facts._table, name, query)
        for name in ("entitlement_id", "amount", "billable_amount")
    )
    query.groupby = right
    rows = env.execute_query(
        query.select(right, SQL("SUM(%s)", amount), SQL("SUM(%s)", billable))
    )
    return {right_id: (used, over) for right_id, used, over in rows}
