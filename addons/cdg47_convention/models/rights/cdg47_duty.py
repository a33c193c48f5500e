# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, fields, models

from ...lib.dates import paris_day
from ...reading.duties import duty_rule_at
from ...reading.in_force import InForce


class Cdg47Duty(models.Model):
    """One thing the CDG owes and has rendered: a letter sent (Annexe 3 I c, II 4).

    It is an act of the CDG, not a use of the collectivité: it stands beside the ledger
    and draws on no right. One row by collectivité, service and origin, so that the
    same letter sent twice counts once.
    """

    _name = "cdg47.duty"
    _description = "Duty rendered"
    _order = "date desc, id desc"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        index=True,
        ondelete="restrict",
    )
    convention_id = fields.Many2one(
        "cdg47.convention", required=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(
        "product.product",
        string="Service",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("cdg47_is_service", "=", True)],
    )
    date = fields.Date(string="Rendered on", required=True, index=True)
    name = fields.Char(string="What was rendered", required=True)
    origin = fields.Char(
        required=True,
        help="What it comes from, as « model,id »: counted once by collectivité.",
    )

    _once = models.UniqueIndex(
        "(partner_id, product_id, origin)",
        "This duty is already rendered to this collectivité.",
    )

    @api.model
    def _render(self, conventions, product, date, name, origin):
        """Record what the CDG has rendered to the collectivités of some conventions.

        Those that do not hold its forfait on that day, or have it already from the
        same origin, are left out: done twice, it counts once.

        :param cdg47.convention conventions: those it may be owed to
        :param product.product product: a service the CDG owes
        :param date: day it was rendered, or its moment in UTC
        :param str name: what was rendered, as the collectivité reads it
        :param models.Model origin: the mailing, the letter… it comes from
        :return: the new rows
        :rtype: cdg47.duty
        """
        day = paris_day(date)
        key = f"{origin._name},{origin.id}"
        owed = conventions.filtered(
            lambda convention: (
                convention._is_signed()
                and convention.date_start <= day <= convention.date_end
                and duty_rule_at(convention, product, day)
            )
        )
        # Acts of the CDG are written by what renders them, never by hand.
        duties_sudo = self.sudo()
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

    @api.model
    def _count_by_rule(self, partners, day):
        """Return what the CDG has rendered of its duties in the year of a day (R3).

        :rtype: dict[tuple[int, int], int]
        :return: partner id and rule id → times, in one query
        """
        in_force = InForce(self.env, partners)
        windows = {
            partner.id: in_force.window_of(partner, "year", day)
            for partner in in_force.partners
        }
        rules = self.env["cdg47.quota.rule"]._all_rules()
        rules = rules.filtered(lambda rule: rule.measure == "duty")
        if not (windows and rules):
            return {}
        # A number, never a record of somebody else.
        rows = self.sudo()._read_group(
            [
                ("partner_id", "in", list(windows)),
                ("date", ">=", min(window.start for window in windows.values())),
                ("date", "<=", max(window.end for window in windows.values())),
            ],
            ["partner_id", "product_id", "date:day"],
            ["__count"],
        )
        rendered = defaultdict(int)
        for partner, product, rendered_on, count in rows:
            if windows[partner.id].holds(rendered_on):
                for rule in rules.filtered(lambda r, p=product: p in r.product_ids):
                    rendered[partner.id, rule.id] += count
        return dict(rendered)
