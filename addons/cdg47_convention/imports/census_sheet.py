# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a census file states, before anything is compared with the database.

Three kinds of files, told apart by their header: the communes and the intercommunalités
as published, and a sheet of facts (agents, affiliation, hosting) kept by the CDG.
"""

from dataclasses import dataclass, field

from ..lib.csv_cells import CellReader
from ..lib.csv_reader import CsvIssue

COMMUNES, ESTABLISHMENTS, FACTS = "communes", "etablissements", "facts"

# Columns whose published name says they are for demonstration, or that people use.
ALIASES = {
    "agents_demo": "agents",
    "affiliation_demo": "affiliation",
    "siret": "siren",
}
COLUMNS = {
    COMMUNES: {
        "code_insee", "nom", "siren", "code_postal", "departement",
        "population_totale", "population_municipale", "epci_siren", "epci_nom",
    },
    ESTABLISHMENTS: {
        "siren", "nom", "type", "population_totale", "population_municipale",
        "membres_47", "agents", "affiliation",
    },
    FACTS: {
        "code_insee", "siren", "nom", "agents", "affiliation", "hebergement",
        "hebergee_par",
    },
}  # fmt: skip
REQUIRED = {
    COMMUNES: ("code_insee", "nom", "population_totale", "population_municipale"),
    ESTABLISHMENTS: ("siren", "nom"),
    FACTS: (),
}
FACT_COLUMNS = {"agents", "affiliation", "hebergement", "hebergee_par"}
AFFILIATIONS = {"affiliee": "affiliated", "non_affiliee": "non_affiliated"}
HOSTINGS = {"propre": "own", "hebergee": "hosted"}


@dataclass(slots=True)
class Statement:
    """What one line of the file states of one collectivité.

    :param str insee_code: empty for an establishment
    :param str siren: SIREN, or SIRET in a sheet of facts; may be empty
    :param dict identity: ``name``, ``zip``, ``city`` where stated
    :param dict facts: fields of ``cdg47.census`` where stated; 0 is a fact
    :param str host: INSEE code, SIREN or SIRET of the host, when hosted
    """

    line: int
    insee_code: str
    siren: str
    identity: dict
    facts: dict
    host: str = ""


@dataclass
class CensusSheet:
    kind: str = ""
    statements: list = field(default_factory=list)
    issues: list = field(default_factory=list)
    notices: list = field(default_factory=list)


def read_census_sheet(env, table):
    """Read what a table states, with every fault of every line.

    :param odoo.api.Environment env: gives the language of the sentences
    :param CsvTable table: rows as read
    :rtype: CensusSheet
    """
    sheet = CensusSheet(issues=list(table.issues))
    if table.columns:
        columns = {ALIASES.get(name, name) for name in table.columns}
        sheet.kind = _recognise(env, columns, sheet)
    if sheet.kind:
        _StatementReader(env, sheet).read_rows(table.rows)
    return sheet


def _recognise(env, columns, sheet):
    """Return the kind whose columns are most present, empty if it cannot be read."""
    # Between two kinds that fit as well, a sheet of facts, which creates nothing.
    kind = max(
        (FACTS, COMMUNES, ESTABLISHMENTS), key=lambda name: len(COLUMNS[name] & columns)
    )
    missing = [name for name in REQUIRED[kind] if name not in columns]
    if kind == FACTS:
        if not columns & {"code_insee", "siren"}:
            missing.append("code_insee")
        if not columns & FACT_COLUMNS:
            missing.append("agents")
    if missing:
        sheet.issues.append(
            CsvIssue(
                1,
                ", ".join(missing),
                env._(
                    "These columns are missing. Expected: a file of communes, of "
                    "établissements, or a sheet of facts (code_insee or siren, agents, "
                    "affiliation, hebergement, hebergee_par)."
                ),
            )
        )
        return ""
    ignored = sorted(name for name in columns - COLUMNS[kind] if name)
    if ignored:
        sheet.notices.append(
            CsvIssue(1, ", ".join(ignored), env._("These columns are not used."))
        )
    return kind


class _StatementReader:
    """Reads rows into statements; a row with a fault gives none."""

    def __init__(self, env, sheet):
        self.env = env
        self.sheet = sheet
        self.cells = CellReader(env, sheet.issues)
        self.seen = {}

    def read_rows(self, rows):
        build = {
            COMMUNES: self._commune,
            ESTABLISHMENTS: self._establishment,
            FACTS: self._facts,
        }[self.sheet.kind]
        for row in rows:
            row.cells = {ALIASES.get(k, k): v for k, v in row.cells.items()}
            faults = len(self.sheet.issues)
            statement = build(row)
            if len(self.sheet.issues) == faults:
                self._keep(row, statement)

    def _keep(self, row, statement):
        """Keep a statement, unless the file already has one for this collectivité."""
        for key in filter(None, (statement.insee_code, statement.siren)):
            first = self.seen.setdefault(key, row.line)
            if first != row.line:
                return self.cells.fault(row, key, duplicate_message(self.env, first))
        self.sheet.statements.append(statement)

    def _commune(self, row):
        self.cells.required(row, "code_insee")
        name = self.cells.required(row, "nom")
        return Statement(
            row.line,
            self.cells.insee_code(row, "code_insee"),
            self.cells.siren(row, "siren"),
            self._stated(name=name, city=name, zip=self.cells.text(row, "code_postal")),
            self._population(row),
        )

    def _establishment(self, row):
        self.cells.required(row, "siren")
        return Statement(
            row.line,
            "",
            self.cells.siren(row, "siren"),
            self._stated(name=self.cells.required(row, "nom")),
            self._population(row) | self._size_and_affiliation(row),
        )

    def _facts(self, row):
        insee_code = self.cells.insee_code(row, "code_insee")
        siren = self.cells.siren(row, "siren", siret_allowed=True)
        if not (self.cells.text(row, "code_insee") or self.cells.text(row, "siren")):
            self.cells.required(row, "code_insee")
        facts = self._size_and_affiliation(row)
        host = self._hosting(row, facts)
        return Statement(row.line, insee_code, siren, {}, facts, host)

    def _population(self, row):
        return self._stated(
            population_total=self.cells.whole_number(row, "population_totale"),
            population_municipal=self.cells.whole_number(row, "population_municipale"),
        )

    def _size_and_affiliation(self, row):
        return self._stated(
            agents=self.cells.whole_number(row, "agents"),
            affiliation=self.cells.choice(row, "affiliation", AFFILIATIONS),
        )

    def _hosting(self, row, facts):
        """Read the hosting into the facts and return the host's identity."""
        hosting = self.cells.choice(row, "hebergement", HOSTINGS)
        host = self.cells.identity(row, "hebergee_par")
        value = self.cells.text(row, "hebergee_par")
        if hosting == "hosted" and not value:
            self.cells.fault(
                row,
                "",
                self.env._(
                    "A hosted collectivité needs its host: give its INSEE code or "
                    "SIREN in « hebergee_par »."
                ),
            )
        if value and hosting != "hosted":
            self.cells.fault(
                row,
                value,
                self.env._(
                    "A host is given: « hebergement » must say « hebergee », or "
                    "« hebergee_par » be empty."
                ),
            )
        if hosting:
            facts["hosting"] = hosting
        return host or ""

    @staticmethod
    def _stated(**values):
        """Leave out what is not stated; 0 is."""
        return {name: value for name, value in values.items() if value is not None}


def duplicate_message(env, first_line):
    """Say that a collectivité stands on two lines of a file."""
    return env._(
        "This collectivité is already on line %(line)s: keep one of the two lines.",
        line=first_line,
    )
