# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47SoftwareEditor(models.Model):
    """Editor of the Métiers software, on which some services depend (R9)."""

    _name = "cdg47.software.editor"
    _description = "Software editor"
    _order = "name"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    product_ids = fields.Many2many(
        "product.product",
        string="Services it allows",
        domain=[("cdg47_is_service", "=", True)],
        help="Services marked « en fonction de l'éditeur » that this editor supports.",
    )
    software_ids = fields.One2many("cdg47.software", "editor_id")

    _name_unique = models.Constraint(
        "UNIQUE (name)", "A software editor with this name already exists."
    )
