# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.tools import file_open

from ...lib.pdfa import About, archive, is_pdf

COLOURS = "tools/data/files/sRGB2014.icc"
FORMAT = "facturx"


class AccountMoveSend(models.AbstractModel):
    """One file for each invoice of a collectivité, printed, sent or downloaded."""

    _inherit = "account.move.send"

    def _prepare_invoice_pdf_report(self, invoices_data):
        """Draw the pages, where printing would give the file that is made of them."""
        drawing = self.with_context(cdg47_drawing=True)
        return super(AccountMoveSend, drawing)._prepare_invoice_pdf_report(
            {
                move.with_context(cdg47_drawing=True): data
                for move, data in invoices_data.items()
            }
        )

    def _hook_invoice_document_after_pdf_report_render(self, invoice, invoice_data):
        """Make an archive of an invoice of a collectivité, instead of Odoo's.

        Odoo's says that it is one (PDF/A-3a) and is not: neither tagged, nor converted
        where wkhtmltopdf writes no outline.
        """
        values = invoice_data.get("pdf_attachment_values")
        xml = invoice_data.get("ubl_cii_xml_attachment_values")
        if (
            not values
            or not xml
            or invoice_data["invoice_edi_format"] != FORMAT
            or not invoice._cdg47_is_of_collectivite()
        ):
            return super()._hook_invoice_document_after_pdf_report_render(
                invoice, invoice_data
            )
        # Under test, Odoo may draw no PDF.
        if is_pdf(values["raw"]):
            with file_open(COLOURS, "rb") as profile:
                values["raw"] = archive(
                    values["raw"],
                    xml["raw"],
                    profile.read(),
                    About(
                        title=invoice.name,
                        author=invoice.company_id.name,
                        made_on=fields.Datetime.now(),
                    ),
                )
        return None

    def _hook_if_success(self, moves_data, from_cron=False):
        """What leaves is sent, also where its file was made before by printing."""
        result = super()._hook_if_success(moves_data, from_cron=from_cron)
        for move in moves_data:
            if move._cdg47_is_of_collectivite():
                move.is_move_sent = True
        return result

    def _cdg47_file(self, move):
        """Make the file of an invoice that has none; sending it comes later.

        Where the XML cannot be made, there is no file yet: pages are printed alone.
        """
        settings = self._get_default_sending_settings(move, sending_methods=set())
        was_sent = move.is_move_sent
        self._generate_invoice_documents({move: settings})
        move.is_move_sent = was_sent
