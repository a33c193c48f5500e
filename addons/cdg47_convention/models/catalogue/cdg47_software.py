# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47Software(models.Model):
    """A Métiers program: the scope of the first commissioning day."""

    _name = "cdg47.software"
    _description = "Software"
    _order = "editor_id, name"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    editor_id = fields.Many2one(
        "cdg47.software.editor", required=True, index=True, ondelete="cascade"
    )

    _name_unique = models.Constraint(
        "UNIQUE (editor_id, name)", "This editor already has a software of that name."
    )
