# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ...reading.lawful_invoice import check_sums, is_ours, refuse_posted

# Quantities keep six digits (a minute of a day is exact, R5) and show two, or as
# many as they need: « 1,00 », as before us, « 0,3333 ». Their labels stay Odoo's.
SHOWN = {
    "digits": "Product Unit",
    "min_display_digits": 2,
    "export_string_translation": False,
}
# What an invoice bills.
BILLED_FIELDS = (
    "product_id",
    "quantity",
    "product_uom_id",
    "price_unit",
    "discount",
    "sale_line_ids",
    "tax_ids",
)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    quantity = fields.Float(**SHOWN)
    cdg47_explanation = fields.Text(
        string="Why it is billed",
        copy=True,
        help="The sentence the collectivité reads on its invoice.",
    )

    # === Once posted, only a credit note corrects it (R16, R17) ===
    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._cdg47_refuse_posted()
        return lines

    def write(self, vals):
        check_sums(self, vals)
        if any(name in vals for name in BILLED_FIELDS):
            will_change = self.env["account.move"]._field_will_change
            self.filtered(
                lambda line: any(will_change(line, vals, n) for n in BILLED_FIELDS)
            )._cdg47_refuse_posted()
        return super().write(vals)

    def _cdg47_refuse_posted(self):
        """A list, an import or RPC would change what left; Odoo's form does not."""
        posted = self.filtered(
            lambda line: (
                line.parent_state == "posted" and line.display_type == "product"
            )
        )
        for move in posted.move_id.filtered(is_ours):
            refuse_posted(move)

    def _cdg47_days(self):
        """Return the days on which these lines bill something, as far as is known.

        :rtype: list[datetime.date]
        """
        # An accountant reads no ledger.
        lines_sudo = self.sudo()
        facts_sudo = lines_sudo.env["cdg47.consumption"].search(
            [("invoice_line_id", "in", self.ids)]
        )
        fees_sudo = lines_sudo.sale_line_ids.filtered("cdg47_date_end")
        days = [*facts_sudo.mapped("date"), *fees_sudo.mapped("cdg47_date_start")]
        return days + fees_sudo.mapped("cdg47_date_end")
