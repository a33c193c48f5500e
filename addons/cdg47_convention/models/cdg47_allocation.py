# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models


class Cdg47Allocation(models.Model):
    """One thing held: a licence, a certificate, a mailbox, Go of backup (R8)."""

    _name = "cdg47.allocation"
    _description = "Allocation"
    _inherit = ["mail.thread"]
    _order = "partner_id, product_id, date_start, id"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("collectivite_type", "!=", False)],
    )
    product_id = fields.Many2one(
        "product.product",
        string="Service",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("cdg47_is_service", "=", True)],
    )
    quantity = fields.Integer(default=1, required=True)
    holder_id = fields.Many2one(
        "res.partner", index="btree_not_null", ondelete="restrict"
    )
    holder_name = fields.Char(
        compute="_compute_holder_name",
        store=True,
        readonly=False,
        help="Name or office, when the holder is not among the contacts.",
    )
    identifier = fields.Char(help="Serial number, address, domain name…")
    date_start = fields.Date(required=True, tracking=True)
    date_end = fields.Date(help="Last day included.", tracking=True)
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("active", "Active"),
            ("expired", "Expired"),
            ("revoked", "Revoked"),
        ],
        required=True,
        default="requested",
        tracking=True,
    )

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "An allocation holds at least one unit."
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "An allocation cannot end before it starts.",
    )

    @api.depends("product_id.name", "identifier", "holder_name")
    def _compute_display_name(self):
        for allocation in self:
            detail = allocation.identifier or allocation.holder_name
            name = allocation.product_id.name or ""
            allocation.display_name = f"{name} ({detail})" if detail else name

    @api.depends("holder_id")
    def _compute_holder_name(self):
        for allocation in self:
            allocation.holder_name = allocation.holder_id.name or allocation.holder_name

    def _creation_message(self):
        """Odoo's « %s created » takes no gender, which French needs."""
        return self.env._("Allocation created")
