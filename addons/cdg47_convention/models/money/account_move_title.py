# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, fields, models

from ...lib.dates import today_in_paris

# Where M57 records what is cancelled of a closed exercice.
CLOSED_EXERCICE_IMPUTATION = "673"


class AccountMove(models.Model):
    """The titre de recettes that the finance software issues, and what is collected.

    The comptable public collects: what it says comes back onto the invoice, and nothing
    is dunned here (R12).
    """

    _inherit = "account.move"

    cdg47_title_number = fields.Char(
        string="Titre number", copy=False, index="btree_not_null", tracking=True
    )
    cdg47_title_slip = fields.Char(string="Bordereau", copy=False)
    cdg47_title_date = fields.Date(string="Titre issued on", copy=False)
    cdg47_collection = fields.Selection(
        [
            ("to_issue", "To be issued"),
            ("issued", "Issued"),
            ("partial", "Partly collected"),
            ("collected", "Collected"),
            ("cancelled", "Cancelled"),
            ("lost", "Written off"),
        ],
        string="Titre",
        default="to_issue",
        copy=False,
        tracking=True,
        help="What the comptable public says of it.",
    )
    cdg47_collected_amount = fields.Monetary(string="Amount collected", copy=False)
    cdg47_collected_on = fields.Date(string="Collected on", copy=False)
    cdg47_exercice = fields.Selection(
        [("current", "Current exercice"), ("closed", "Closed exercice")],
        string="Credit note on",
        compute="_compute_cdg47_exercice",
        help="A credit note on a closed exercice is a charge (account 673), not a "
        "reduction of the titre.",
    )

    @api.depends("reversed_entry_id.invoice_date", "invoice_date", "move_type")
    def _compute_cdg47_exercice(self):
        for move in self:
            origin = move.reversed_entry_id.invoice_date
            day = move.invoice_date or today_in_paris()
            if move.move_type != "out_refund" or not origin:
                move.cdg47_exercice = False
            elif origin.year == day.year:
                move.cdg47_exercice = "current"
            else:
                move.cdg47_exercice = "closed"

    def _cdg47_imputations(self):
        """Return what is to be recorded by M57 account, credit notes in minus.

        :rtype: dict[str, float]
        """
        self.ensure_one()
        amounts = defaultdict(float)
        sign = -1 if self.move_type == "out_refund" else 1
        for line in self.invoice_line_ids.filtered(
            lambda ln: ln.display_type == "product"
        ):
            imputation = line.product_id.cdg47_account_code or ""
            if self.cdg47_exercice == "closed":
                imputation = CLOSED_EXERCICE_IMPUTATION
            amounts[imputation] += sign * line.price_total
        return {
            imputation: self.currency_id.round(amount)
            for imputation, amount in amounts.items()
        }

    def _cdg47_period(self):
        """Return the first and the last day that the invoice is about, if known."""
        self.ensure_one()
        term = self.cdg47_term_id
        return term.date_start or None, term.date_end or None
