# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import AccessError


class IrBinary(models.AbstractModel):
    _inherit = "ir.binary"

    def _find_record(self, *args, **kwargs):
        """Open by the token of a link only what its reader may read today (R20)."""
        record = super()._find_record(*args, **kwargs)
        if record._name == "ir.attachment" and self.env.user.share:
            document = self.env.get(record.res_model)
            if getattr(document, "_cdg47_has_reader", None):
                document = document.browse(record.res_id).exists()
                if document and not document._cdg47_has_reader():
                    raise AccessError(
                        self.env._(
                            "This file is read by who acts for its collectivité."
                        )
                    )
        return record
