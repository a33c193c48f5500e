# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class Cdg47ServiceStep(models.Model):
    """What Annexe 3 says is in a service, in its own words and order."""

    _name = "cdg47.service.step"
    _description = "Content of a service"
    _order = "product_id, sequence, id"

    product_id = fields.Many2one(
        "product.product",
        string="Service",
        required=True,
        index=True,
        ondelete="cascade",
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Wording of the annex", required=True)
    kind = fields.Selection(
        [
            ("commissioning", "Commissioning"),
            ("recurrent", "Recurrent"),
            ("option", "Option"),
            ("exclusion", "Not included"),
        ],
        required=True,
    )
    is_accompaniment = fields.Boolean(
        string="Accompaniment",
        compute="_compute_is_accompaniment",
        store=True,
        readonly=False,
        help="The only step that uses the once-only day of the service.",
    )
    article = fields.Char()

    @api.depends("name", "kind")
    def _compute_is_accompaniment(self):
        """The annex words it « accompagnement à la première mise en service »."""
        for step in self:
            step.is_accompaniment = (
                step.kind == "commissioning"
                and "accompagnement" in (step.name or "").lower()
            )
