# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A list of agents to register to a session, compared with who is registered."""

from dataclasses import dataclass, field

from odoo.tools import email_normalize

from odoo.addons.cdg47_convention.imports.collectivite_index import CollectiviteIndex
from odoo.addons.cdg47_convention.imports.import_plan import (
    ImportPlan,
    TablePlanner,
)
from odoo.addons.cdg47_convention.lib.table import Layout, TableIssue
from odoo.addons.cdg47_convention.lib.words import same_person
from odoo.addons.cdg47_convention.lib.xlsx_sheet import TEXT

from ..reading.offer import offer_of

REQUIRED = ("collectivite", "nom")
LAYOUTS = (
    Layout(
        "registrations",
        {
            "collectivite": (
                "Code INSEE", "Code commune INSEE", "Code commune", "SIREN", "SIRET",
            ),
            "nom": ("Nom de l'agent", "Nom et prénom", "Agent", "Participant"),
            "prenom": ("Prénom de l'agent",),
            "email": (
                "Courriel", "E-mail", "Mail", "Adresse e-mail", "Adresse électronique",
                "Adresse mail",
            ),
        },
        required=REQUIRED,
        keys=("collectivite",),
        silent=("Commune", "Nom de la collectivité", "Civilité", "Fonction", "Service"),
    ),
)  # fmt: skip


@dataclass(slots=True)
class Agent:
    """One line of the list."""

    line: int
    collectivite: str
    name: str
    email: str


@dataclass
class RegistrationPlan(ImportPlan):
    """Who is to be registered.

    :param list todo: (collectivité, agents, key of the offer shown)
    """

    todo: list = field(default_factory=list)


class RegistrationPlanner(TablePlanner):
    """Tells who would be registered, and what it draws or costs; rows of ``LAYOUTS``.

    :param event.event session: where the agents go
    :param bool waiting: those without a seat go on the waiting list
    """

    plan_type = RegistrationPlan
    required = REQUIRED

    def __init__(self, env, table, session, waiting):
        super().__init__(env, table)
        self.session = session
        self.waiting = waiting

    def _expected(self):
        return self.env._(
            "These columns are missing. Expected: collectivite (INSEE "
            "code, SIREN or SIRET), nom, prenom, email."
        )

    def _plan_rows(self):
        for partner, agents in self._by_collectivite(self._read_rows()).items():
            self._plan_collectivite(partner, agents)
        self._check_seats()

    def _read_rows(self):
        agents = {}
        for row in self.table.rows:
            faults = len(self.plan.errors)
            agent = self._read(row)
            if len(self.plan.errors) > faults:
                continue
            first = agents.setdefault((agent.collectivite, agent.name.lower()), agent)
            if first is not agent:
                message = self.env._(
                    "This agent is already on line %(line)s: read once.",
                    line=first.line,
                )
                self.plan.notices.append(TableIssue(row.line, agent.name, message))
        return list(agents.values())

    def _read(self, row):
        for column in REQUIRED:
            self.cells.required(row, column)
        names = [self.cells.text(row, column) or "" for column in ("prenom", "nom")]
        email = self.cells.text(row, "email")
        if email and not email_normalize(email):
            message = self.env._("This is not one e-mail address: correct it.")
            self.cells.fault(row, email, message)
        return Agent(
            row.line,
            self.cells.identity(row, "collectivite"),
            " ".join(" ".join(names).split()),
            email_normalize(email) or "" if email else "",
        )

    def _by_collectivite(self, agents):
        index = CollectiviteIndex(self.env, {agent.collectivite for agent in agents})
        found = {}
        for agent in agents:
            partners = [p for p in index.named(agent.collectivite) if p.active]
            if len(partners) == 1:
                found.setdefault(partners[0], []).append(agent)
                continue
            message = self.env._(
                "No collectivité, or several, have this INSEE code, SIREN or SIRET."
            )
            self._fault(agent, agent.collectivite, message)
        return found

    def _plan_collectivite(self, partner, agents):
        registered = self.session.registration_ids.filtered(
            lambda r: r.collectivite_id == partner and r.state != "cancel"
        ).mapped("name")
        new = [
            agent
            for agent in agents
            if not any(_is_named(name, agent.name) for name in registered)
        ]
        self.plan.unchanged += len(agents) - len(new)
        if not new:
            return
        offer = offer_of(self.session, partner, len(new))
        if offer.coverage == "refused":
            self._fault(new[0], partner.name, offer.sentence)
            return
        self.plan.todo.append((partner, new, offer.key))
        self.plan.created += len(new)
        for agent in new:
            self.plan.samples.append(
                {"line": agent.line, "name": agent.name, "message": partner.name}
            )
        self.plan.updates.append(
            {"line": new[0].line, "name": partner.name, "after": offer.sentence}
        )

    def _check_seats(self):
        """Refuse more agents than seats, unless the others wait."""
        free = self.session._training_seats_left()
        if free is None or self.waiting or self.plan.created <= free:
            return
        message = self.env._(
            "%(count)s agents for %(free)s free seats: shorten the list, or put those "
            "without a seat on the waiting list.",
            count=self.plan.created,
            free=max(free, 0),
        )
        self.plan.errors.append(TableIssue(0, "", message))

    def _fault(self, agent, value, message):
        self.plan.errors.append(TableIssue(agent.line, value, message))


def _is_named(known, name):
    return (known or "").lower() == name.lower() or same_person(known, name)


def registrations_model(env, session):
    """Return who is registered, to add others.

    :return: columns, lines and explanations, as ``_model_sheet`` gives them
    :rtype: tuple
    """
    columns = [
        ("collectivite", TEXT), ("nom", TEXT), ("prenom", TEXT), ("email", TEXT)
    ]  # fmt: skip
    rows = [
        (
            registration.collectivite_id.insee_code
            or registration.collectivite_id.company_registry,
            registration.name,
            None,
            registration.email,
        )
        for registration in session.registration_ids
        if registration.state != "cancel"
    ]
    explanations = {
        "collectivite": env._("INSEE code, SIREN or SIRET of the collectivité."),
        "nom": env._("Name of the agent, with or without the first name."),
        "prenom": env._("First name, if it has a column of its own."),
        "email": env._("Where the convocation is sent."),
    }
    return columns, rows, explanations
