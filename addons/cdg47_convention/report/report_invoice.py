# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from odoo.addons.base.models.ir_actions_report import _wkhtml

# Millimetres: where neither header nor footer is printed, no room is left for them.
BARE_MARGIN = 14


class ReportInvoice(models.AbstractModel):
    _inherit = "report.account.report_invoice"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Use the whole page where wkhtmltopdf prints neither header nor footer.

        Debian's build leaves both out; the invoice of a collectivité says who invoices
        in its body.
        """
        values = super()._get_report_values(docids, data=data)
        values["cdg47_bare"] = not _wkhtml().is_patched_qt
        if values["cdg47_bare"] and all(
            move._cdg47_is_of_collectivite() for move in values["docs"]
        ):
            values.update(
                data_report_margin_top=BARE_MARGIN,
                data_report_margin_bottom=BARE_MARGIN,
                data_report_header_spacing=0,
            )
        return values
