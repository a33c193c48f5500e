# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.cdg47_convention.lib.dates import today_in_paris


class Cdg47PrerequisiteSheet(models.Model):
    """What the CDG requires for a service, from a day on (Annexe 3 VI)."""

    _name = "cdg47.prerequisite.sheet"
    _description = "Sheet of prerequisites"
    _order = "product_id, date_from desc, id desc"

    name = fields.Char(string="Title", required=True, translate=True)
    product_id = fields.Many2one(
        "product.product",
        string="Service",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("cdg47_is_service", "=", True)],
    )
    date_from = fields.Date(
        string="In force from", required=True, default=lambda self: today_in_paris()
    )
    date_to = fields.Date(string="Until", help="Last day included.")
    content = fields.Html(string="Prerequisites", required=True, translate=True)
    document_ids = fields.Many2many("ir.attachment", string="Documents")
    active = fields.Boolean(default=True)

    _dates_in_order = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "A sheet cannot end before it is in force.",
    )

    @api.model
    def _in_force(self, product, day):
        """Return the sheet of a service on a day, empty when there is none.

        :rtype: cdg47.prerequisite.sheet
        """
        return self.search(
            Domain("product_id", "=", product.id)
            & Domain("date_from", "<=", day)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", day)),
            limit=1,
        )

    def _citation(self):
        """Cite the sheet in a verdict, in the language of the environment."""
        self.ensure_one()
        return self.env._(
            "Sheet of prerequisites « %(title)s », in force since %(date)s.",
            title=self.name,
            date=self.env["res.partner"]._cdg47_format_date(self.date_from),
        )
