# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError

from ...reading.annexe1 import lines_at
from ...reading.in_force import InForce


class Cdg47Convention(models.Model):
    """What the CDG owes under a convention, and has rendered (Annexe 3 I c, II 4)."""

    _inherit = "cdg47.convention"

    duty_ids = fields.One2many("cdg47.duty", "convention_id", string="Duties rendered")

    def _duty_rule_at(self, product, day):
        """Return the line of Annexe 1 that owes a service to this convention."""
        self.ensure_one()
        lines = lines_at(product, day, self._forfaits_at(day))
        return lines.filtered(lambda line: line.measure == "duty")[:1]

    def _render_duty(self, product, date, name, origin):
        """Record what the CDG has rendered to the collectivités of some conventions.

        Those that do not hold its forfait on that day, or have it already from the
        same origin, are left out: done twice, it counts once.

        :param product.product product: a service the CDG owes
        :param date: day it was rendered, or its moment in UTC
        :param str name: what was rendered, as the collectivité reads it
        :param models.Model origin: the mailing, the letter… it comes from
        :return: the new rows
        :rtype: cdg47.duty
        """
        day = self._paris_day(date)
        key = f"{origin._name},{origin.id}"
        owed = self.filtered(
            lambda convention: (
                convention._is_signed()
                and convention.date_start <= day <= convention.date_end
                and convention._duty_rule_at(product, day)
            )
        )
        # Acts of the CDG are written by what renders them, never by hand.
        duties_sudo = self.env["cdg47.duty"].sudo()
        known = duties_sudo.search(
            [
                ("partner_id", "in", owed.partner_id.ids),
                ("product_id", "=", product.id),
                ("origin", "=", key),
            ]
        ).partner_id
        return duties_sudo.create(
            [
                {
                    "partner_id": convention.partner_id.id,
                    "convention_id": convention.id,
                    "product_id": product.id,
                    "date": day,
                    "name": name,
                    "origin": key,
                }
                for convention in owed
                if convention.partner_id not in known
            ]
        ).sudo(False)

    def _duty_balance(self, product, date):
        """Return where a duty stands in the year of a day: « 3 of 10 ».

        :rtype: dict[str, int]
        :return: ``owed``, ``rendered`` and ``left`` (0 when more was rendered)
        :raise UserError: when the forfaits held owe no such service
        """
        self.ensure_one()
        day = self._paris_day(date)
        rule = self._duty_rule_at(product, day)
        if not rule:
            raise UserError(
                self.env._(
                    "%(service)s is not owed to %(name)s on %(date)s.",
                    service=product.name,
                    name=self.partner_id.name,
                    date=self._format_date(day),
                )
            )
        counts = self.env["cdg47.quota.rule"]._duties_rendered(self.partner_id, day)
        rendered = counts.get((self.partner_id.id, rule.id), 0)
        in_force = InForce(self.env, self.partner_id)
        owed = in_force.granted_by(self.partner_id, rule, day)
        return {"owed": owed, "rendered": rendered, "left": max(owed - rendered, 0)}
