# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict
from datetime import date

from ..lib.dates import end_of_year, today_in_paris
from ..lib.states import SIGNED_STATES
from .census_sheet import duplicate_message
from .collectivite_index import french_context
from .takeover_plan import ConventionDraft


class TakeoverConventions:
    """Plans the conventions of a file: their forfaits, and the term of each year.

    :param odoo.api.Environment env: the user who imports
    :param TakeoverPlan plan: receives the conventions and the faults
    :param TakeoverKnown known: what is recorded
    """

    def __init__(self, env, plan, known):
        self.env = env
        self.plan = plan
        self.known = known
        # Conventions of the file and of the database, by partner id.
        self.drafts = defaultdict(list)
        # Collectivités that have a line of convention, right or wrong.
        self.announced = set()

    def run(self, facts):
        """Gather the lines into conventions; those at fault leave none to write.

        :param list[TakeoverFact] facts: lines of the nature « convention »
        """
        self.announced = {fact.partner for fact in facts}
        self._draft_known_conventions()
        faults = len(self.plan.errors)
        self._check_forfaits(facts)
        if len(self.plan.errors) > faults:
            return
        by_partner = defaultdict(list)
        for fact in sorted(facts, key=lambda f: (f.date_start, f.line)):
            by_partner[fact.partner].append(fact)
        for partner, partner_facts in by_partner.items():
            self._group(partner, partner_facts)
        drafts = [d for drafts in self.drafts.values() for d in drafts if d.facts]
        for draft in drafts:
            self._plan_forfaits(draft)
        self._plan_terms([draft for draft in drafts if not draft.record])
        self.plan.conventions = [d for d in drafts if d.forfaits]

    def at(self, fact):
        """Return the convention of a service: in force at its date, else the latest."""
        drafts = self.drafts[fact.partner.id]
        in_force = [d for d in drafts if d.date_start <= fact.date_start <= d.date_end]
        latest = sorted(drafts, key=lambda d: d.date_start)[-1:]
        for draft in in_force or latest:
            return draft
        # A convention line that is itself at fault has already been reported.
        if fact.partner not in self.announced:
            self.plan.fault(
                fact,
                fact.code,
                self.env._(
                    "%(name)s has no convention: add its « convention » line.",
                    name=fact.partner.name,
                ),
            )
        return None

    def _draft_known_conventions(self):
        signed = self.known.conventions.filtered(lambda c: c.state in SIGNED_STATES)
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
            if fact.code not in self.known.forfaits:
                self.plan.fault(
                    fact,
                    fact.code,
                    self.env._("No forfait and no option has this code."),
                )
            if fact.stratum and fact.stratum not in self.known.strata:
                self.plan.fault(
                    fact,
                    fact.stratum,
                    self.env._(
                        "This stratum does not exist: %(codes)s.",
                        codes=", ".join(self.known.strata),
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
            self.plan.fault(
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
        pending = self.known.conventions.filtered(
            lambda c: c.partner_id == partner and c.state in ("draft", "sent")
        )
        if pending:
            self.plan.notice(
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
            key = (self.known.forfaits[fact.code], fact.date_start)
            first = lines.setdefault(key, fact.line)
            if first != fact.line:
                self.plan.fault(fact, fact.code, duplicate_message(self.env, first))
            elif key in held:
                self.plan.unchanged += 1
            else:
                # The end of a first line is that of the convention itself.
                own_end = fact.date_start != draft.date_start and fact.date_end
                draft.forfaits[key] = own_end or None
                self.plan.creates(fact, self._describe_forfait(draft, fact))
        self._check_options(draft, {forfait for forfait, _start in held | lines.keys()})
        if not record:
            self._check_one_answer(draft)

    def _describe_forfait(self, draft, fact):
        values = {
            "forfait": self.known.forfaits[fact.code].name,
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
                self.plan.fault(
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
                self.plan.fault(
                    first,
                    ", ".join(sorted(values)),
                    self.env._("The lines of one convention must say the same."),
                )
        number = draft.answer("number")
        if number and number in self.known.conventions.mapped("name"):
            self.plan.fault(
                first, number, self.env._("Another convention has this number.")
            )
        if draft.date_start.year > today_in_paris().year:
            self.plan.notice(
                first,
                draft.date_start.isoformat(),
                self.env._(
                    "It starts in %(year)s: a take-over orders nothing, and the "
                    "campaign of that year leaves out a year that is open already. "
                    "Propose this convention instead, or its first year is invoiced "
                    "by nobody.",
                    year=str(draft.date_start.year),
                ),
            )
        if not draft.answer("deliberation"):
            self.plan.notice(first, "", self.env._("No deliberation is given."))

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
            draft.date_end.year, max(today_in_paris().year, draft.date_start.year)
        )
        for year in range(draft.date_start.year, last_year + 1):
            start = max(draft.date_start, date(year, 1, 1))
            yield start, min(end_of_year(start), draft.date_end)

    def _plan_term(self, draft, start, end, stratum, reason):
        forced = draft.answer("stratum")
        if forced:
            stratum = self.known.strata[forced]
            reason = french_context(self.env)._("Taken over")
        if not stratum:
            self.plan.fault(
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
