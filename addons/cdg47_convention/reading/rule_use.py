# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether a line of Annexe 1 has decided something already. Writes nothing."""

from odoo.exceptions import UserError
from odoo.fields import Domain

from ..lib.dates import today_in_paris

# What decides rights, quotas and prices; the wording does not.
DECIDING_FIELDS = {
    "forfait_id", "product_ids", "coverage", "condition", "measure", "quantity",
    "line_ids", "uom_id", "period", "prerequisite_ids", "needs_editor",
    "overage_product_id", "date_from", "date_to", "active",
}  # fmt: skip


def is_used(rule):
    """Tell whether a convention has held the forfait of a line while it is in force."""
    today = today_in_paris()
    until = min(rule.date_to or today, today)
    started = Domain("date_start", "<=", until)
    if rule.date_from:
        started &= Domain("date_end", ">=", rule.date_from)
    terms_sudo = rule.env["cdg47.convention.term"].sudo()
    return bool(
        terms_sudo.search_count(
            started
            & Domain("state", "=", "open")
            & Domain("convention_id.line_ids.forfait_id", "=", rule.forfait_id.id),
            limit=1,
        )
    )


def check_unused(rules, vals=None):
    """Refuse to every user to change what a line has decided (g18).

    :param dict vals: what would be written; all of it by default
    :raise UserError: the sentence names the button that changes it from a date
    """
    if rules.env.su or (vals is not None and not DECIDING_FIELDS & set(vals)):
        return
    for rule in rules:
        if (vals is None or _changes(rule, vals)) and is_used(rule):
            raise UserError(
                rules.env._(
                    "« %(rule)s » has decided what collectivités have: « Change from a "
                    "date », on this line, changes it and keeps the past.",
                    rule=rule.name,
                )
            )


def check_service_kept(services, vals=None):
    """Refuse to every user to take from used lines a service that they give (g18).

    An archived service is one that its lines, past ones included, no longer have.

    :param dict vals: what would be written; deletion by default
    """
    if services.env.su:
        return
    lines = services.cdg47_rule_ids
    if vals is not None and "cdg47_rule_ids" in vals:
        proposed = services.new({"cdg47_rule_ids": vals["cdg47_rule_ids"]})
        lines |= proposed.cdg47_rule_ids._origin
    elif vals is not None and vals.get("active", True):
        return
    for rule in lines.filtered(is_used)[:1]:
        raise UserError(
            services.env._(
                "« %(service)s » is kept: « %(rule)s » has decided with it what "
                "collectivités have. « Change from a date », on this line of Annexe 1, "
                "gives it no more; the service is left as it is.",
                service=(services & rule.product_ids or services)[0].name,
                rule=rule.name,
            )
        )


def _changes(rule, vals):
    """Tell whether these values say something new: an export is imported again."""
    names = DECIDING_FIELDS & set(vals)
    if any(rule._fields[name].type in ("one2many", "many2many") for name in names):
        return True
    proposed = rule.new({name: vals[name] for name in names}, origin=rule)
    return any(
        rule._fields[name].convert_to_write(proposed[name], proposed)
        != rule._fields[name].convert_to_write(rule[name], rule)
        for name in names
    )
