# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a take-over file states: conventions signed on paper, and what they became."""

from dataclasses import dataclass, field
from datetime import date

from ..lib.csv_cells import CellReader
from ..lib.csv_reader import CsvIssue

CONVENTION, ACTIVATION, ALLOCATION, USED = (
    "convention",
    "activation",
    "dotation",
    "droit_utilise",
)
REQUIRED = ("collectivite", "nature", "code", "date_debut")
OPTIONAL = (
    "date_fin", "quantite", "unite", "titulaire", "identifiant", "perimetre",
    "renouvellement", "deliberation", "date_deliberation", "signataire", "strate",
    "numero", "note",
)  # fmt: skip
RENEWALS = {"tacite": "tacit", "expresse": "express"}
# External ids of the units a right is counted in.
UNITS = {
    "jour": "cdg47_convention.uom_day",
    "demi-journee": "cdg47_convention.uom_half_day",
    "heure": "uom.product_uom_hour",
    "unite": "uom.product_uom_unit",
}


@dataclass(slots=True)
class TakeoverFact:
    """One line of the file, typed; None stands for an empty cell.

    :param res.partner partner: the collectivité, once it is found
    """

    line: int
    nature: str
    collectivite: str
    code: str
    date_start: date
    date_end: date | None
    quantity: float | None
    unit: str | None
    holder: str
    identifier: str
    scope: str
    renewal: str | None
    deliberation: str
    deliberation_date: date | None
    signatory: str
    stratum: str
    number: str
    note: str
    partner: object = None


@dataclass
class TakeoverSheet:
    facts: list = field(default_factory=list)
    issues: list = field(default_factory=list)
    notices: list = field(default_factory=list)


def read_takeover_sheet(env, table):
    """Read a table into facts, with every fault of every line.

    :param odoo.api.Environment env: gives the language of the sentences
    :param CsvTable table: rows as read
    :rtype: TakeoverSheet
    """
    sheet = TakeoverSheet(issues=list(table.issues))
    if not table.columns:
        return sheet
    missing = [name for name in REQUIRED if name not in table.columns]
    if missing:
        sheet.issues.append(
            CsvIssue(
                1,
                ", ".join(missing),
                env._("These columns are missing: start from the model file."),
            )
        )
        return sheet
    ignored = sorted(set(table.columns) - {*REQUIRED, *OPTIONAL, ""})
    if ignored:
        sheet.notices.append(
            CsvIssue(1, ", ".join(ignored), env._("These columns are not used."))
        )
    cells = CellReader(env, sheet.issues)
    for row in table.rows:
        faults = len(sheet.issues)
        fact = _read_fact(cells, row)
        if len(sheet.issues) == faults:
            _check_fact(cells, row, fact)
        if len(sheet.issues) == faults:
            sheet.facts.append(fact)
    return sheet


def _read_fact(cells, row):
    natures = {name: name for name in (CONVENTION, ACTIVATION, ALLOCATION, USED)}
    for column in REQUIRED:
        cells.required(row, column)
    return TakeoverFact(
        line=row.line,
        nature=cells.choice(row, "nature", natures),
        collectivite=cells.identity(row, "collectivite"),
        code=(cells.text(row, "code") or "").upper(),
        date_start=cells.date(row, "date_debut"),
        date_end=cells.date(row, "date_fin"),
        quantity=cells.decimal(row, "quantite"),
        unit=cells.choice(row, "unite", UNITS),
        holder=cells.text(row, "titulaire") or "",
        identifier=cells.text(row, "identifiant") or "",
        scope=cells.text(row, "perimetre") or "",
        renewal=cells.choice(row, "renouvellement", RENEWALS),
        deliberation=cells.text(row, "deliberation") or "",
        deliberation_date=cells.date(row, "date_deliberation"),
        signatory=cells.text(row, "signataire") or "",
        stratum=(cells.text(row, "strate") or "").upper(),
        number=cells.text(row, "numero") or "",
        note=cells.text(row, "note") or "",
    )


def _check_fact(cells, row, fact):
    """Check what one line can contradict by itself."""
    env = cells.env
    if fact.date_end and fact.date_end < fact.date_start:
        cells.fault(
            row, row.cells["date_fin"], env._("« date_fin » is before « date_debut ».")
        )
    if fact.quantity is not None and not fact.quantity:
        cells.fault(row, row.cells["quantite"], env._("« quantite » cannot be 0."))
    if fact.nature == ALLOCATION and (fact.quantity or 1) % 1:
        cells.fault(
            row, row.cells["quantite"], env._("An allocation holds whole units.")
        )
