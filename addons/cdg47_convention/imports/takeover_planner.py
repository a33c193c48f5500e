# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from .collectivite_index import CollectiviteIndex
from .takeover_conventions import TakeoverConventions
from .takeover_known import TakeoverKnown
from .takeover_plan import TakeoverPlan
from .takeover_services import TakeoverServices
from .takeover_sheet import CONVENTION


class TakeoverPlanner:
    """Compares a take-over file with what is known, writing nothing.

    :param odoo.api.Environment env: the user who imports
    :param TakeoverSheet sheet: what the file states
    :param str source: name of the file, kept with the rights used
    """

    def __init__(self, env, sheet, source):
        self.env = env
        self.sheet = sheet
        self.source = source
        self.plan = TakeoverPlan(errors=sheet.issues, notices=sheet.notices)

    def run(self):
        """Compare every line.

        :rtype: TakeoverPlan
        """
        facts = self._with_partner(self.sheet.facts)
        by_nature = defaultdict(list)
        for fact in facts:
            by_nature[fact.nature].append(fact)
        known = TakeoverKnown(self.env, facts)
        conventions = TakeoverConventions(self.env, self.plan, known)
        conventions.run(by_nature[CONVENTION])
        services = TakeoverServices(
            self.env, self.plan, known, conventions, self.source
        )
        services.run(by_nature)
        return self.plan

    def _with_partner(self, facts):
        """Keep the facts whose collectivité is known."""
        index = CollectiviteIndex(self.env, {fact.collectivite for fact in facts})
        kept = []
        for fact in facts:
            found = index.named(fact.collectivite)
            if len(found) == 1:
                fact.partner = found[0]
                kept.append(fact)
            elif found:
                self.plan.fault(
                    fact,
                    fact.collectivite,
                    self.env._(
                        "Several collectivités have this number: give the INSEE code "
                        "or the SIRET."
                    ),
                )
            else:
                self.plan.fault(
                    fact,
                    fact.collectivite,
                    self.env._(
                        "No collectivité has this INSEE code or SIREN: correct it, or "
                        "import its census first."
                    ),
                )
        return kept
