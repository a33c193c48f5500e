# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import io

from odoo import models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        """Print of a posted invoice the file that is sent, and no other."""
        if not self._is_invoice_report(report_ref) or not res_ids:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        # Whoever may print an invoice may have it filed.
        moves_sudo = self.env["account.move"].browse(res_ids).sudo()
        ours_sudo = moves_sudo.filtered(lambda move: move._cdg47_is_of_collectivite())
        report = self._get_report(report_ref)
        streams = {}
        for move_sudo in ours_sudo:
            if move_sudo._cdg47_is_filed(report):
                content = move_sudo.invoice_pdf_report_id.raw
                drawn = {move_sudo.id: {"stream": io.BytesIO(content),
                                        "attachment": None}}  # fmt: skip
            else:
                # One by one: without outlines several would not be told apart.
                drawn = super()._render_qweb_pdf_prepare_streams(
                    report_ref, dict(data or {}), move_sudo.ids
                )
                move_sudo._cdg47_number_pages(drawn)
            streams |= drawn
        others = (moves_sudo - ours_sudo).ids
        if others:
            streams |= super()._render_qweb_pdf_prepare_streams(
                report_ref, data, others
            )
        return {key: streams[key] for key in [*res_ids, False] if key in streams}
