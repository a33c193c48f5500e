# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models

from ..lib.xlsx_sheet import sheet_name


class StatementXlsx(models.AbstractModel):
    """The yearly statement as a workbook: one sheet by collectivité.

    Totals are formulas; dates and numbers are typed; texts are never formulas.
    """

    _name = "report.cdg47_convention.statement_xlsx"
    _inherit = ["report.report_xlsx.abstract", "cdg47.statement.mixin"]
    _description = "Yearly statement as a workbook"

    @api.model
    def generate_xlsx_report(self, workbook, data, partners):
        formats = {
            "title": workbook.add_format({"bold": True, "font_size": 14}),
            "head": workbook.add_format(
                {"bold": True, "bg_color": "#E6EEF6", "border": 1, "text_wrap": True}
            ),
            "text": workbook.add_format({"text_wrap": True, "valign": "top"}),
            "number": workbook.add_format({"num_format": "#,##0.##", "valign": "top"}),
            "money": workbook.add_format({"num_format": "#,##0.00", "valign": "top"}),
            "date": workbook.add_format({"num_format": "dd/mm/yyyy", "valign": "top"}),
            "total": workbook.add_format(
                {"bold": True, "num_format": "#,##0.00", "top": 2}
            ),
        }
        for statement in self._statements(partners, data):
            name = sheet_name(workbook, statement.partner.name)
            sheet = workbook.add_worksheet(name)
            StatementSheet(sheet, formats, statement).fill()


class StatementSheet:
    """Writes one statement, table after table, from top to bottom."""

    def __init__(self, sheet, formats, statement):
        self.sheet = sheet
        self.formats = formats
        self.statement = statement
        self.env = statement.partner.env
        self.row = 0

    def fill(self):
        self._set_up()
        self._write_title()
        self._write_valued()
        self._write_billed()
        self._write_left()

    def _set_up(self):
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_column(0, 0, 56)
        self.sheet.set_column(1, 5, 16)

    def _write_title(self):
        title = self.env._(
            "Statement %(year)s: %(name)s",
            year=self.statement.year,
            name=self.statement.partner.name,
        )
        self._line([(title, "title")])
        self._line([(self.env._("As of"), "text"), (self.statement.day, "date")])
        self._line([(self.statement.tariff_name, "text")])

    def _write_valued(self):
        """Covered services: the value is quantity × price, as a formula."""
        self._head(
            self.env._("Covered by the forfait"),
            self.env._("Unit"),
            self.env._("Covered"),
            self.env._("Price of Annexe 2"),
            self.env._("Value"),
            self.env._("Beyond"),
        )
        first = self.row + 1
        for row in self.statement.valued:
            number = self.row + 1
            value = ""
            if row.price is not None:
                value = (f"=ROUND(C{number}*D{number},2)", row.value)
            self._line(
                [
                    (row.name, "text"),
                    (row.uom.cdg47_noun or row.uom.name, "text"),
                    (row.quantity, "number"),
                    (row.price if row.price is not None else "", "money"),
                    (value, "formula"),
                    (row.beyond, "number"),
                ]
            )
        self._total(
            self.env._("Worth of what was covered"), first, self.statement.covered_value
        )

    def _write_billed(self):
        self._head(
            self.env._("Billed"),
            self.env._("Invoice"),
            self.env._("Date"),
            "",
            self.env._("Amount"),
        )
        first = self.row + 1
        for row in self.statement.billed:
            self._line(
                [
                    (row.label, "text"),
                    (row.number, "text"),
                    (row.date, "date"),
                    ("", "text"),
                    (row.amount, "money"),
                ]
            )
        self._total(self.env._("Total billed"), first, self.statement.billed_total)

    def _write_left(self):
        self._head(
            self.env._("Right"),
            self.env._("Unit"),
            self.env._("Granted"),
            self.env._("Used"),
            self.env._("Left"),
            self.env._("Opens again"),
        )
        for line in [*self.statement.counted, *self.statement.duties]:
            unit = line.rule.uom_id
            self._line(
                [
                    (line.name, "text"),
                    (unit.cdg47_noun or unit.name, "text"),
                    (line.quantity(line.granted), "number"),
                    (line.quantity(line.used), "number"),
                    (line.quantity(line.left), "number"),
                    (line.next_date or "", "date"),
                ]
            )

    # === Cells ===
    def _head(self, *labels):
        self.row += 1
        self._line([(label, "head") for label in labels])

    def _total(self, label, first, value):
        """Write a total: a formula, with its value for readers that compute nothing."""
        formula = f"=SUM(E{first}:E{self.row})" if self.row >= first else "=0"
        self.sheet.write_string(self.row, 0, label, self.formats["total"])
        self.sheet.write_formula(self.row, 4, formula, self.formats["total"], value)
        self.row += 1

    def _line(self, cells):
        for column, (value, kind) in enumerate(cells):
            self._cell(column, value, kind)
        self.row += 1

    def _cell(self, column, value, kind):
        """Write one typed cell; what comes from data is never read as a formula."""
        if value == "":
            return
        if kind == "formula":
            formula, result = value
            self.sheet.write_formula(
                self.row, column, formula, self.formats["money"], result
            )
        elif kind == "date":
            self.sheet.write_datetime(self.row, column, value, self.formats["date"])
        elif kind in ("number", "money"):
            self.sheet.write_number(self.row, column, value, self.formats[kind])
        else:
            self.sheet.write_string(self.row, column, value, self.formats[kind])
