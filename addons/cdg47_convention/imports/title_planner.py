# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Compares what the finance software says of its titres with the invoices."""

from dataclasses import dataclass, field

from ..lib.csv_cells import CellReader
from ..lib.csv_reader import CsvIssue
from .import_plan import ImportPlan

COLUMNS = (
    "facture",
    "titre",
    "bordereau",
    "date",
    "etat",
    "recouvre",
    "date_recouvrement",
)
STATES = {
    "emis": "issued",
    "émis": "issued",
    "partiel": "partial",
    "recouvre": "collected",
    "recouvré": "collected",
    "annule": "cancelled",
    "annulé": "cancelled",
    "non_valeur": "lost",
}


@dataclass
class TitlePlan(ImportPlan):
    """What a file of titres would do.

    :param list todo: (account.move, values) by invoice that changes
    """

    todo: list = field(default_factory=list)


class TitlePlanner:
    """Reads a file of titres against the posted invoices.

    :param odoo.api.Environment env: the user who imports
    :param CsvTable table: rows as read
    """

    def __init__(self, env, table):
        self.env = env
        self.table = table
        self.plan = TitlePlan(errors=list(table.issues))
        self.cells = CellReader(env, self.plan.errors)

    def run(self):
        """Return what the file would do; nothing is written.

        :rtype: TitlePlan
        """
        missing = [name for name in COLUMNS[:2] if name not in self.table.columns]
        if self.table.columns and missing:
            self.plan.errors.append(
                CsvIssue(
                    1,
                    ", ".join(missing),
                    self.env._(
                        "These columns are missing. Expected: %(columns)s.",
                        columns=", ".join(COLUMNS),
                    ),
                )
            )
            return self.plan
        invoices = self._invoices()
        seen = {}
        for row in self.table.rows:
            self._read(row, invoices, seen)
        self.plan.errors.sort(key=lambda issue: issue.line)
        return self.plan

    def _invoices(self):
        names = [row.cells.get("facture") or "" for row in self.table.rows]
        moves = self.env["account.move"].search(
            [
                ("name", "in", names),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        return {move.name: move for move in moves}

    def _read(self, row, invoices, seen):
        before = len(self.plan.errors)
        name = self.cells.required(row, "facture")
        number = self.cells.required(row, "titre")
        values = {
            "cdg47_title_number": number,
            "cdg47_title_slip": self.cells.text(row, "bordereau"),
            "cdg47_title_date": self.cells.date(row, "date"),
            "cdg47_collection": self.cells.choice(row, "etat", STATES) or "issued",
            "cdg47_collected_amount": self.cells.decimal(row, "recouvre"),
            "cdg47_collected_on": self.cells.date(row, "date_recouvrement"),
        }
        if len(self.plan.errors) > before:
            return
        move = invoices.get(name)
        if not move:
            message = self.env._("No posted invoice has this number.")
            self.cells.fault(row, name, message)
        elif name in seen:
            message = self.env._(
                "This invoice is already on line %(line)s.", line=seen[name]
            )
            self.cells.fault(row, name, message)
        else:
            seen[name] = row.line
            self._compare(row, move, values)

    def _compare(self, row, move, values):
        """Keep what changes; an empty cell leaves the invoice as it is."""
        stated = {name: value for name, value in values.items() if value is not None}
        collected = stated.get("cdg47_collected_amount") or 0
        if move.currency_id.compare_amounts(collected, move.amount_total) > 0:
            self.cells.fault(
                row,
                str(collected),
                self.env._("More is collected than the invoice amounts to."),
            )
            return
        if stated["cdg47_collection"] == "collected" and not collected:
            stated["cdg47_collected_amount"] = move.amount_total
        changes = {
            name: value
            for name, value in stated.items()
            if (move[name] or False) != (value or False)
        }
        if not changes:
            self.plan.unchanged += 1
            return
        if move.cdg47_title_number and "cdg47_title_number" in changes:
            self.plan.notices.append(
                CsvIssue(
                    row.line,
                    move.name,
                    self.env._(
                        "Its titre was %(number)s.", number=move.cdg47_title_number
                    ),
                )
            )
        self.plan.updated += 1
        self.plan.todo.append((move, changes))
