# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.http import Controller, request, route

from ..portal.legal_pages import processors, stated_issues, statement_status


class LegalPages(Controller):
    """What the law asks a public site to say, to whoever asks."""

    @route("/accessibilite", type="http", auth="public", website=True)
    def accessibility(self, **kwargs):
        """RGAA 4.1: the statement of accessibility."""
        company_sudo = request.env.company.sudo()
        return self._render(
            "cdg47_convention.accessibility_statement",
            status=statement_status(company_sudo),
            issues=stated_issues(company_sudo),
        )

    @route("/mentions-legales", type="http", auth="public", website=True)
    def legal_notice(self, **kwargs):
        return self._render("cdg47_convention.legal_notice")

    @route("/donnees-personnelles", type="http", auth="public", website=True)
    def personal_data(self, **kwargs):
        """Article 13 of the GDPR, and who processes data for the centre."""
        company_sudo = request.env.company.sudo()
        return self._render(
            "cdg47_convention.personal_data", processors=processors(company_sudo)
        )

    def _render(self, template, **values):
        # Only the settings made to be published are read of the company.
        company_sudo = request.env.company.sudo()
        return request.render(
            template, {"company": company_sudo, "no_breadcrumbs": True, **values}
        )
