# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a census file states, before anything is compared with the database.

Three kinds of files, told apart by their header: the communes and the intercommunalités
as published, and a sheet of facts (agents, affiliation, hosting) kept by the CDG.
"""

from dataclasses import dataclass, field

from ..lib.cells import CellReader
from ..lib.table import Layout, TableIssue
from ..lib.words import folded, tidy
from .import_plan import missing_columns, table_notices

COMMUNES, ESTABLISHMENTS, FACTS, REGISTRY = (
    "communes",
    "etablissements",
    "facts",
    "registry",
)

INSEE_CODE = (
    "Code commune INSEE", "Code INSEE", "Code INSEE commune", "INSEE", "CODGEO",
    "Code géographique", "codecommune", "COM", "insee_com", "Code de la commune",
)  # fmt: skip
SIREN = ("N° SIREN", "Numéro SIREN", "SIREN commune", "SIREN groupement")
SIRET = ("N° SIRET", "Numéro SIRET", "SIRET commune", "SIRET siège", "SIRET du siège")
NAME = (
    "Nom de la commune", "Libellé", "Libellé de la commune", "Commune", "LIBGEO",
    "Nom commune", "Collectivité", "Dénomination",
)  # fmt: skip
BODY_NAME = (
    "Raison sociale",
    "Nom du groupement",
    "Dénomination",
    "Libellé",
    "Nom EPCI",
)
TOTAL = ("PTOT", "Population totale", "Pop. totale", "Pop totale", "POPTOT")
MUNICIPAL = ("PMUN", "Population municipale", "Pop. municipale", "Pop municipale")
KIND = ("TYPECOM", "Type de commune", "Nature juridique", "Nature", "Forme juridique")
AFFILIATION = ("affiliation_demo", "Affiliée", "Affilié")
AGENTS = ("agents_demo", "Nombre d'agents", "Nb agents", "Effectif", "Nb d'agents")
EPCI = ("SIREN EPCI", "SIREN de l'EPCI", "Code EPCI", "EPCI")
FACT_COLUMNS = {"agents", "affiliation", "hebergement", "hebergee_par"}
SIREN_LENGTH = 9
# Columns that files of INSEE and BANATIC also have, of no use here.
PUBLISHED = (
    "epci_nom", "CODREG", "REG", "DEP", "CODARR", "CODCAN", "PCAP",
    "Code région", "Nom de la région", "Code arrondissement", "Code canton",
    "Population comptée à part", "Nb de communes membres", "Dept du siège",
    "Région du siège", "Arrondissement du siège", "Commune du siège", "Civilité",
    "membres_47", "Nb de compétences exercées", "Potentiel fiscal", "Région siège",
    "Département siège", "Arrondissement siège", "Commune siège", "Date de création",
    "Syndicat à la carte", "Groupement interdépartemental", "Date d'effet",
    "Mode de répartition des sièges", "Nombre de membres", "Canton",
)  # fmt: skip

# Between two that fit as well, the sheet of facts first: it creates nothing.
LAYOUTS = (
    Layout(
        FACTS,
        {
            "code_insee": INSEE_CODE, "siren": (*SIREN, "siret", *SIRET), "nom": NAME,
            "agents": AGENTS, "affiliation": AFFILIATION,
            "hebergement": ("Hébergée",), "hebergee_par": ("Hébergeur", "Hôte"),
        },
        keys=("code_insee", "siren"),
        any_of=FACT_COLUMNS,
    ),
    Layout(
        REGISTRY,
        {"siret": SIRET, "code_insee": INSEE_CODE, "nom": NAME, "siren": SIREN},
        required=("siret",),
        keys=("siret", "code_insee"),
    ),
    # As INSEE publishes « populations de référence »: the code is in two columns.
    Layout(
        COMMUNES,
        {
            "coddep": ("Code département",), "codcom": ("Code commune",),
            "nom": ("COM", *NAME), "population_totale": TOTAL,
            "population_municipale": MUNICIPAL, "type": KIND,
        },
        required=("coddep", "codcom", "nom"),
        keys=("codcom",),
        silent=PUBLISHED,
    ),
    Layout(
        COMMUNES,
        {
            "code_insee": (*INSEE_CODE, "Code commune"), "nom": NAME,
            "siren": (*SIREN, "siret", *SIRET), "code_postal": ("CP", "Code postal"),
            "departement": ("DEP", "Département", "Code département"),
            "population_totale": TOTAL, "population_municipale": MUNICIPAL,
            "type": KIND, "epci_siren": EPCI,
        },
        required=("code_insee", "nom", "population_totale", "population_municipale"),
        keys=("code_insee", "siren"),
        silent=PUBLISHED,
    ),
    Layout(
        ESTABLISHMENTS,
        {
            "siren": (*SIREN, "siret", *SIRET), "nom": BODY_NAME, "type": KIND,
            "population_totale": TOTAL, "population_municipale": MUNICIPAL,
            "agents": AGENTS, "affiliation": AFFILIATION,
        },
        required=("siren", "nom"),
        keys=("siren",),
        silent=PUBLISHED,
    ),
)  # fmt: skip
AFFILIATIONS = {
    "affiliee": "affiliated", "non_affiliee": "non_affiliated",
    "affilie": "affiliated", "non_affilie": "non_affiliated", "oui": "affiliated",
    "non": "non_affiliated",
}  # fmt: skip
HOSTINGS = {
    "propre": "own", "hebergee": "hosted", "heberge": "hosted", "oui": "hosted",
    "non": "own",
}  # fmt: skip
# Former communes keep a code of their own: they are not collectivités.
FORMER_COMMUNES = {
    "comd", "coma", "communedeleguee", "communeassociee", "deleguee", "associee",
}  # fmt: skip


@dataclass(slots=True)
class Statement:
    """What one line of the file states of one collectivité.

    :param str insee_code: empty for an establishment
    :param str siren: SIREN or SIRET; may be empty
    :param dict identity: ``name``, ``zip``, ``city`` where stated
    :param dict facts: fields of ``cdg47.census`` where stated; 0 is a fact
    :param str host: INSEE code, SIREN or SIRET of the host, when hosted
    :param str epci: SIREN of the intercommunalité of a commune, where stated
    """

    line: int
    insee_code: str
    siren: str
    identity: dict
    facts: dict
    host: str = ""
    epci: str = ""


@dataclass
class CensusSheet:
    kind: str = ""
    statements: list = field(default_factory=list)
    issues: list = field(default_factory=list)
    notices: list = field(default_factory=list)


def read_census_sheet(env, table):
    """Read what a table states, with every fault of every line.

    :param odoo.api.Environment env: gives the language of the sentences
    :param Table table: rows as read with ``LAYOUTS``
    :rtype: CensusSheet
    """
    sheet = CensusSheet(issues=list(table.issues), notices=table_notices(env, table))
    if table.layout and not _misses_columns(env, table, sheet):
        sheet.kind = table.layout.kind
        _StatementReader(env, sheet, table).read_rows(table.rows)
    return sheet


def _misses_columns(env, table, sheet):
    """Note the columns without which nothing can be read."""
    columns = set(table.columns)
    missing = missing_columns(table, table.layout.required)
    if table.layout.kind == FACTS:
        if not columns & {"code_insee", "siren"}:
            missing.append("code_insee")
        if not columns & FACT_COLUMNS:
            missing.append("agents")
    if missing:
        sheet.issues.append(
            TableIssue(
                table.header_line,
                ", ".join(missing),
                env._(
                    "These columns are missing. Expected: a file of communes, of "
                    "établissements, a sheet of facts (code_insee or siren, agents, "
                    "affiliation, hebergement, hebergee_par) or of SIRET (siret, "
                    "code_insee, nom)."
                ),
            )
        )
    return bool(missing)


class _StatementReader:
    """Reads rows into statements; a row with a fault gives none."""

    def __init__(self, env, sheet, table):
        self.env = env
        self.sheet = sheet
        self.columns = set(table.columns)
        self.cells = CellReader(env, sheet.issues, table.labels)
        self.seen = {}

    def read_rows(self, rows):
        build = {
            COMMUNES: self._commune,
            ESTABLISHMENTS: self._establishment,
            FACTS: self._facts,
            REGISTRY: self._registry,
        }[self.sheet.kind]
        for row in rows:
            if self._is_former_commune(row):
                continue
            faults = len(self.sheet.issues)
            statement = build(row)
            if len(self.sheet.issues) == faults:
                self._keep(row, statement)
        self.sheet.notices += self.cells.remarks()

    def _is_former_commune(self, row):
        """Leave out a commune déléguée or associée, and say so."""
        if folded(row.cells.get("type") or "") not in FORMER_COMMUNES:
            return False
        self.sheet.notices.append(
            TableIssue(
                row.line,
                row.cells.get("nom") or "",
                self.env._(
                    "A commune déléguée or associée is no collectivité: left out."
                ),
            )
        )
        return True

    def _keep(self, row, statement):
        """Keep a statement, unless the file already has one for this collectivité."""
        for key in filter(None, (statement.insee_code, statement.siren)):
            first = self.seen.setdefault(key, row.line)
            if first != row.line:
                return self.cells.fault(row, key, duplicate_message(self.env, first))
        self.sheet.statements.append(statement)

    def _commune(self, row):
        code = self._commune_code(row)
        name = self._name(row)
        return Statement(
            row.line,
            code,
            self.cells.siren(row, "siren"),
            self._stated(
                name=name, city=name, zip=self.cells.post_code(row, "code_postal")
            ),
            self._population(row),
            epci=self._epci(row),
        )

    def _epci(self, row):
        """Return the SIREN of the intercommunalité; islands have « ZZZZZZZZZ »."""
        stated = "".join((self.cells.text(row, "epci_siren") or "").split())
        return stated if stated.isdigit() and len(stated) == SIREN_LENGTH else ""

    def _commune_code(self, row):
        """Return the INSEE code, of one column or of two as INSEE publishes it."""
        column = "code_insee"
        if "codcom" in self.columns:
            department = row.cells.get("coddep") or ""
            commune = row.cells.get("codcom") or ""
            # Overseas, the third figure of the department begins the commune.
            size = 3 if len(department) < 3 else 2
            if department and commune:
                commune = commune.zfill(size)[-size:]
                row.cells[column] = department.zfill(2) + commune
        self.cells.required(row, column)
        return self.cells.insee_code(row, column)

    def _name(self, row):
        name = self.cells.required(row, "nom")
        return name and tidy(name)

    def _establishment(self, row):
        self.cells.required(row, "siren")
        return Statement(
            row.line,
            "",
            self.cells.siren(row, "siren"),
            self._stated(name=self._name(row)),
            self._population(row) | self._size_and_affiliation(row),
        )

    def _registry(self, row):
        """Read the SIRET of a collectivité that its code, or its SIREN, names."""
        self.cells.required(row, "siret")
        return Statement(
            row.line,
            self.cells.insee_code(row, "code_insee"),
            self.cells.siren(row, "siret"),
            {},
            {},
        )

    def _facts(self, row):
        insee_code = self.cells.insee_code(row, "code_insee")
        siren = self.cells.siren(row, "siren")
        if not (self.cells.text(row, "code_insee") or self.cells.text(row, "siren")):
            self.cells.required(row, "code_insee")
        facts = self._size_and_affiliation(row)
        host = self._hosting(row, facts)
        return Statement(row.line, insee_code, siren, {}, facts, host)

    def _population(self, row):
        total = self.cells.whole_number(row, "population_totale")
        municipal = self.cells.whole_number(row, "population_municipale")
        if None not in (total, municipal) and municipal > total:
            self.cells.fault(
                row,
                f"{municipal} > {total}",
                self.env._(
                    "« %(municipal)s » cannot exceed « %(total)s », which includes "
                    "it: were the two columns exchanged?",
                    municipal=self.cells.label("population_municipale"),
                    total=self.cells.label("population_totale"),
                ),
            )
        return self._stated(population_total=total, population_municipal=municipal)

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
