# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.exceptions import UserError


class Cdg47CsvImportLine(models.TransientModel):
    """One line of an import preview: an error, a remark, a change, a creation."""

    _name = "cdg47.csv.import.line"
    _description = "Line of an import preview"
    _order = "line, id"

    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, index=True
    )
    kind = fields.Selection(
        [
            ("error", "Error"),
            ("notice", "Remark"),
            ("sample", "Creation"),
            ("change", "Stratum change"),
            ("update", "Value replaced"),
        ],
        required=True,
    )
    line = fields.Integer(help="Line number in the file.")
    name = fields.Char(string="Value")
    before = fields.Text()
    after = fields.Text()
    message = fields.Text()
    # Only the movements of communes lead somewhere.
    merge_values = fields.Json(readonly=True)

    def action_merge(self):
        """Open the assistant of mergers on what a movement says; nothing is done."""
        self.ensure_one()
        if not self.merge_values:
            raise UserError(
                self.env._(
                    "The commune that takes their place is not known yet: import the "
                    "census of this year first."
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "cdg47_convention.cdg47_collectivite_merge_action"
        )
        return {**action, "context": self.merge_values}
