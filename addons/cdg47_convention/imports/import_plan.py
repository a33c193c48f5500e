# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass, field


@dataclass
class ImportPlan:
    """What an import would do, computed without writing anything.

    :param list[CsvIssue] errors: what prevents the import
    :param list[CsvIssue] notices: what the user should know, preventing nothing
    :param list[dict] samples: values of ``cdg47.csv.import.line`` for the creations
    :param list[dict] changes: the same for the strata that change
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list = field(default_factory=list)
    notices: list = field(default_factory=list)
    samples: list = field(default_factory=list)
    changes: list = field(default_factory=list)
