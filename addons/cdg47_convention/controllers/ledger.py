# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

from ..lib.dates import today_in_paris
from .download import download


class LedgerExport(http.Controller):
    """The file of a ledger, for a manager of the conventions."""

    @http.route("/cdg47/ledger/<int:partner_id>", type="http", auth="user")
    def ledger(self, partner_id, **kwargs):
        ledgers = request.env["cdg47.ledger"]
        try:
            ledger = ledgers.search([("partner_id", "=", partner_id)])
            content = ledger._export() if ledger else None
        except AccessError:
            content = None
        if content is None:
            raise request.not_found()
        name = request.env._(
            "Ledger %(name)s %(date)s.csv",
            name=ledger.partner_id.name,
            date=today_in_paris().isoformat(),
        )
        return download(content, name, "text/csv; charset=utf-8")
