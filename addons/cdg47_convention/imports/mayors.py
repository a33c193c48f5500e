# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The directory of mayors (RNE), compared with the signatories in force."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from odoo.fields import Domain
from odoo.tools import format_date

from ..lib.table import Layout, TableIssue
from ..lib.words import same_person
from ..lib.xlsx_sheet import DAY, TEXT
from ..reading.company import domain_of
from .collectivite_index import CollectiviteIndex
from .import_plan import ImportPlan, TablePlanner

REQUIRED = ("code_insee", "nom", "prenom", "date_fonction")
LAYOUTS = (
    Layout(
        "mayors",
        {
            "code_insee": ("Code de la commune", "Code INSEE", "Code commune"),
            "commune": ("Libellé de la commune", "Nom de la commune"),
            "nom": ("Nom de l'élu", "Nom du maire"),
            "prenom": ("Prénom de l'élu", "Prénom du maire"),
            "date_fonction": ("Date de début de la fonction", "En fonction depuis"),
            "fonction": ("Libellé de la fonction",),
        },
        required=REQUIRED,
        keys=("code_insee",),
        silent=(
            "Code du département", "Libellé du département",
            "Code de la collectivité à statut particulier",
            "Libellé de la collectivité à statut particulier", "Code sexe",
            "Date de naissance", "Lieu de naissance", "Nationalité",
            "Code de la catégorie socio-professionnelle",
            "Libellé de la catégorie socio-professionnelle", "Date de début du mandat",
            "signataire_actuel",
        ),
    ),
)  # fmt: skip


@dataclass(slots=True)
class Mayor:
    """One line of the directory.

    :param date_start: first day of the function
    :param contact: the mayor's contact, empty when it is to be created
    """

    line: int
    insee_code: str
    name: str
    date_start: date
    partner: object = None
    contact: object = None


@dataclass
class MayorPlan(ImportPlan):
    """The mayors who take office."""

    todo: list = field(default_factory=list)


class MayorPlanner(TablePlanner):
    """Tells which communes have a new mayor, from rows read with ``LAYOUTS``."""

    plan_type = MayorPlan
    required = REQUIRED

    def _expected(self):
        return self.env._(
            "These columns are missing. Expected: the directory of mayors "
            "(RNE), or the model file."
        )

    def _plan_rows(self):
        self._compare_all(self._read_rows())

    # === What the file says ===
    def _read_rows(self):
        mayors = {}
        for row in self.table.rows:
            if not any(map(row.cells.get, ("nom", "prenom", "date_fonction"))):
                continue
            faults = len(self.plan.errors)
            mayor = self._read(row)
            if len(self.plan.errors) > faults:
                continue
            first = mayors.setdefault(mayor.insee_code, mayor)
            if (first.name, first.date_start) != (mayor.name, mayor.date_start):
                message = self.env._(
                    "This commune has another mayor on line %(line)s: keep one.",
                    line=first.line,
                )
                self.cells.fault(row, mayor.name, message)
        return list(mayors.values())

    def _read(self, row):
        for column in REQUIRED:
            self.cells.required(row, column)
        names = [self.cells.text(row, column) or "" for column in ("prenom", "nom")]
        return Mayor(
            row.line,
            self.cells.insee_code(row, "code_insee"),
            " ".join(" ".join(names).split()),
            self.cells.date(row, "date_fonction"),
        )

    # === What changes ===
    def _compare_all(self, mayors):
        index = CollectiviteIndex(self.env, {mayor.insee_code for mayor in mayors})
        known = []
        for mayor in mayors:
            partner = index.by_insee.get(mayor.insee_code)
            if partner and partner.active:
                mayor.partner = partner
                known.append(mayor)
        unknown = len(mayors) - len(known)
        if unknown:
            message = self.env._(
                "%(count)s mayors are of communes that are not ours: left out.",
                count=unknown,
            )
            self.plan.notices.append(TableIssue(0, "", message))
        self._load([mayor.partner.id for mayor in known])
        for mayor in known:
            self._compare(mayor)

    def _load(self, partner_ids):
        """Read the signatories and the contacts of these communes, once for all."""
        mandates = self.env["cdg47.mandate"].search(
            Domain("collectivite_id", "in", partner_ids), order="date_start, id"
        )
        self.signatories = defaultdict(list)
        self.contacts = defaultdict(list)
        for mandate in mandates:
            self.contacts[mandate.collectivite_id.id].append(mandate.contact_id)
            if mandate.role == "signatory":
                self.signatories[mandate.collectivite_id.id].append(mandate)
        contacts = self.env["res.partner"].search(
            [("parent_id", "in", partner_ids), ("is_company", "=", False)]
        )
        for contact in contacts:
            self.contacts[contact.parent_id.id].append(contact)

    def _compare(self, mayor):
        in_office = [
            mandate
            for mandate in self.signatories[mayor.partner.id]
            if not mandate.date_end or mandate.date_end >= mayor.date_start
        ]
        if any(same_person(m.contact_id.name, mayor.name) for m in in_office):
            self.plan.unchanged += 1
            return
        later = [m for m in in_office if m.date_start >= mayor.date_start]
        if later:
            self._keep_later(mayor, later[-1])
            return
        mayor.contact = next(
            (
                contact
                for contact in self.contacts[mayor.partner.id]
                if same_person(contact.name, mayor.name)
            ),
            None,
        )
        self.plan.updated += 1
        self.plan.todo.append(mayor)
        former = ", ".join(m.contact_id.name or "" for m in in_office)
        self.plan.updates.append(
            {
                "line": mayor.line,
                "name": mayor.partner.name,
                "message": format_date(self.env, mayor.date_start),
                "before": former,
                "after": mayor.name,
            }
        )

    def _keep_later(self, mayor, mandate):
        self.plan.unchanged += 1
        self.plan.notices.append(
            TableIssue(
                mayor.line,
                mayor.name,
                self.env._(
                    "%(name)s keeps its signatory %(signatory)s, in office since "
                    "%(date)s: the file says nothing later.",
                    name=mayor.partner.name,
                    signatory=mandate.contact_id.name,
                    date=format_date(self.env, mandate.date_start),
                ),
            )
        )


def mayors_model(env):
    """Return the communes, with their signatories in office.

    :return: columns, lines and explanations, as ``_model_sheet`` gives them
    :rtype: tuple
    """
    communes = env["res.partner"].search(
        Domain("collectivite_type", "=", "commune") & domain_of(env.company, ""),
        order="insee_code, name",
    )
    columns = [
        ("code_insee", TEXT), ("commune", TEXT), ("nom", TEXT), ("prenom", TEXT),
        ("date_fonction", DAY), ("signataire_actuel", TEXT),
    ]  # fmt: skip
    current = defaultdict(list)
    for mandate in env["cdg47.mandate"].search(
        [("is_current", "=", True), ("role", "=", "signatory")]
    ):
        current[mandate.collectivite_id].append(mandate.contact_id.name or "")
    rows = [
        (c.insee_code, c.name, None, None, None, ", ".join(current[c]))
        for c in communes
    ]
    explanations = {
        "code_insee": env._("INSEE code of the commune."),
        "commune": env._("To find one's way: it is not imported."),
        "nom": env._("Name of the new mayor; empty changes nothing."),
        "prenom": env._("First name of the new mayor."),
        "date_fonction": env._("First day in office, the day first."),
        "signataire_actuel": env._("Who signs today: it is not imported."),
    }
    return columns, rows, explanations
