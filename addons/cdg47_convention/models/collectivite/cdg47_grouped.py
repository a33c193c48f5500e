# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ...reading.collectivite_groups import (
    DESCRIBED,
    GROUPED,
    domain_of_forfaits,
    forfaits_held,
    group_sql,
)


class Cdg47Grouped(models.AbstractModel):
    """What lists of collectivités are grouped and filtered by."""

    _name = "cdg47.grouped"
    _description = "Collectivités in groups"

    epci_id = fields.Many2one(
        "res.partner",
        string="EPCI",
        index="btree_not_null",
        ondelete="set null",
        domain=[("collectivite_type", "=", "etablissement")],
        help="Intercommunalité of which it is a member.",
    )
    cdg47_forfaits = fields.Char(
        string="Forfaits held",
        compute="_compute_cdg47_forfaits",
        search="_search_cdg47_forfaits",
        groups="base.group_user",
        help="By the convention in force today.",
    )

    @api.depends("convention_ids.state", "convention_ids.forfait_ids")
    def _compute_cdg47_forfaits(self):
        held = forfaits_held(self)
        for partner in self:
            partner.cdg47_forfaits = held.get(partner, False)

    def _search_cdg47_forfaits(self, operator, value):
        if operator != "in":
            return NotImplemented
        return domain_of_forfaits(self, value)

    def _field_to_sql(self, alias, field_expr, query=None):
        if field_expr in GROUPED:
            self._check_field_access(self._fields[field_expr], "read")
            return group_sql(self, alias, field_expr)
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Describe these fields without deciding them for everybody."""
        described = self.with_context(**{DESCRIBED: True})
        return super(Cdg47Grouped, described).fields_get(allfields, attributes)
