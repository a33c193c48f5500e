# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The workbooks as a spreadsheet shows them: opened and computed again by LibreOffice.

openpyxl reads what we wrote; LibreOffice computes the formulas and decides what is a
text, a date or a number, as it does for the board and the accountant.
"""

import io
import itertools
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import xlsxwriter
from freezegun import freeze_time
from openpyxl import load_workbook

from odoo.tests import tagged

from odoo.addons.cdg47_convention.lib.xlsx_sheet import MONEY, TEXT, Book
from odoo.addons.cdg47_convention.tests.test_accounting import (
    DANGEROUS,
    AccountingCase,
)

MODULE = "cdg47_convention"
# LibreOffice trusts the values it finds unless told to compute all of them: 0, always.
_ALWAYS_COMPUTE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""


def computed(contents):
    """Open workbooks in LibreOffice, which computes them again, and save them.

    :param dict[str, bytes] contents: workbooks by name
    :return: what LibreOffice shows, by name
    :rtype: dict[str, openpyxl.Workbook]
    """
    with TemporaryDirectory() as path:
        folder = Path(path)
        settings = folder / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_ALWAYS_COMPUTE)
        sources = [folder / f"{name}.xlsx" for name in contents]
        for source, content in zip(sources, contents.values(), strict=True):
            source.write_bytes(content)
        _convert(folder, settings.parents[1], sources)
        return {
            name: load_workbook(folder / "shown" / f"{name}.xlsx", data_only=True)
            for name in contents
        }


def _convert(folder, profile, sources, tries=2):
    """Run LibreOffice, which now and then hangs while it starts: once more, then."""
    try:
        subprocess.run(
            [
                "soffice",
                f"-env:UserInstallation={profile.as_uri()}",
                "--headless",
                "--convert-to",
                "xlsx",
                "--outdir",
                folder / "shown",
                *sources,
            ],
            check=True,
            capture_output=True,
            timeout=90,
        )
    except subprocess.TimeoutExpired:
        if tries == 1:
            raise
        _convert(folder, profile, sources, tries - 1)


@tagged("post_install", "-at_install")
@freeze_time("2027-04-10 10:00:00")
class TestWorkbooks(AccountingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.conventions = cls.env["cdg47.convention"].union(
            *(cls.hold(population) for population in (150, 498, 750, 1500))
        )
        cls.communes = cls.conventions.partner_id
        for commune, name in zip(cls.communes, DANGEROUS, strict=True):
            commune.name = name
        cls.make_census(
            cls.communes[1],
            "2027-01-01",
            population_total=502,
            population_municipal=495,
        )
        cls.campaign = cls.make_campaign(2027)
        cls.campaign.action_simulate()
        cls.run_all(cls.campaign)
        invoices = cls.conventions.order_ids.invoice_ids
        invoices.action_post()
        credit = invoices[0]._reverse_moves([{"invoice_date": "2027-03-01"}])
        credit.action_post()
        cls.moves = invoices | credit
        hour = cls.env.ref(f"{MODULE}.uom_hour")
        for convention in cls.conventions:
            convention._consume(cls.service("AUDIT-SECU"), 3, hour, "2027-01-05")
        cls.rights = cls.env["cdg47.entitlement"].search(
            [("partner_id", "in", cls.communes.ids)]
        )
        cls.written = cls._written()
        cls.shown = computed(cls.written)

    @classmethod
    def _written(cls):
        reports = cls.env["ir.actions.report"]
        records = {
            "report_campaign_xlsx": cls.campaign,
            "report_titles_xlsx": cls.moves,
            "report_deferred_xlsx": cls.rights,
            "action_report_statement_xlsx": cls.communes,
        }
        return {
            name: reports._render_xlsx(f"{MODULE}.{name}", found.ids, {"year": 2027})[0]
            for name, found in records.items()
        }

    def cells(self):
        """Yield each cell as we wrote it, the value written, the cell shown."""
        for name, content in self.written.items():
            values = load_workbook(io.BytesIO(content), data_only=True)
            for sheet in load_workbook(io.BytesIO(content)):
                for cell in itertools.chain.from_iterable(sheet.iter_rows()):
                    value = values[sheet.title][cell.coordinate].value
                    yield cell, value, self.shown[name][sheet.title][cell.coordinate]

    def test_formulas_are_computed_again(self):
        """A wrong value beside its formula is put right: the other tests can fail."""
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream) as workbook:
            sheet = Book(workbook).sheet("Sums", [("", TEXT, 9), ("", MONEY, 9)])
            sheet.row("Two", 2)
            sheet.formula("Wrong", 1, "B2+B2", 5)
        written = load_workbook(stream, data_only=True).active
        shown = computed({"sums": stream.getvalue()})["sums"].active
        self.assertEqual((written["B3"].value, shown["B3"].value), (5, 4))

    def test_formulas_give_what_we_say(self):
        formulas = [found for found in self.cells() if found[0].data_type == "f"]
        self.assertGreater(len(formulas), 4 * len(self.written))
        for cell, value, shown in formulas:
            self.assertAlmostEqual(shown.value, value, places=2, msg=cell)

    def test_totals_are_those_of_the_journal(self):
        journal = sum(
            self.moves.line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            ).mapped("balance")
        )
        _titles, control = self.shown["report_titles_xlsx"].worksheets
        totals = [row[1] for row in control.iter_rows(values_only=True)][-3:]
        self.assertEqual(totals, [journal, journal, 0])
        summary = self.shown["report_campaign_xlsx"].worksheets[0]
        self.assertEqual(summary.cell(summary.max_row, 5).value, self.campaign.amount)

    def test_values_keep_their_type(self):
        """Dangerous names stay texts, days stay dates, amounts stay numbers."""
        texts, types = set(), set()
        for cell, value, shown in self.cells():
            if cell.data_type == "f" or value is None:
                continue
            self.assertEqual(shown.data_type, cell.data_type, cell)
            if cell.data_type == "n":
                # LibreOffice keeps fifteen digits.
                self.assertAlmostEqual(shown.value, value, places=9, msg=cell)
            else:
                self.assertEqual(shown.value, value, cell)
            types.add(cell.data_type)
            texts.add(value)
        self.assertEqual(types, {"s", "d", "n"})
        self.assertLessEqual(set(DANGEROUS), texts)
