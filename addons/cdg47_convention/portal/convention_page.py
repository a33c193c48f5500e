# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a collectivité reads of its convention, in its own words.

These functions only prepare values: whoever calls them has checked who reads.
"""

from datetime import date

from odoo import fields
from odoo.fields import Domain

from ..lib.dates import today_in_paris
from ..reading.next_year import estimate
from .words import in_full


# === Where it stands ===
def status(convention):
    """Say where the convention stands.

    :return: a sentence, and its tone: "todo", "done", "waiting" or "over"
    :rtype: tuple[str, str]
    """
    today = today_in_paris()
    if convention.state == "sent":
        return convention.env._("To be signed"), "todo"
    if convention.state == "terminated":
        return convention.env._("Terminated"), "over"
    if convention.state == "expired" or convention.date_end < today:
        return convention.env._("Expired"), "over"
    if convention.date_start > today:
        return convention.env._("Signed, not started yet"), "waiting"
    if convention.termination_date:
        return convention.env._("In force, ends soon"), "waiting"
    return convention.env._("In force"), "done"


def day_shown(convention):
    """Return the day the page describes: today, or the nearest day in force."""
    return max(min(today_in_paris(), convention.date_end), convention.date_start)


def renewal(convention):
    """Return the sentences about renewal and notice, the useful date in each.

    :rtype: list[str]
    """
    if convention.state == "terminated" or convention.date_end < today_in_paris():
        return [
            convention.env._(
                "The convention ended on %(date)s.",
                date=in_full(convention.env, convention.date_end),
            )
        ]
    if convention.termination_date:
        return [
            convention.env._(
                "The convention ends on %(date)s: %(reason)s",
                date=in_full(convention.env, convention.termination_date),
                reason=convention.termination_reason or "",
            )
        ]
    if convention.renewal == "express":
        return [
            convention.env._(
                "It is not renewed by itself: a new convention is to be signed "
                "after %(date)s.",
                date=in_full(convention.env, convention.date_end),
            )
        ]
    return [
        convention.env._(
            "It is renewed tacitly each 1 January, until %(date)s at most.",
            date=in_full(convention.env, convention.date_end),
        ),
        *_notice(convention),
    ]


def _notice(convention):
    """Return the sentence that says by when a notice is due, if one still is."""
    today = day_shown(convention)
    ends_on = convention._notice_end_date(today)
    due_by = fields.Date.subtract(
        date(ends_on.year + 1, 1, 1),
        months=convention.company_id.cdg47_notice_months,
        days=1,
    )
    if due_by < today:
        return []
    return [
        convention.env._(
            "To end it on %(end)s, your notice must reach us by %(limit)s.",
            end=in_full(convention.env, ends_on),
            limit=in_full(convention.env, due_by),
        )
    ]


def latest_fee(convention):
    """Return the yearly fees signed for the latest term, or those to be signed.

    :rtype: float
    """
    state = "sent" if convention.state == "sent" else "sale"
    orders = convention._living_terms()[:1].order_ids
    lines = orders.filtered(lambda order: order.state == state).order_line
    fees = lines.filtered(lambda line: line.cdg47_kind == "fee")
    return sum(fees.mapped("price_subtotal"))


def latest_year(convention):
    """Return the civil year that these fees are of.

    :rtype: int
    """
    latest = convention._living_terms()[:1]
    return (latest.date_start or convention.date_start).year


# === What it contains ===
def forfaits(convention):
    """Return the forfaits and options held, and what Annexe 1 says of each.

    :return: list of ``forfait``, ``line`` and ``headings``; a heading has a
        ``name`` and ``rows`` as made by ``_portal_row``
    :rtype: list[dict]
    """
    day = day_shown(convention)
    lines = convention.line_ids.filtered(
        lambda ln: not ln.date_end or ln.date_end >= day
    )
    stratum = stratum_shown(convention)
    rules = _rules_of(lines.forfait_id, day)
    return [
        {
            "forfait": line.forfait_id,
            "line": line,
            "headings": [
                {
                    "name": heading,
                    "rows": [rule._portal_row(stratum) for rule in group],
                }
                for heading, group in rules.filtered(
                    lambda rule, ln=line: rule.forfait_id == ln.forfait_id
                )
                .grouped("heading")
                .items()
            ],
        }
        for line in lines.sorted(lambda ln: (ln.is_option, ln.id))
    ]


def stratum_shown(convention):
    """Return the stratum in force on the day the page describes."""
    return (
        convention._term_at(day_shown(convention)).stratum_id or convention.stratum_id
    )


def _rules_of(forfaits, day, extra=Domain.TRUE):
    quota_rules = forfaits.env["cdg47.quota.rule"]
    return quota_rules.search(
        quota_rules._domain_at(day) & Domain("forfait_id", "in", forfaits.ids) & extra
    )


# === Next year ===
def budget(convention):
    """Return next year's fees and quotas, for the budget; None when there is none.

    :return: what is estimated, plus ``quotas`` (``label``, ``current`` and
        ``next``, as text) and ``tariff``, the name of the tariff as printed
    :rtype: dict or None
    """
    year = today_in_paris().year + 1
    start = date(year, 1, 1)
    if convention.state not in ("sent", "active") or convention.date_end < start:
        return None
    values = estimate(convention, year)
    current = stratum_shown(convention)
    rules = _rules_of(
        convention.env["product.template"].union(
            *[f["forfait"] for f in values["fees"]]
        ),
        start,
        Domain("measure", "=", "level") & Domain("coverage", "=", "limited"),
    )
    values["quotas"] = [
        {
            "label": rule.name,
            "current": rule._limit_for(current),
            "next": rule._limit_for(values["stratum"]),
        }
        for rule in rules
    ]
    values["stratum_changes"] = values["stratum"] != current
    values["tariff"] = convention.company_id._cdg47_tariff()._cdg47_printed_name()
    return values
