# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from ...reading.yearly_statement import statement_years

MODULE = "cdg47_convention"


class ResPartner(models.Model):
    """The yearly statement of a collectivité, as files."""

    _inherit = "res.partner"

    def _cdg47_statement_years(self):
        """Return the years a statement may be asked for, the latest first.

        :rtype: list[int]
        """
        return statement_years(self.convention_ids.filtered(lambda c: c._is_signed()))

    def _cdg47_statement_file(self, year, kind):
        """Return the statement of a year, and the name of its file.

        :param str kind: ``pdf`` or ``xlsx``
        :rtype: tuple[bytes, str]
        """
        self.ensure_one()
        lang_self = self.with_context(lang=self._cdg47_lang())
        reports = lang_self.env["ir.actions.report"]
        data = {"year": year}
        if kind == "xlsx":
            content, _type = reports._render_xlsx(
                f"{MODULE}.action_report_statement_xlsx", self.ids, data
            )
        else:
            content, _type = reports._render_qweb_pdf(
                f"{MODULE}.action_report_statement", self.ids, data
            )
        return content, f"{lang_self._cdg47_statement_name(year)}.{kind}"

    def _cdg47_statement_name(self, year):
        name = (self.name or "").replace("/", "-").replace("\\", "-")
        return self.env._("Statement %(year)s %(name)s", year=year, name=name)
