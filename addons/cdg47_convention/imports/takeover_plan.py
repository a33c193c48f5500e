# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass, field
from datetime import date

from ..lib.table import TableIssue
from .import_plan import ImportPlan


@dataclass
class ConventionDraft:
    """A convention of the file, with the lines that make it.

    :param record: the convention already recorded, None when it is to be created
    :param list[TakeoverFact] facts: its lines, by start
    :param dict forfaits: ``(forfait, start)`` → last day or None, those to add
    :param list[dict] terms: values of its terms, without the convention
    """

    partner: object
    date_start: date
    date_end: date
    record: object
    facts: list
    forfaits: dict = field(default_factory=dict)
    terms: list = field(default_factory=list)

    def answer(self, name):
        """Return what its lines say of a column: the first that says something."""
        return next(filter(None, (getattr(fact, name) for fact in self.facts)), None)


@dataclass
class TakeoverPlan(ImportPlan):
    """What to write: everything is decided, nothing is left to look up.

    :param list[ConventionDraft] conventions: to create, or to add forfaits to
    :param list activations: (draft or convention, existing activation, values)
    :param list allocations: (existing allocation, values, note, invoiced already?)
    :param list consumptions: values
    :param list billed: for each consumption, was it invoiced already?
    """

    conventions: list = field(default_factory=list)
    activations: list = field(default_factory=list)
    allocations: list = field(default_factory=list)
    consumptions: list = field(default_factory=list)
    billed: list = field(default_factory=list)

    def fault(self, fact, value, message):
        self.errors.append(TableIssue(fact.line, value or "", message))

    def notice(self, fact, value, message):
        self.notices.append(TableIssue(fact.line, value or "", message))

    def creates(self, fact, message):
        """Count a record that this line creates, and show it."""
        self.created += 1
        self.samples.append(
            {"line": fact.line, "name": fact.partner.name, "message": message}
        )
