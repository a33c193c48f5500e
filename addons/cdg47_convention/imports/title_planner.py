# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Compares what the finance software says of its titres with the invoices."""

from collections import defaultdict
from dataclasses import dataclass, field

from ..lib.table import Layout, TableIssue
from ..lib.xlsx_sheet import DAY, MONEY, TEXT
from .import_plan import ImportPlan, TablePlanner

REQUIRED = ("facture", "titre")
COLUMNS = {
    "facture": (
        "N° facture", "N° de facture", "Numéro de facture", "Numéro facture",
        "Référence facture", "Pièce", "Invoice",
    ),
    "titre": ("N° titre", "N° de titre", "Numéro de titre", "Titre number"),
    "bordereau": ("N° bordereau", "N° de bordereau", "Numéro de bordereau", "Slip"),
    "date_titre": (
        "Date du titre", "Date d'émission", "Date émission", "Date de prise en charge",
        "Titre date",
    ),
    "etat": ("État", "Statut", "Situation", "State"),
    "recouvre": (
        "Recouvré", "Montant recouvré", "Montant encaissé", "Encaissé",
        "Montant réglé", "Somme recouvrée", "Collected",
    ),
    "date_recouvrement": (
        "Date d'encaissement", "Date de règlement", "Date de paiement", "Recouvré le",
        "Collected on",
    ),
    "debiteur": ("Nom du débiteur", "Tiers", "Redevable", "Debtor"),
    "montant": ("Montant TTC", "Montant du titre", "Amount"),
}  # fmt: skip
# What a line says of its invoice.
SAID = (
    "titre", "bordereau", "date_titre", "etat", "recouvre", "date_recouvrement"
)  # fmt: skip
LAYOUTS = (
    Layout(
        "titles",
        {**COLUMNS, "date_titre": ("date", *COLUMNS["date_titre"])},
        required=REQUIRED,
        keys=("facture",),
        silent=("SIRET", "Exercice", "Reste à recouvrer"),
    ),
    # Our own « état des titres »: its « Date » is that of the invoice.
    Layout(
        "statement",
        {
            **COLUMNS,
            "beneficiaire": ("Beneficiary",),
            "convention": (),
            "imputation": ("Imputation M57", "M57 imputation"),
        },
        required=REQUIRED,
        keys=("facture",),
        silent=(
            "Date", "SIRET", "Codification du débiteur", "Codification of the debtor",
            "Code service", "Service code", "Engagement", "À compter du", "From",
            "Jusqu'au", "To", "Avoir sur", "Credit note on", "Facture corrigée",
            "Invoice corrected",
        ),
    ),
)  # fmt: skip
STATES = {
    "emis": "issued", "partiel": "partial", "recouvre": "collected",
    "annule": "cancelled", "non_valeur": "lost",
    "emise": "issued", "pris en charge": "issued", "à recouvrer": "issued",
    "en cours": "issued", "partielle": "partial", "recouvré partiellement": "partial",
    "partiellement recouvré": "partial", "recouvrement partiel": "partial",
    "recouvree": "collected", "soldé": "collected", "soldée": "collected",
    "payé": "collected", "payée": "collected", "encaissé": "collected",
    "encaissée": "collected", "réglé": "collected", "réglée": "collected",
    "annulee": "cancelled", "admis en non-valeur": "lost",
    "admission en non-valeur": "lost", "irrécouvrable": "lost",
}  # fmt: skip


def written_states():
    """Return the word that a sheet of ours writes for each state.

    :rtype: dict[str, str]
    """
    words = {}
    for word, state in STATES.items():
        words.setdefault(state, word)
    return words


def titles_model(env):
    """Return the invoices that wait for their titre or their payment, to fill in.

    :return: columns, lines and explanations, as ``_model_sheet`` gives them
    :rtype: tuple
    """
    moves = env["account.move"].search(
        [
            ("move_type", "in", ("out_invoice", "out_refund")),
            ("state", "=", "posted"),
            ("company_id", "=", env.company.id),
            ("cdg47_collection", "not in", ("collected", "cancelled", "lost")),
        ],
        order="invoice_date, name",
    )
    columns = [
        ("facture", TEXT), ("debiteur", TEXT), ("montant", MONEY), ("titre", TEXT),
        ("bordereau", TEXT), ("date", DAY), ("etat", TEXT), ("recouvre", MONEY),
        ("date_recouvrement", DAY),
    ]  # fmt: skip
    words = written_states()
    rows = [
        (
            move.name,
            move.commercial_partner_id.name,
            move.amount_total,
            move.cdg47_title_number,
            move.cdg47_title_slip,
            move.cdg47_title_date,
            move.cdg47_title_number and words.get(move.cdg47_collection),
            move.cdg47_collected_amount or None,
            move.cdg47_collected_on,
        )
        for move in moves
    ]
    explanations = {
        "facture": env._("Number of the posted invoice or credit note."),
        "debiteur": env._("To find one's way: it is not imported."),
        "montant": env._("To find one's way: it is not imported."),
        "titre": env._("Number of the titre, given by the finance software."),
        "bordereau": env._("Number of the slip; empty changes nothing."),
        "date": env._("Date of the titre, the day first."),
        "etat": ", ".join(words.values()),
        "recouvre": env._("Sum collected; empty with « recouvre »: all of it."),
        "date_recouvrement": env._("Date of the payment, the day first."),
    }
    return columns, rows, explanations


@dataclass
class TitlePlan(ImportPlan):
    """What a file of titres would do.

    :param list todo: (account.move, values) by invoice that changes
    """

    todo: list = field(default_factory=list)


class TitlePlanner(TablePlanner):
    """Reads a file of titres, in rows of ``LAYOUTS``, against the posted invoices.

    :param bool grouped: one titre may collect several invoices
    """

    plan_type = TitlePlan
    required = REQUIRED

    def __init__(self, env, table, grouped=False):
        super().__init__(env, table)
        self.grouped = grouped

    def _expected(self):
        return self.env._(
            "These columns are missing. Expected: %(columns)s.",
            columns="facture, titre, bordereau, date, etat, recouvre, "
            "date_recouvrement",
        )

    def _plan_rows(self):
        invoices = self._invoices()
        seen = {}
        self._titles = defaultdict(list)
        for row in self.table.rows:
            # A sheet of ours, given back before it was filled in whole.
            if not any(row.cells.get(column) for column in SAID):
                self.plan.unchanged += 1
                continue
            self._read(row, invoices, seen)
        self._check_shared_titles()

    def _invoices(self):
        names = [row.cells.get("facture") or "" for row in self.table.rows]
        moves = self.env["account.move"].search(
            [
                ("name", "in", names),
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("company_id", "=", self.env.company.id),
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
            "cdg47_title_date": self.cells.date(row, "date_titre"),
            "cdg47_collection": self.cells.choice(row, "etat", STATES) or "issued",
            "cdg47_collected_amount": self.cells.amount(row, "recouvre"),
            "cdg47_collected_on": self.cells.date(row, "date_recouvrement"),
        }
        if len(self.plan.errors) > before:
            return
        move = invoices.get(name)
        if not move:
            message = self.env._("No posted invoice has this number.")
            self.cells.fault(row, name, message)
        elif name in seen:
            self._read_again(row, name, values, *seen[name])
        else:
            seen[name] = row.line, values
            self._titles[number, self._year(move, values)].append((row, move))
            self._compare(row, move, values)

    def _read_again(self, row, name, values, line, first_values):
        """Take a line that says the same twice for one; refuse one that says else."""
        if values != first_values:
            message = self.env._("This invoice is already on line %(line)s.", line=line)
            self.cells.fault(row, name, message)
            return
        message = self.env._(
            "This line says the same as line %(line)s: read once.", line=line
        )
        self.plan.notices.append(TableIssue(row.line, name, message))

    @staticmethod
    def _year(move, values):
        """Return the year of a titre: their numbers start again each year."""
        return (values["cdg47_title_date"] or move.invoice_date or move.date).year

    def _check_shared_titles(self):
        """Refuse one titre for several invoices, unless it is on purpose."""
        if self.grouped:
            return
        known = self._known_titles()
        for (number, year), rows in self._titles.items():
            others = known.get((number, year), self.env["account.move"])
            moves = {move for _row, move in rows} | set(others)
            if len(moves) < 2:
                continue
            row, own = rows[-1]
            first = min((m for m in moves if m != own), key=lambda move: move.id)
            self.cells.fault(
                row,
                number,
                self.env._(
                    "This titre is also that of invoice %(invoice)s: correct the "
                    "number, or tick « One titre for several invoices ».",
                    invoice=first.name,
                ),
            )

    def _known_titles(self):
        """Return the posted invoices that have one of these titres, by titre."""
        own = {move.id for rows in self._titles.values() for _row, move in rows}
        moves = self.env["account.move"].search(
            [
                ("cdg47_title_number", "in", [n for n, _year in self._titles]),
                ("state", "=", "posted"),
                ("id", "not in", list(own)),
                ("company_id", "=", self.env.company.id),
            ]
        )
        return moves.grouped(
            lambda move: (
                move.cdg47_title_number,
                (move.cdg47_title_date or move.invoice_date or move.date).year,
            )
        )

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
        if stated["cdg47_collection"] == "collected":
            if not collected:
                stated["cdg47_collected_amount"] = move.amount_total
            elif move.currency_id.compare_amounts(collected, move.amount_total):
                self._refuse_part(row, move, collected)
                return
        self._keep_changes(row, move, stated)

    def _refuse_part(self, row, move, collected):
        self.cells.fault(
            row,
            row.cells["recouvre"],
            self.env._(
                "The state says collected, the sum %(collected)s out of %(total)s: "
                "write « partiel », or the whole sum.",
                collected=move.currency_id.format(collected),
                total=move.currency_id.format(move.amount_total),
            ),
        )

    def _keep_changes(self, row, move, stated):
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
                TableIssue(
                    row.line,
                    move.name,
                    self.env._(
                        "Its titre was %(number)s.", number=move.cdg47_title_number
                    ),
                )
            )
        self.plan.updated += 1
        self.plan.todo.append((move, changes))
