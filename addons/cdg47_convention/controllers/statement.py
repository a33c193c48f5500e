# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import http
from odoo.http import request

from .download import download
from .forfait import MIMETYPES


class StatementDownload(http.Controller):
    """The yearly statement of any collectivité, for the CDG."""

    @http.route(
        "/cdg47/statement/<int:partner_id>/<int:year>/<any(pdf,xlsx):kind>",
        type="http",
        auth="user",
    )
    def statement(self, partner_id, year, kind, **kwargs):
        if not request.env.user.has_group("cdg47_convention.group_convention_user"):
            raise request.not_found()
        partner = request.env["res.partner"].search(
            [("id", "=", partner_id), ("collectivite_type", "!=", False)]
        )
        if not partner or year not in partner._cdg47_statement_years():
            raise request.not_found()
        content, name = partner._cdg47_statement_file(year, kind)
        return download(content, name, MIMETYPES[kind])
