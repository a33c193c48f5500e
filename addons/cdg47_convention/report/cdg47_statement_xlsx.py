# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from ..lib.xlsx_sheet import DAY, MONEY, NUMBER, TEXT, Book, Formula

# Column of what the tables sum up.
VALUE = 4


class StatementXlsx(models.AbstractModel):
    """The yearly statement as a workbook: one sheet by collectivité.

    Totals are formulas; dates and numbers are typed; texts are never formulas.
    """

    _name = "report.cdg47_convention.statement_xlsx"
    _inherit = ["report.report_xlsx.abstract", "cdg47.statement.mixin"]
    _description = "Yearly statement as a workbook"

    @api.model
    def generate_xlsx_report(self, workbook, data, partners):
        book = Book(workbook)
        for statement in self._statements(partners, data):
            StatementSheet(book, statement).fill()


class StatementSheet:
    """Writes one statement, table after table, from top to bottom."""

    def __init__(self, book, statement):
        self.statement = statement
        self.env = statement.partner.env
        title = self.env._(
            "Statement %(year)s: %(name)s",
            year=statement.year,
            name=statement.partner.name,
        )
        self.sheet = book.sheet(statement.partner.name, title=title)

    def fill(self):
        self.sheet.line(self.env._("As of"), self.statement.day)
        self.sheet.line(self.statement.tariff_name)
        self._write_valued()
        self._write_billed()
        self._write_left()

    def _table(self, *columns):
        widths = (56, 16, 16, 16, 16, 16)
        self.sheet.next += 1
        self.sheet.table(
            [
                (label, kind, width)
                for (label, kind), width in zip(columns, widths, strict=False)
            ]
        )

    def _write_valued(self):
        """Covered services: the value is quantity × price, as a formula."""
        self._table(
            (self.env._("Covered by the forfait"), TEXT),
            (self.env._("Unit"), TEXT),
            (self.env._("Covered"), NUMBER),
            (self.env._("Price of Annexe 2"), MONEY),
            (self.env._("Value"), MONEY),
            (self.env._("Beyond"), NUMBER),
        )
        for row in self.statement.valued:
            number = self.sheet.next + 1
            value = None
            if row.price is not None:
                value = Formula(f"ROUND(C{number}*D{number},2)", row.value)
            self.sheet.row(
                row.name,
                row.uom.cdg47_noun or row.uom.name,
                row.quantity,
                row.price,
                value,
                row.beyond,
            )
        self.sheet.total(self.env._("Worth of what was covered"), VALUE)

    def _write_billed(self):
        self._table(
            (self.env._("Billed"), TEXT),
            (self.env._("Invoice"), TEXT),
            (self.env._("Date"), DAY),
            ("", TEXT),
            (self.env._("Amount"), MONEY),
        )
        for row in self.statement.billed:
            self.sheet.row(row.label, row.number, row.date, "", row.amount)
        self.sheet.total(self.env._("Total billed"), VALUE)

    def _write_left(self):
        self._table(
            (self.env._("Right"), TEXT),
            (self.env._("Unit"), TEXT),
            (self.env._("Granted"), NUMBER),
            (self.env._("Used"), NUMBER),
            (self.env._("Left"), NUMBER),
            (self.env._("Opens again"), DAY),
        )
        for line in [*self.statement.counted, *self.statement.duties]:
            unit = line.rule.uom_id
            self.sheet.row(
                line.name,
                unit.cdg47_noun or unit.name,
                line.quantity(line.granted),
                line.quantity(line.used),
                line.quantity(line.left),
                line.next_date,
            )
