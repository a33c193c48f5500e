# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

from ..models.ticket.helpdesk_ticket import COVERAGES
from ..models.time.account_analytic_line import TIME_STATES


class Cdg47TimeReport(models.Model):
    """The time of the requests, to be summed by coverage, service and collectivité.

    One row by line, in hours. Who worked is left out: the direction reads what time
    became, not whose it was.
    """

    _name = "cdg47.time.report"
    _description = "Hours by coverage"
    _auto = False
    _order = "date desc"
    # Written before it is summed.
    _depends = {
        "account.analytic.line": [
            "date",
            "company_id",
            "helpdesk_ticket_id",
            "collectivite_id",
            "ticket_coverage",
            "ticket_service_id",
            "time_state",
            "real_minutes",
            "unit_amount",
        ],
        "helpdesk.ticket": ["category_id", "team_id"],
    }

    date = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    collectivite_id = fields.Many2one(
        "res.partner", string="Collectivité", readonly=True
    )
    coverage = fields.Selection(COVERAGES, readonly=True)
    service_id = fields.Many2one("product.product", readonly=True)
    category_id = fields.Many2one("helpdesk.ticket.category", readonly=True)
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    time_state = fields.Selection(TIME_STATES, string="Becomes", readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", string="Request", readonly=True)
    worked_hours = fields.Float(string="Worked", readonly=True)
    counted_hours = fields.Float(string="Counted", readonly=True)

    @property
    def _table_query(self):
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    @api.model
    def _select(self):
        return SQL(
            """
            SELECT line.id, line.date, line.company_id, line.time_state,
                   line.collectivite_id, line.ticket_coverage AS coverage,
                   line.ticket_service_id AS service_id, ticket.category_id,
                   ticket.team_id, ticket.id AS ticket_id,
                   line.real_minutes / 60.0 AS worked_hours,
                   line.unit_amount AS counted_hours
            """
        )

    @api.model
    def _from(self):
        return SQL(
            "FROM account_analytic_line line "
            "JOIN helpdesk_ticket ticket ON ticket.id = line.helpdesk_ticket_id"
        )

    @api.model
    def _where(self):
        return SQL("WHERE line.collectivite_id IS NOT NULL")
