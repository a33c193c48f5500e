# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the CDG owes under a convention (Annexe 3 I c, II 4). Writes nothing."""

from odoo.exceptions import UserError

from ..lib.dates import paris_day
from .annexe1 import lines_at
from .in_force import InForce


def duty_rule_at(convention, product, day):
    """Return the line of Annexe 1 that owes a service to this convention."""
    lines = lines_at(product, day, convention._forfaits_at(day))
    return lines.filtered(lambda line: line.measure == "duty")[:1]


def duty_balance(convention, product, date):
    """Return where a duty stands in the year of a day: « 3 of 10 ».

    :rtype: dict[str, int]
    :return: ``owed``, ``rendered`` and ``left`` (0 when more was rendered)
    :raise UserError: when the forfaits held owe no such service
    """
    day = paris_day(date)
    rule = duty_rule_at(convention, product, day)
    if not rule:
        raise UserError(
            convention.env._(
                "%(service)s is not owed to %(name)s on %(date)s.",
                service=product.name,
                name=convention.partner_id.name,
                date=convention._format_date(day),
            )
        )
    counts = convention.env["cdg47.quota.rule"]._duties_rendered(
        convention.partner_id, day
    )
    rendered = counts.get((convention.partner_id.id, rule.id), 0)
    in_force = InForce(convention.env, convention.partner_id)
    owed = in_force.granted_by(convention.partner_id, rule, day)
    return {"owed": owed, "rendered": rendered, "left": max(owed - rendered, 0)}
