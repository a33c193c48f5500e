# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from ...lib.plain_text import plain


class Base(models.AbstractModel):
    _inherit = "base"

    @api.model
    def load(self, fields, data):
        """Import a file without the characters that PostgreSQL refuses.

        Odoo reads some from a sheet, where nobody sees them, and fails without a
        sentence; forms and RPC are read without them already (``ir.http``).
        """
        return super().load(fields, plain(data))
