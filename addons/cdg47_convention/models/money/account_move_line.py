# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models

# Quantities keep six digits (a minute of a day is exact, R5) and show two, or as
# many as they need: « 1,00 », as before us, « 0,3333 ». Their labels stay Odoo's.
SHOWN = {
    "digits": "Product Unit",
    "min_display_digits": 2,
    "export_string_translation": False,
}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    quantity = fields.Float(**SHOWN)
    cdg47_explanation = fields.Text(
        string="Why it is billed",
        copy=True,
        help="The sentence the collectivité reads on its invoice.",
    )

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
