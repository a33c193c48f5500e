# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a take-over file states: conventions signed on paper, and what they became."""

from dataclasses import dataclass, field
from datetime import date

from ..lib.cells import CellReader
from ..lib.table import Layout, TableIssue
from .import_plan import missing_columns, table_notices

CONVENTION, ACTIVATION, ALLOCATION, USED = (
    "convention",
    "activation",
    "dotation",
    "droit_utilise",
)
REQUIRED = ("collectivite", "nature", "code", "date_debut")
# What a line says of its collectivité: a model is given back with lines left empty.
SAID = frozenset({
    "nature", "code", "date_debut", "date_fin", "quantite", "unite", "titulaire",
    "identifiant", "deliberation", "numero", "note",
})  # fmt: skip
LAYOUTS = (
    Layout(
        "takeover",
        {
            "collectivite": ("Code INSEE", "SIREN", "SIRET"),
            "nature": ("Type",),
            "code": ("Code service", "Service", "Forfait"),
            "date_debut": ("Début", "Date de début", "À compter du"),
            "date_fin": ("Fin", "Date de fin", "Jusqu'au"),
            "quantite": ("Nombre",),
            "unite": (),
            "titulaire": ("Nom du titulaire",),
            "identifiant": ("N° de série", "Numéro de série"),
            "perimetre": ("Logiciel",),
            "renouvellement": ("Reconduction",),
            "deliberation": ("N° de délibération", "Numéro de délibération"),
            "date_deliberation": ("Date de la délibération", "Date de délibération"),
            "signataire": ("Signé par",),
            "strate": (),
            "deja_facture": ("Déjà facturé", "Facturé", "Déjà payé"),
            "numero": ("N° de convention", "Numéro de convention"),
            "note": ("Remarque", "Observations", "Commentaire"),
        },
        required=REQUIRED,
        keys=("collectivite",),
        silent=("nom",),
    ),
)
NATURES = {
    CONVENTION: CONVENTION, ACTIVATION: ACTIVATION, ALLOCATION: ALLOCATION, USED: USED,
    "service activé": ACTIVATION, "droit consommé": USED,
}  # fmt: skip
RENEWALS = {
    "tacite": "tacit", "expresse": "express", "tacite reconduction": "tacit",
    "reconduction expresse": "express",
}  # fmt: skip
ANSWERS = {"oui": True, "non": False, "o": True, "n": False, "x": True}
# External ids of the units a right is counted in.
UNITS = {
    "jour": "cdg47_convention.uom_day",
    "demi-journee": "cdg47_convention.uom_half_day",
    "heure": "uom.product_uom_hour",
    "unite": "uom.product_uom_unit",
    "j": "cdg47_convention.uom_day",
    "1/2 journée": "cdg47_convention.uom_half_day",
    "½ journée": "cdg47_convention.uom_half_day",
    "h": "uom.product_uom_hour",
    "u": "uom.product_uom_unit",
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
    billed: bool = False
    partner: object = None


@dataclass
class TakeoverSheet:
    facts: list = field(default_factory=list)
    issues: list = field(default_factory=list)
    notices: list = field(default_factory=list)


def read_takeover_sheet(env, table):
    """Read a table into facts, with every fault of every line.

    :param odoo.api.Environment env: gives the language of the sentences
    :param Table table: rows as read
    :rtype: TakeoverSheet
    """
    sheet = TakeoverSheet(issues=list(table.issues), notices=table_notices(env, table))
    missing = missing_columns(table, REQUIRED)
    if missing:
        sheet.issues.append(
            TableIssue(
                table.header_line,
                ", ".join(missing),
                env._("These columns are missing: start from the model file."),
            )
        )
        return sheet
    cells = CellReader(env, sheet.issues, table.labels)
    for row in table.rows:
        if not any(value for name, value in row.cells.items() if name in SAID):
            continue
        faults = len(sheet.issues)
        fact = _read_fact(cells, row)
        if len(sheet.issues) == faults:
            _check_fact(cells, row, fact)
        if len(sheet.issues) == faults:
            sheet.facts.append(fact)
    sheet.notices += cells.remarks()
    return sheet


def _read_fact(cells, row):
    for column in REQUIRED:
        cells.required(row, column)
    return TakeoverFact(
        line=row.line,
        nature=cells.choice(row, "nature", NATURES),
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
        billed=bool(cells.choice(row, "deja_facture", ANSWERS)),
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
