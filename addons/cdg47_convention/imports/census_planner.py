# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Compares what a census file states with what is known, writing nothing."""

from collections import defaultdict
from dataclasses import dataclass, field

from odoo.tools import format_date

from ..lib.dates import today_in_paris
from ..lib.table import TableIssue
from ..lib.words import folded
from ..reading.stratum_decision import decide_stratum
from .census_sheet import (
    COMMUNES,
    ESTABLISHMENTS,
    FACTS,
    REGISTRY,
    duplicate_message,
)
from .collectivite_index import CollectiviteIndex, french_context
from .import_plan import ImportPlan

TYPE_OF_KIND = {COMMUNES: "commune", ESTABLISHMENTS: "etablissement"}
# Sheets that say something of collectivités already known.
CREATE_NOTHING = (FACTS, REGISTRY)
# Places where a difference of capitals or accents is none.
WORDS = ("name", "city")
POPULATION = ("population_total", "population_municipal")
FACT_FIELDS = (
    *POPULATION, "has_population", "agents", "has_agents", "affiliation", "hosting",
    "hosted_by_id",
)  # fmt: skip


SHOWN_OF_PARTNER = ("name", "city", "zip", "company_registry")
# Facts by field, as ``_cdg47_facts_at`` names them.
SHOWN_OF_CENSUS = {
    "population_total": "total",
    "population_municipal": "municipal",
    "agents": "agents",
    "affiliation": "affiliation",
    "hosted_by_id": "host",
}


@dataclass(slots=True)
class CensusChange:
    """What one line of the file changes.

    :param int partner_id: the collectivité, 0 when it is created
    :param dict partner_vals: values created or written, empty when nothing changes
    :param int census_id: the facts already in force from this date, 0 without
    :param dict census_vals: facts created or written, empty when nothing changes
    """

    partner_id: int
    partner_vals: dict
    census_id: int
    census_vals: dict


@dataclass
class CensusPlan(ImportPlan):
    """The changes to make, and the collectivités to show when they are made."""

    todo: list = field(default_factory=list)
    partner_ids: list = field(default_factory=list)
    changed_partner_ids: list = field(default_factory=list)


class CensusPlanner:
    """Turns the statements of a sheet into a plan, in a constant number of queries.

    :param odoo.api.Environment env: the user who imports
    :param CensusSheet sheet: what the file states
    :param datetime.date date_from: day from which the facts are in force
    :param str source: where they come from
    :param bool create_missing: create unknown communes and establishments
    """

    def __init__(self, env, sheet, date_from, source, create_missing):
        self.env = env
        self.sheet = sheet
        self.date_from = date_from
        self.source = source
        self.create_missing = create_missing and sheet.kind not in CREATE_NOTHING
        self.plan = CensusPlan(errors=sheet.issues, notices=sheet.notices)
        self.today = today_in_paris()
        self.france = env.ref("base.fr")
        self._labels = {}
        self.lang = french_context(env).lang

    def run(self):
        """Compare every statement.

        :rtype: CensusPlan
        """
        statements = self.sheet.statements
        identifiers = {
            key
            for s in statements
            for key in (s.insee_code, s.siren, s.host, s.epci)
            if key
        }
        self.index = CollectiviteIndex(self.env, identifiers)
        matches = self._match_all(statements)
        self._load_facts([partner.id for _statement, partner in matches if partner])
        for statement, partner in matches:
            if partner:
                self._compare(statement, partner)
            else:
                self._create(statement)
        return self.plan

    # === Which collectivité ===
    def _match_all(self, statements):
        """Return each statement with its partner, None when it is to be created."""
        matches, lines = [], {}
        for statement in statements:
            faults = len(self.plan.errors)
            partner = self._match(statement)
            self._resolve_host(statement, partner)
            if partner:
                first = lines.setdefault(partner.id, statement.line)
                if first != statement.line:
                    self._fault(
                        statement, partner.name, duplicate_message(self.env, first)
                    )
            if len(self.plan.errors) == faults:
                matches.append((statement, partner))
        return matches

    def _match(self, statement):
        if self.sheet.kind == FACTS:
            return self._named(statement, statement.insee_code or statement.siren)
        if self.sheet.kind == REGISTRY:
            return self._named(statement, statement.insee_code or statement.siren[:9])
        known = self.index.by_insee.get(statement.insee_code)
        if known:
            return known
        candidates = self.index.adoptable(
            (statement.siren or "")[:9], TYPE_OF_KIND[self.sheet.kind]
        )
        if not candidates and not self.create_missing:
            self._fault_unknown(statement, statement.insee_code or statement.siren)
        return self._only(statement, candidates, statement.siren)

    def _named(self, statement, identifier):
        """Return the one known collectivité of an identifier, or note the fault."""
        found = self.index.named(identifier)
        if not found:
            self._fault_unknown(statement, identifier)
        return self._only(statement, found, identifier)

    def _only(self, statement, candidates, identifier):
        # Archived twins count only when nothing else answers.
        candidates = [p for p in candidates if p.active] or candidates
        if len(candidates) > 1:
            self._fault(
                statement,
                identifier,
                self.env._(
                    "Several contacts have this SIREN (%(names)s): give the INSEE code "
                    "or the SIRET, or archive the ones in excess.",
                    names=", ".join(partner.name or "" for partner in candidates[:3]),
                ),
            )
        return candidates[0] if candidates else None

    def _resolve_host(self, statement, partner):
        """Replace the identifier of the host by its record id among the facts."""
        if statement.facts.get("hosting") == "own":
            statement.facts["hosted_by_id"] = False
        if not statement.host:
            return
        host = self._named(statement, statement.host)
        if host and host == partner:
            self._fault(
                statement,
                statement.host,
                self.env._("A collectivité cannot be its own host."),
            )
        statement.facts["hosted_by_id"] = host and host.id

    def _fault(self, statement, value, message):
        self.plan.errors.append(TableIssue(statement.line, value, message))

    def _fault_unknown(self, statement, identifier):
        self._fault(
            statement,
            identifier,
            self.env._(
                "No collectivité has this INSEE code or SIREN: correct it, or create "
                "the collectivité first."
            ),
        )

    def _notice(self, statement, value, message):
        self.plan.notices.append(TableIssue(statement.line, value, message))

    # === What is known ===
    def _load_facts(self, partner_ids):
        """Read the facts at the date, and the rows that start on that very day."""
        partners = self.env["res.partner"].browse(partner_ids)
        self.strata = self.env["cdg47.stratum"].search([])
        self.facts = partners._cdg47_facts_at(self.date_from)
        rows = self.env["cdg47.census"].search(
            [("partner_id", "in", partner_ids), ("date_from", "=", self.date_from)]
        )
        self.rows = {row.partner_id.id: row for row in rows}
        # What is said later of the same collectivité prevails today.
        self.later = defaultdict(dict)
        for row in self.env["cdg47.census"].search(
            [
                ("partner_id", "in", partner_ids),
                ("date_from", ">", self.date_from),
                ("date_from", "<=", self.today),
            ],
            order="date_from, id",
        ):
            self.later[row.partner_id.id].update(row._facts())

    # === What changes ===
    def _create(self, statement):
        vals = {
            **statement.identity,
            "is_company": True,
            "collectivite_type": TYPE_OF_KIND[self.sheet.kind],
            "insee_code": statement.insee_code or False,
            "company_registry": statement.siren or False,
            "country_id": self.france.id,
            "lang": self.lang,
            **self._epci_vals(statement, self.env["res.partner"]),
        }
        census_vals = self._census_vals(statement, self.env["cdg47.census"])
        self.plan.created += 1
        self.plan.todo.append(CensusChange(0, vals, 0, census_vals))
        self.plan.samples.append(
            {
                "line": statement.line,
                "name": statement.identity["name"],
                "message": statement.insee_code or statement.siren,
            }
        )

    def _compare(self, statement, partner):
        row = self.rows.get(partner.id, self.env["cdg47.census"])
        partner_vals = self._partner_vals(statement, partner)
        census_vals = self._census_vals(statement, row)
        self.plan.partner_ids.append(partner.id)
        if not partner.active:
            self._notice(
                statement, partner.name, self.env._("This collectivité is archived.")
            )
        if not (partner_vals or census_vals):
            self.plan.unchanged += 1
            return
        self.plan.updated += 1
        self.plan.todo.append(
            CensusChange(partner.id, partner_vals, row.id or 0, census_vals)
        )
        self._show_changes(statement, partner, partner_vals, census_vals)
        if census_vals:
            self._compare_strata(statement, partner, row, census_vals)

    def _show_changes(self, statement, partner, partner_vals, census_vals):
        """Show what is replaced, old → new; what was empty is no replacement."""
        for name in SHOWN_OF_PARTNER:
            if name in partner_vals and partner[name]:
                self._show(statement, partner, partner, name, partner_vals[name])
        known = self.facts[partner.id]
        census = self.env["cdg47.census"]
        for name, fact in SHOWN_OF_CENSUS.items():
            if name not in census_vals or fact not in known:
                continue
            before, after = known[fact], census_vals[name]
            if fact in ("total", "municipal", "agents"):
                before = before[0]
            elif fact == "host":
                hosts = self.env["res.partner"].browse(after or ())
                before = before.sudo().display_name or ""
                after = hosts.display_name or ""
            if before != after:
                self._show(statement, partner, census, name, after, before)

    def _show(self, statement, partner, record, name, after, before=None):
        field = record._fields[name]
        words = {}
        if field.type == "selection":
            words = dict(field._description_selection(self.env))
        before = record[name] if before is None else before
        self.plan.updates.append(
            {
                "line": statement.line,
                "name": partner.name,
                "message": self._label(record, name),
                "before": words.get(before, str(before)),
                "after": words.get(after, str(after)),
            }
        )

    def _partner_vals(self, statement, partner):
        """Return what the file changes of the partner; what it does not state stays."""
        vals = {
            name: value
            for name, value in statement.identity.items()
            if not self._says_the_same(name, partner[name] or "", value)
        }
        wanted = {"is_company": True}
        if self.sheet.kind in TYPE_OF_KIND:
            wanted["collectivite_type"] = TYPE_OF_KIND[self.sheet.kind]
            wanted["insee_code"] = statement.insee_code
            wanted["country_id"] = self.france.id
        vals.update({k: v for k, v in wanted.items() if v and not partner[k]})
        vals.update(self._epci_vals(statement, partner))
        if self.sheet.kind != FACTS and statement.siren:
            vals.update(self._registry_vals(statement, partner))
        return vals

    def _epci_vals(self, statement, partner):
        """Return the intercommunalité that the file states, once it is known here."""
        found = self.index.named(statement.epci) if statement.epci else []
        known = [epci for epci in found if epci.collectivite_type == "etablissement"]
        if not known or known[0] == partner.epci_id:
            return {}
        return {"epci_id": known[0].id}

    @staticmethod
    def _says_the_same(name, known, value):
        if name in WORDS:
            return folded(known) == folded(value)
        return known == value

    def _registry_vals(self, statement, partner):
        """Complete a SIREN by its SIRET; never overwrite what somebody has entered."""
        registry = "".join((partner.company_registry or "").split())
        if statement.siren.startswith(registry) and statement.siren != registry:
            return {"company_registry": statement.siren}
        if not registry.startswith(statement.siren):
            self._notice(
                statement,
                statement.siren,
                self.env._(
                    "%(name)s keeps the SIREN or SIRET already recorded, %(registry)s: "
                    "correct it by hand if the file is right.",
                    name=partner.name,
                    registry=registry,
                ),
            )
        return {}

    def _census_vals(self, statement, row):
        """Return the facts to write on a row, or to create one with; empty if none.

        :param cdg47.census row: the row of that date, may be empty
        """
        vals = {
            name: value
            for name, value in statement.facts.items()
            if not self._is_known(row, name, value)
        }
        if not vals:
            return {}
        if any(name in vals for name in POPULATION):
            vals["has_population"] = True
        if "agents" in vals:
            vals["has_agents"] = True
        if row:
            return vals | {"source": self._joined_source(row)}
        return vals | {"date_from": self.date_from, "source": self.source}

    @staticmethod
    def _is_known(row, name, value):
        if not row:
            return False
        if name in POPULATION:
            return row.has_population and row[name] == value
        if name == "agents":
            return row.has_agents and row.agents == value
        if name == "hosted_by_id":
            return row.hosted_by_id.id == value
        return row[name] == value

    def _joined_source(self, row):
        known = row.source or ""
        if self.source in known.split(", "):
            return known
        return ", ".join(filter(None, (known, self.source)))

    # === Strata ===
    def _compare_strata(self, statement, partner, row, census_vals):
        """Note a stratum that changes on the date of the census (R1)."""
        before = self.facts[partner.id]
        after = {**before, **self._facts_after(row, census_vals)}
        later = self.later[partner.id]
        changes = [self._change_of_stratum(partner, before, after)]
        if later:
            changes.append(
                self._change_of_stratum(partner, before | later, after | later)
            )
        if not any(changes):
            return
        today = self.date_from <= self.today and changes[-1]
        self.plan.changed_partner_ids.append(partner.id)
        self.plan.changes.append(
            {
                "line": statement.line,
                "name": partner.name,
                "message": self.env._("Today")
                if today
                else format_date(self.env, self.date_from),
                **(today or next(filter(None, changes))),
            }
        )

    def _change_of_stratum(self, partner, before, after):
        """Return the stratum before and after, with their reasons; empty if the same.

        :param dict before: facts in force, as ``_cdg47_facts_at`` gives them
        """
        old, old_reason = decide_stratum(partner, self.strata, before, self.date_from)
        new, new_reason = decide_stratum(partner, self.strata, after, self.date_from)
        if old == new:
            return {}
        return {
            "before": self._describe(old, old_reason),
            "after": self._describe(new, new_reason),
        }

    def _facts_after(self, row, vals):
        """Return what a row will state once these values are written."""
        written = {name: row[name] for name in FACT_FIELDS} | vals
        written["date_from"] = self.date_from
        if "hosted_by_id" in vals:
            host_id = vals["hosted_by_id"]
            written["hosted_by_id"] = self.env["res.partner"].browse(host_id or ())
        return row._facts_of(written)

    def _label(self, record, name):
        key = record._name, name
        if key not in self._labels:
            field = record._fields[name]
            self._labels[key] = field._description_string(self.env)
        return self._labels[key]

    def _describe(self, stratum, reason):
        return f"{stratum.code} · {reason}" if stratum else reason
