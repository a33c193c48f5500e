# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47EndReason(models.Model):
    """Why conventions end, as a list that the CDG completes."""

    _name = "cdg47.end.reason"
    _description = "Reason of an end"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
