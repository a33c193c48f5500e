# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from ...lib.plain_text import plain


class BaseImportImport(models.TransientModel):
    _inherit = "base_import.import"

    def _convert_import_data(self, fields, options):
        """Read a file without the characters that PostgreSQL refuses.

        Nobody sees them in a sheet, and Odoo fails on them without a sentence; forms
        and RPC are read without them already (``ir.http``).
        """
        data, import_fields = super()._convert_import_data(fields, options)
        return plain(data), import_fields
