# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..lib.dates import today_in_paris
from ..reading.yearly_statement import YearlyStatements


class StatementMixin(models.AbstractModel):
    """What both forms of the yearly statement share: who may read, and the data."""

    _name = "cdg47.statement.mixin"
    _description = "Yearly statement"

    @api.model
    def _statements(self, partners, data):
        """Return the statements of some collectivités, each in its own language.

        :param dict data: ``year``, this year by default
        :rtype: list[Statement]
        :raise AccessError: for a collectivité that is not the reader's
        """
        self._check_readable(partners)
        year = (data or {}).get("year") or today_in_paris().year
        if not str(year).isdigit() or not 2000 <= int(year) <= today_in_paris().year:
            raise UserError(self.env._("This year has no statement."))
        by_lang = partners.sudo().grouped(lambda partner: partner._cdg47_lang())
        found = {}
        for lang, some in by_lang.items():
            env = self.env(context={**self.env.context, "lang": lang})
            statements = YearlyStatements(env, some, int(year))
            found |= {partner.id: statements.of(partner) for partner in some}
        return [found[partner.id] for partner in partners]

    @api.model
    def _check_readable(self, partners):
        """Refuse what a page would not show: reports are read by their address too."""
        if self.env.su or self.env.user.has_group(
            "cdg47_convention.group_convention_user"
        ):
            return
        if partners - self.env["res.partner"]._cdg47_mine_in_full():
            raise AccessError(
                self.env._("This statement is for its collectivité and the CDG.")
            )


class ReportStatement(models.AbstractModel):
    """The yearly statement as a document."""

    _name = "report.cdg47_convention.report_statement"
    _inherit = "cdg47.statement.mixin"
    _description = "Yearly statement as a document"

    @api.model
    def _get_report_values(self, docids, data=None):
        partners = self.env["res.partner"].browse(docids)
        return {
            "doc_ids": docids,
            "doc_model": partners._name,
            "docs": partners,
            "statements": self._statements(partners, data),
            "company": self.env.company.sudo(),
        }
