# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass, field

from ..lib.cells import CellReader
from ..lib.table import TableIssue


@dataclass
class ImportPlan:
    """What an import would do, computed without writing anything.

    :param list[TableIssue] errors: what prevents the import
    :param list[TableIssue] notices: what the user should know, preventing nothing
    :param list[dict] samples: values of ``cdg47.csv.import.line`` for the creations
    :param list[dict] changes: the same for the strata that change
    :param list[dict] updates: the same for what is replaced, old → new
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list = field(default_factory=list)
    notices: list = field(default_factory=list)
    samples: list = field(default_factory=list)
    changes: list = field(default_factory=list)
    updates: list = field(default_factory=list)


def table_notices(env, table):
    """Say what of a file is not used: lines that are no data, unknown columns.

    :rtype: list[TableIssue]
    """
    notices = list(table.left_out)
    if table.unused:
        unused = ", ".join(table.unused)
        message = env._("These columns are not used.")
        notices.append(TableIssue(table.header_line, unused, message))
    return notices


def missing_columns(table, required):
    """Return the columns without which a file cannot be read.

    :rtype: list[str]
    """
    if not table.layout:
        return []
    return [name for name in required if name not in table.columns]


class TablePlanner:
    """Turns the lines of a table into a plan, writing nothing.

    :param odoo.api.Environment env: the user who imports
    :param Table table: rows as read
    """

    plan_type = ImportPlan
    # Columns without which the file cannot be read.
    required = ()

    def __init__(self, env, table):
        self.env = env
        self.table = table
        self.plan = self.plan_type(
            errors=list(table.issues), notices=table_notices(env, table)
        )
        self.cells = CellReader(env, self.plan.errors, table.labels)

    def run(self):
        """Return what the file would do, its faults in the order of its lines.

        :rtype: ImportPlan
        """
        missing = self._missing()
        if missing:
            self.plan.errors.append(
                TableIssue(self.table.header_line, ", ".join(missing), self._expected())
            )
            return self.plan
        self._plan_rows()
        self.plan.notices += self.cells.remarks()
        self.plan.errors.sort(key=lambda issue: issue.line)
        return self.plan

    def _missing(self):
        return missing_columns(self.table, self.required)

    def _expected(self):
        """Say which columns are expected, where some are missing."""
        raise NotImplementedError

    def _plan_rows(self):
        """Compare the lines with what is known, in the plan."""
        raise NotImplementedError
