# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47StatementLine(models.Model):
    """The statement of one collectivité in a batch: to make, made, or set aside."""

    _name = "cdg47.statement.line"
    _description = "Yearly statement of a collectivité"
    _inherit = ["cdg47.batch.line.mixin"]
    _order = "batch_id, partner_id, id"
    _rec_name = "partner_id"

    batch_id = fields.Many2one(
        "cdg47.statement.batch", required=True, index=True, ondelete="cascade"
    )
    _partner_unique = models.UniqueIndex(
        "(batch_id, partner_id)", "A collectivité has one statement by batch."
    )

    def _make(self):
        """Make both files, in place of those of an earlier run."""
        self.ensure_one()
        self._files_sudo().unlink()
        attachments = self.env["ir.attachment"]
        for kind in ("pdf", "xlsx"):
            content, name = self.partner_id._cdg47_statement_file(
                self.batch_id.year, kind
            )
            attachments.create(
                {
                    "name": name,
                    "raw": content,
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        self.write({"state": "done", "reason": False})

    def _files_sudo(self):
        """Return the files of these statements: theirs, whoever made them."""
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)],
                order="name",
            )
        )
