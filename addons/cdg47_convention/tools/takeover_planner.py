# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Compares a take-over file with what is known, writing nothing."""

from collections import defaultdict
from datetime import date

from odoo.fields import Domain

from .census_sheet import duplicate_message
from .collectivite_index import CollectiviteIndex, french_context
from .csv_reader import CsvIssue
from .dates import end_of_year, today_in_paris
from .takeover_plan import ConventionDraft, TakeoverPlan
from .takeover_sheet import ACTIVATION, ALLOCATION, CONVENTION, USED

SIGNED_STATES = ("active", "terminated", "expired")


class TakeoverPlanner:
    """Turns the facts of a file into a plan; reading costs do not grow with the file.

    :param odoo.api.Environment env: the user who imports
    :param TakeoverSheet sheet: what the file states
    :param str source: name of the file, kept with the rights used
    """

    def __init__(self, env, sheet, source):
        self.env = env
        self.sheet = sheet
        self.source = source
        self.today = today_in_paris()
        self.plan = TakeoverPlan(errors=sheet.issues, notices=sheet.notices)
        self.partners = {}
        # Conventions of the file and of the database, by partner id.
        self.drafts = defaultdict(list)

    def run(self):
        """Compare every fact.

        :rtype: TakeoverPlan
        """
        facts = self._with_partner(self.sheet.facts)
        self._load(facts)
        by_nature = defaultdict(list)
        for fact in facts:
            by_nature[fact.nature].append(fact)
        self._plan_conventions(by_nature[CONVENTION])
        self._plan_each(by_nature[ACTIVATION], self._plan_activation)
        self._plan_each(by_nature[ALLOCATION], self._plan_allocation)
        self._plan_each(by_nature[USED], self._plan_used)
        return self.plan

    # === Faults and counts ===
    def _fault(self, fact, value, message):
        self.plan.errors.append(CsvIssue(fact.line, value or "", message))

    def _notice(self, fact, value, message):
        self.plan.notices.append(CsvIssue(fact.line, value or "", message))

    def _created(self, fact, message):
        self.plan.created += 1
        self.plan.samples.append(
            {"line": fact.line, "name": self._partner(fact).name, "message": message}
        )

    def _plan_each(self, facts, method):
        """Plan facts one by one, refusing two lines that state the same thing."""
        lines = {}
        for fact in facts:
            key = method(fact)
            if not key:
                continue
            first = lines.setdefault(key, fact.line)
            if first != fact.line:
                self._fault(
                    fact,
                    fact.code,
                    self.env._(
                        "This is already said on line %(line)s: keep one line, or "
                        "tell them apart by their date, holder or identifier.",
                        line=first,
                    ),
                )

    # === What is known ===
    def _with_partner(self, facts):
        """Keep the facts whose collectivité is known."""
        index = CollectiviteIndex(self.env, {fact.collectivite for fact in facts})
        kept = []
        for fact in facts:
            found = index.named(fact.collectivite)
            if len(found) == 1:
                self.partners[fact.collectivite] = found[0]
                kept.append(fact)
            elif found:
                self._fault(
                    fact,
                    fact.collectivite,
                    self.env._(
                        "Several collectivités have this number: give the INSEE code "
                        "or the SIRET."
                    ),
                )
            else:
                self._fault(
                    fact,
                    fact.collectivite,
                    self.env._(
                        "No collectivité has this INSEE code or SIREN: correct it, or "
                        "import its census first."
                    ),
                )
        return kept

    def _partner(self, fact):
        return self.partners[fact.collectivite]

    def _load(self, facts):
        """Read once all that the facts are compared with."""
        partner_ids = list({self._partner(fact).id for fact in facts})
        of_partners = [("partner_id", "in", partner_ids)]
        codes = list({fact.code for fact in facts})
        templates = self.env["product.template"].search(
            [("cdg47_is_forfait", "=", True), ("default_code", "in", codes)]
        )
        products = self.env["product.product"].search(
            [("cdg47_is_service", "=", True), ("default_code", "in", codes)]
        )
        self.forfaits = {template.default_code: template for template in templates}
        self.services = {product.default_code: product for product in products}
        self.strata = {s.code: s for s in self.env["cdg47.stratum"].search([])}
        self.software = defaultdict(list)
        for software in self.env["cdg47.software"].search([]):
            self.software[software.name.lower()].append(software)
        self._load_flow_units()
        numbers = [fact.number for fact in facts if fact.number]
        self.conventions = self.env["cdg47.convention"].search(
            Domain(of_partners) | Domain("name", "in", numbers)
        )
        self.activations = {
            (activation.convention_id, activation.product_id): activation
            for activation in self.env["cdg47.service.activation"].search(of_partners)
        }
        self.allocations = {
            self._allocation_key(a): a
            for a in self.env["cdg47.allocation"].search(of_partners)
        }
        self.consumptions = {
            self._consumption_key(c)
            for c in self.env["cdg47.consumption"].search(of_partners)
        }

    def _load_flow_units(self):
        """Keep the unit in which each service is used up, by service."""
        self.flow_units = {}
        for rule in self.env["cdg47.quota.rule"].search([("measure", "=", "flow")]):
            for product in rule.product_ids:
                self.flow_units.setdefault(product, rule.uom_id)

    # === Conventions ===
    def _plan_conventions(self, facts):
        self.announced = {self._partner(fact) for fact in facts}
        self._draft_known_conventions()
        faults = len(self.plan.errors)
        self._check_forfaits(facts)
        if len(self.plan.errors) > faults:
            return
        by_partner = defaultdict(list)
        for fact in sorted(facts, key=lambda f: (f.date_start, f.line)):
            by_partner[self._partner(fact)].append(fact)
        for partner, partner_facts in by_partner.items():
            self._group(partner, partner_facts)
        drafts = [d for drafts in self.drafts.values() for d in drafts if d.facts]
        for draft in drafts:
            self._plan_forfaits(draft)
        self._plan_terms([draft for draft in drafts if not draft.record])
        self.plan.conventions = [d for d in drafts if d.forfaits]

    def _draft_known_conventions(self):
        signed = self.conventions.filtered(lambda c: c.state in SIGNED_STATES)
        for convention in signed.sorted("date_start"):
            self.drafts[convention.partner_id.id].append(
                ConventionDraft(
                    convention.partner_id,
                    convention.date_start,
                    convention.date_end,
                    convention,
                    [],
                )
            )

    def _check_forfaits(self, facts):
        """Check the codes and the numbers of the conventions."""
        for fact in facts:
            if fact.code not in self.forfaits:
                self._fault(
                    fact,
                    fact.code,
                    self.env._("No forfait and no option has this code."),
                )
            if fact.stratum and fact.stratum not in self.strata:
                self._fault(
                    fact,
                    fact.stratum,
                    self.env._(
                        "This stratum does not exist: %(codes)s.",
                        codes=", ".join(self.strata),
                    ),
                )

    def _group(self, partner, facts):
        """Gather the lines of each convention of a collectivité.

        A collectivité has one convention at a date: a forfait that starts while one is
        in force has been added to it.
        """
        drafts = self.drafts[partner.id]
        for fact in facts:
            holder = next(
                (d for d in drafts if d.date_start <= fact.date_start <= d.date_end),
                None,
            )
            if not holder:
                holder = self._new_draft(partner, fact)
                if not holder:
                    continue
                drafts.append(holder)
            holder.facts.append(fact)

    def _new_draft(self, partner, fact):
        """Return a new convention that starts with this line, None if it cannot."""
        end = self._end_of(fact)
        later = [d for d in self.drafts[partner.id] if d.date_start > fact.date_start]
        if later and end >= min(d.date_start for d in later):
            follower = min(later, key=lambda d: d.date_start)
            self._fault(
                fact,
                fact.date_start.isoformat(),
                self.env._(
                    "%(name)s already has a convention that starts on %(start)s: give "
                    "the end of this one in « date_fin ».",
                    name=partner.name,
                    start=partner._cdg47_format_date(follower.date_start),
                ),
            )
            return None
        pending = self.conventions.filtered(
            lambda c: c.partner_id == partner and c.state in ("draft", "sent")
        )
        if pending:
            self._notice(
                fact,
                pending[0].name,
                self.env._("A proposal also exists for this collectivité."),
            )
        return ConventionDraft(partner, fact.date_start, end, None, [])

    def _end_of(self, fact):
        """Return the last day of a convention whose first line is this one."""
        if fact.date_end:
            return fact.date_end
        convention = self.env["cdg47.convention"].new(
            {
                "date_start": fact.date_start,
                "renewal": fact.renewal or "tacit",
                "company_id": self.env.company.id,
            }
        )
        return convention.date_end

    def _plan_forfaits(self, draft):
        """Find the forfaits to add, and count the lines of a convention."""
        record = draft.record
        known_lines = record.line_ids if record else ()
        held = {(line.forfait_id, line.date_start) for line in known_lines}
        lines = {}
        for fact in draft.facts:
            key = (self.forfaits[fact.code], fact.date_start)
            first = lines.setdefault(key, fact.line)
            if first != fact.line:
                self._fault(fact, fact.code, duplicate_message(self.env, first))
            elif key in held:
                self.plan.unchanged += 1
            else:
                # The end of a first line is that of the convention itself.
                own_end = fact.date_start != draft.date_start and fact.date_end
                draft.forfaits[key] = own_end or None
                self._created(fact, self._describe_forfait(draft, fact))
        self._check_options(draft, {forfait for forfait, _start in held | lines.keys()})
        if not record:
            self._check_one_answer(draft)

    def _describe_forfait(self, draft, fact):
        values = {
            "forfait": self.forfaits[fact.code].name,
            "start": draft.partner._cdg47_format_date(fact.date_start),
            "end": draft.partner._cdg47_format_date(fact.date_end or draft.date_end),
        }
        if draft.record or fact.date_start != draft.date_start:
            return self.env._(
                "Added to the convention: %(forfait)s, %(start)s.", **values
            )
        return self.env._("Convention: %(forfait)s, %(start)s to %(end)s.", **values)

    def _check_options(self, draft, held):
        for forfait in held:
            needed = forfait.cdg47_required_forfait_id
            if needed and needed not in held:
                self._fault(
                    draft.facts[0],
                    forfait.default_code,
                    self.env._(
                        "%(option)s is only sold with %(forfait)s: add it too.",
                        option=forfait.name,
                        forfait=needed.name,
                    ),
                )

    def _check_one_answer(self, draft):
        """Refuse two numbers, two strata… for one convention; a number taken."""
        first = draft.facts[0]
        for name in ("number", "stratum", "renewal", "deliberation"):
            values = {getattr(fact, name) for fact in draft.facts} - {"", None}
            if len(values) > 1:
                self._fault(
                    first,
                    ", ".join(sorted(values)),
                    self.env._("The lines of one convention must say the same."),
                )
        number = self.answer(draft, "number")
        if number and number in self.conventions.mapped("name"):
            self._fault(
                first, number, self.env._("Another convention has this number.")
            )
        if not self.answer(draft, "deliberation"):
            self._notice(first, "", self.env._("No deliberation is given."))

    @staticmethod
    def answer(draft, name):
        """Return what a convention's lines say of a column: the first that does."""
        return next(filter(None, (getattr(f, name) for f in draft.facts)), None)

    # === Terms ===
    def _plan_terms(self, drafts):
        """Decide the stratum of each civil year, from the start to the current one."""
        by_date = defaultdict(list)
        for draft in drafts:
            for start, end in self._years(draft):
                by_date[start].append((draft, end))
        for start in sorted(by_date):
            ids = [draft.partner.id for draft, _end in by_date[start]]
            partners = french_context(self.env)["res.partner"].browse(ids)
            decisions = partners._cdg47_strata_at(start)
            for draft, end in by_date[start]:
                self._plan_term(draft, start, end, *decisions[draft.partner])

    def _years(self, draft):
        """Return the first and last days of the terms of a convention."""
        last_year = min(
            draft.date_end.year, max(self.today.year, draft.date_start.year)
        )
        for year in range(draft.date_start.year, last_year + 1):
            start = max(draft.date_start, date(year, 1, 1))
            yield start, min(end_of_year(start), draft.date_end)

    def _plan_term(self, draft, start, end, stratum, reason):
        forced = self.answer(draft, "stratum")
        if forced:
            stratum = self.strata[forced]
            reason = french_context(self.env)._("Taken over")
        if not stratum:
            self._fault(
                draft.facts[0],
                start.isoformat(),
                self.env._(
                    "%(reason)s Or give the stratum in « strate ».", reason=reason
                ),
            )
            return
        draft.terms.append(
            {
                "date_start": start,
                "date_end": end,
                "stratum_id": stratum.id,
                "stratum_reason": reason,
                "state": "open",
            }
        )

    # === Accesses in service ===
    def _service(self, fact):
        service = self.services.get(fact.code)
        if not service:
            self._fault(fact, fact.code, self.env._("No service has this code."))
        return service

    def _convention_at(self, fact):
        """Return the convention of a service: in force at its date, else the latest."""
        drafts = self.drafts[self._partner(fact).id]
        in_force = [d for d in drafts if d.date_start <= fact.date_start <= d.date_end]
        latest = sorted(drafts, key=lambda d: d.date_start)[-1:]
        for draft in in_force or latest:
            return draft
        # A convention line that is itself at fault has already been reported.
        if self._partner(fact) not in self.announced:
            self._fault(
                fact,
                fact.code,
                self.env._(
                    "%(name)s has no convention: add its « convention » line.",
                    name=self._partner(fact).name,
                ),
            )
        return None

    def _plan_activation(self, fact):
        service, draft = self._service(fact), self._convention_at(fact)
        if not (service and draft):
            return None
        key = (draft.record or draft.partner.id, service)
        known = self.activations.get((draft.record, service))
        if known and (known.state, known.date_active) == ("active", fact.date_start):
            self.plan.unchanged += 1
            return key
        if known and known.state == "closed":
            self._notice(fact, fact.code, self.env._("This access has been closed."))
            self.plan.unchanged += 1
            return key
        if self._is_barred_by_editor(fact, service):
            return None
        values = {"state": "active", "date_active": fact.date_start}
        self.plan.activations.append((draft, known, service, values, fact.note))
        if known:
            self.plan.updated += 1
        else:
            self._created(
                fact, self.env._("In service: %(service)s.", service=service.name)
            )
        return key

    def _is_barred_by_editor(self, fact, service):
        """Report an access that the Métiers editor does not support (R9)."""
        rules = self.env["cdg47.quota.rule"]._naming(service)
        rules = rules.filtered(lambda rule: rule._is_in_force(fact.date_start))
        obstacle = self._partner(fact)._cdg47_obstacle_of_editor(service, rules)
        if obstacle:
            self._fault(fact, fact.code, obstacle[0])
        return bool(obstacle)

    # === Allocations ===
    @staticmethod
    def _allocation_key(allocation):
        return (
            allocation.partner_id.id,
            allocation.product_id.id,
            allocation.date_start,
            allocation.identifier or "",
            allocation.holder_name or "",
        )

    def _plan_allocation(self, fact):
        service = self._service(fact)
        if not service:
            return None
        partner = self._partner(fact)
        key = (partner.id, service.id, fact.date_start, fact.identifier, fact.holder)
        values = {
            "quantity": int(fact.quantity or 1),
            "date_end": fact.date_end or False,
        }
        known = self.allocations.get(key)
        if known and all(known[name] == value for name, value in values.items()):
            self.plan.unchanged += 1
            return key
        ended = fact.date_end and fact.date_end < self.today
        values["state"] = "expired" if ended else "active"
        if known:
            self.plan.updated += 1
        else:
            values |= {
                "partner_id": partner.id,
                "product_id": service.id,
                "date_start": fact.date_start,
                "identifier": fact.identifier,
                "holder_name": fact.holder,
            }
            self._created(fact, self.env._("Held: %(service)s.", service=service.name))
        self.plan.allocations.append((known, values, fact.note))
        return key

    # === Rights already used ===
    @staticmethod
    def _consumption_key(consumption):
        return (
            consumption.partner_id.id,
            consumption.product_id.id,
            consumption.date,
            consumption.scope_id.id,
            consumption.quantity,
            consumption.uom_id.id,
        )

    def _plan_used(self, fact):
        service = self._service(fact)
        unit = service and self._unit(fact, service)
        scope = self._scope(fact)
        if not unit or scope is None:
            return None
        partner = self._partner(fact)
        quantity = fact.quantity or 1
        key = (
            partner.id, service.id, fact.date_start, scope.id, quantity, unit.id
        )  # fmt: skip
        if key in self.consumptions:
            self.plan.unchanged += 1
            return key
        self.plan.consumptions.append(
            {
                "partner_id": partner.id,
                "product_id": service.id,
                "scope_id": scope.id,
                "date": fact.date_start,
                "quantity": quantity,
                "uom_id": unit.id,
                "note": fact.note or self.source,
            }
        )
        self._created(
            fact,
            self.env._(
                "Used: %(service)s, %(amount)s.",
                service=service.name,
                amount=unit._cdg47_format(quantity),
            ),
        )
        return key

    def _unit(self, fact, service):
        """Return the unit of a quantity used, that of the right by default."""
        counted_in = self.flow_units.get(service)
        if not counted_in:
            self._fault(
                fact,
                fact.code,
                self.env._("No right of Annexe 1 counts the use of this service."),
            )
            return None
        if not fact.unit:
            return counted_in
        unit = self.env.ref(fact.unit)
        if not unit._has_common_reference(counted_in):
            self._fault(
                fact,
                unit.name,
                self.env._(
                    "This service is counted in « %(unit)s ».", unit=counted_in.name
                ),
            )
            return None
        return unit

    def _scope(self, fact):
        """Return the software of a right, empty without one, None when unknown."""
        if not fact.scope:
            return self.env["cdg47.software"]
        found = self.software.get(fact.scope.lower(), [])
        own = self._partner(fact).software_editor_id
        found = [s for s in found if s.editor_id == own] or found
        if len(found) == 1:
            return found[0]
        self._fault(
            fact,
            fact.scope,
            self.env._(
                "This software is unknown, or several editors have one of that name: "
                "record it under its editor, and the editor on the collectivité."
            ),
        )
        return None
