# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL


class Cdg47UseReport(models.Model):
    """The time used of the rights, to be summed by service, month and collectivité.

    One row by fact, in hours; a reversed pair weighs nothing.
    """

    _name = "cdg47.use.report"
    _description = "Use of the rights"
    _auto = False
    _order = "date desc"

    partner_id = fields.Many2one("res.partner", string="Collectivité", readonly=True)
    product_id = fields.Many2one("product.product", string="Service", readonly=True)
    scope_id = fields.Many2one("cdg47.software", string="Software", readonly=True)
    date = fields.Date(string="Service date", readonly=True)
    hours = fields.Float(readonly=True)
    covered_hours = fields.Float(string="Covered hours", readonly=True)
    billable_hours = fields.Float(string="Hours to bill", readonly=True)

    @property
    def _table_query(self):
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    @api.model
    def _select(self):
        return SQL(
            """
            SELECT fact.id, fact.partner_id, fact.product_id, fact.scope_id, fact.date,
                   fact.amount / 60.0 AS hours,
                   fact.covered_amount / 60.0 AS covered_hours,
                   fact.billable_amount / 60.0 AS billable_hours
            """
        )

    @api.model
    def _from(self):
        return SQL(
            "FROM cdg47_consumption fact JOIN uom_uom unit ON unit.id = fact.uom_id"
        )

    @api.model
    def _where(self):
        """Keep what is counted in time: hours are the root of its units."""
        hour = self.env.ref("uom.product_uom_hour")
        return SQL("WHERE unit.parent_path LIKE %s", f"{hour.parent_path}%")
