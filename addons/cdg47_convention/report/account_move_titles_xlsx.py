# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError

from ..imports.title_planner import written_states
from ..lib.xlsx_sheet import DAY, MONEY, TEXT, Book

AMOUNT = 6


class ReportTitlesXlsx(models.AbstractModel):
    """« État des titres à émettre »: what the finance software needs of an invoice."""

    _name = "report.cdg47_convention.report_titles_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "State of the titres to issue"

    def _get_objs_for_report(self, docids, data):
        return self.env["account.move"].browse(docids)

    def generate_xlsx_report(self, workbook, data, objs):
        objs.check_access("read")
        moves = objs.filtered(
            lambda move: (
                move.state == "posted"
                and move.move_type in ("out_invoice", "out_refund")
            )
        ).sorted(lambda move: (move.invoice_date, move.name))
        if not moves:
            raise UserError(
                self.env._("Choose posted invoices: a draft has no titre to issue.")
            )
        book = Book(workbook)
        cells = self._titles(book, moves)
        self._control(book, moves, cells)

    def _columns(self):
        return [
            (self.env._("Invoice"), TEXT, 18),
            (self.env._("Date"), DAY, 12),
            (self.env._("SIRET"), TEXT, 18),
            (self.env._("Codification of the debtor"), TEXT, 16),
            (self.env._("Debtor"), TEXT, 34),
            (self.env._("Beneficiary"), TEXT, 34),
            (self.env._("Amount"), MONEY, 14),
            (self.env._("M57 imputation"), TEXT, 14),
            (self.env._("Service code"), TEXT, 16),
            (self.env._("Engagement"), TEXT, 16),
            (self.env._("Convention"), TEXT, 16),
            (self.env._("From"), DAY, 12),
            (self.env._("To"), DAY, 12),
            (self.env._("Credit note on"), TEXT, 18),
            (self.env._("Invoice corrected"), TEXT, 18),
            (self.env._("Titre number"), TEXT, 14),
            # To be filled in, and given back: the import knows these names.
            (self.env._("Slip"), TEXT, 12),
            (self.env._("Titre date"), DAY, 12),
            (self.env._("State"), TEXT, 14),
            (self.env._("Collected"), MONEY, 14),
            (self.env._("Collected on"), DAY, 12),
        ]

    def _titles(self, book, moves):
        """Write one row by invoice and imputation.

        :return: cells of the totals, by column
        """
        sheet = book.sheet(self.env._("Titres to issue"), self._columns())
        kinds = dict(moves._fields["cdg47_exercice"]._description_selection(self.env))
        states = written_states()
        for move in moves:
            debtor = move.commercial_partner_id
            beneficiary = move.cdg47_convention_id.partner_id or debtor
            for imputation, amount in move._cdg47_imputations().items():
                sheet.row(
                    move.name,
                    move.invoice_date,
                    debtor.company_registry,
                    debtor.cdg47_debtor_code,
                    debtor.name,
                    beneficiary.name,
                    amount,
                    imputation,
                    move.buyer_reference,
                    move.purchase_order_reference,
                    move.cdg47_convention_id.name,
                    *move._cdg47_period(),
                    kinds.get(move.cdg47_exercice),
                    move.reversed_entry_id.name,
                    move.cdg47_title_number,
                    move.cdg47_title_slip,
                    move.cdg47_title_date,
                    move.cdg47_title_number and states.get(move.cdg47_collection),
                    move.cdg47_collected_amount or None,
                    move.cdg47_collected_on,
                )
        return sheet.total(self.env._("Total"), AMOUNT)

    def _control(self, book, moves, cells):
        """Compare the total with the journals: the difference is a formula."""
        sheet = book.sheet(
            self.env._("Control"),
            [(self.env._("Journal"), TEXT, 34), (self.env._("Amount"), MONEY, 16)],
        )
        receivable = self.env["account.move.line"]._read_group(
            [
                ("move_id", "in", moves.ids),
                ("account_id.account_type", "=", "asset_receivable"),
            ],
            ["journal_id"],
            ["balance:sum"],
        )
        for journal, balance in receivable:
            sheet.row(journal.name, balance)
        total = sheet.total(self.env._("Total of the journals"), 1)
        titles = sum(
            amount for move in moves for amount in move._cdg47_imputations().values()
        )
        sheet.formula(
            self.env._("Total of the titres"), 1, cells[AMOUNT], round(titles, 2)
        )
        difference = round(titles - sheet.sum_of(1), 2)
        sheet.formula(
            self.env._("Difference"), 1, f"{cells[AMOUNT]}-{total[1]}", difference
        )
