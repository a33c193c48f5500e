# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The movements of communes that INSEE publishes: who takes the place of whom."""

from dataclasses import dataclass, field

from odoo.tools import format_date

from ..lib.table import Layout, TableIssue
from ..lib.words import folded, tidy
from ..lib.xlsx_sheet import DAY, TEXT
from .collectivite_index import CollectiviteIndex
from .import_plan import ImportPlan, TablePlanner

REQUIRED = ("mod", "date_eff", "typecom_av", "com_av", "typecom_ap", "com_ap")
LAYOUTS = (
    Layout(
        "movements",
        {
            "mod": ("Type d'événement",), "date_eff": ("Date d'effet",),
            "typecom_av": (), "com_av": (), "libelle_av": (), "typecom_ap": (),
            "com_ap": (), "libelle_ap": (),
        },
        required=REQUIRED,
        keys=("com_av",),
        silent=("TNCC_AV", "NCC_AV", "NCCENR_AV", "TNCC_AP", "NCC_AP", "NCCENR_AP"),
    ),
)  # fmt: skip
# Simple merger, commune nouvelle, merger with association.
MERGERS = {"31", "32", "33"}
RENAMED = "10"
COMMUNE, DELEGATED = "COM", "COMD"


@dataclass(slots=True)
class Merger:
    """Communes that one takes the place of, from a day.

    :param list former: those of ours that stop being communes
    :param partner: the one that remains, empty where it is not known yet
    """

    line: int
    code: str
    name: str
    date: object
    former: list = field(default_factory=list)
    partner: object = None


@dataclass
class MovementPlan(ImportPlan):
    """The mergers to be done, each by its own assistant."""

    todo: list = field(default_factory=list)


class MovementPlanner(TablePlanner):
    """Tells which of our communes merged, from rows read with ``LAYOUTS``."""

    plan_type = MovementPlan
    required = REQUIRED

    def _expected(self):
        return self.env._(
            "These columns are missing. Expected: INSEE's file of the movements of "
            "communes (MOD, DATE_EFF, TYPECOM_AV, COM_AV, TYPECOM_AP, COM_AP)."
        )

    def _plan_rows(self):
        moved = [row for row in self.table.rows if self._is_of_interest(row)]
        codes = {self._code(row, side) for row in moved for side in ("av", "ap")}
        self.index = CollectiviteIndex(self.env, codes)
        self.delegated = {
            (self._code(row, "av"), self._code(row, "ap"))
            for row in self.table.rows
            if row.cells["typecom_ap"] == DELEGATED
        }
        mergers, others = {}, 0
        for row in moved:
            if not self._ours(self._code(row, "av")):
                others += 1
            elif row.cells["mod"] == RENAMED:
                self._tell_name(row)
            else:
                self._add(mergers, row)
        if others:
            message = self.env._(
                "%(count)s movements are of communes that are not ours: left out.",
                count=others,
            )
            self.plan.notices.append(TableIssue(0, "", message))
        for merger in mergers.values():
            self._compare(merger)

    @staticmethod
    def _is_of_interest(row):
        cells = row.cells
        is_commune = cells["typecom_av"] == cells["typecom_ap"] == COMMUNE
        changes = cells["com_av"] != cells["com_ap"]
        return is_commune and (
            (cells["mod"] in MERGERS and changes) or cells["mod"] == RENAMED
        )

    @staticmethod
    def _code(row, side):
        """Return an INSEE code; a spreadsheet takes the zeros of numbers away."""
        return row.cells[f"com_{side}"].strip().upper().zfill(5)

    def _ours(self, code):
        partner = self.index.by_insee.get(code)
        return partner if partner and partner.active else None

    def _add(self, mergers, row):
        faults = len(self.plan.errors)
        day = self.cells.date(row, "date_eff")
        if not day and len(self.plan.errors) == faults:
            self.cells.required(row, "date_eff")
        if len(self.plan.errors) > faults:
            return
        code = self._code(row, "ap")
        name = tidy(row.cells.get("libelle_ap") or code)
        merger = mergers.setdefault((code, day), Merger(row.line, code, name, day))
        former = self._ours(self._code(row, "av"))
        if former not in merger.former:
            merger.former.append(former)

    # === What remains to be done ===
    def _compare(self, merger):
        merger.partner = self._ours(merger.code)
        known = merger.partner and merger.partner.predecessor_ids
        merger.former = [f for f in merger.former if not known or f not in known]
        if not merger.former:
            self.plan.unchanged += 1
            return
        self.plan.updated += 1
        self.plan.todo.append(merger)
        self.plan.updates.append(
            {
                "line": merger.line,
                "name": ", ".join(f.name for f in merger.former),
                "before": "\n".join(f.insee_code for f in merger.former),
                "after": f"{merger.name} ({merger.code})",
                "message": "\n".join(self._sentence(merger, f) for f in merger.former),
                "merge_values": merger.partner and self._values(merger),
            }
        )
        if not merger.partner:
            message = self.env._(
                "%(name)s (%(code)s) is not known yet: import the census of this year "
                "first, then this file again.",
                name=merger.name,
                code=merger.code,
            )
            self.plan.notices.append(TableIssue(merger.line, merger.name, message))

    def _sentence(self, merger, former):
        values = {
            "former": former.name,
            "name": merger.name,
            "date": format_date(self.env, merger.date, date_format="d MMMM y"),
        }
        # INSEE names the commune déléguée by the code that it keeps.
        if any(av == former.insee_code for av, _ap in self.delegated):
            return self.env._(
                "%(former)s becomes a commune déléguée: %(name)s takes its place on "
                "%(date)s.",
                **values,
            )
        return self.env._("%(former)s: %(name)s takes its place on %(date)s.", **values)

    @staticmethod
    def _values(merger):
        """Return what the assistant of mergers is opened with."""
        return {
            "default_partner_id": merger.partner.id,
            "default_former_ids": [f.id for f in merger.former],
            "default_date": merger.date.isoformat(),
        }

    def _tell_name(self, row):
        """A name is changed by the census, which shows the old one and the new."""
        partner = self._ours(self._code(row, "av"))
        name = tidy(row.cells.get("libelle_ap") or "")
        if name and folded(name) != folded(partner.name):
            message = self.env._(
                "%(former)s is now called %(name)s: the census changes it.",
                former=partner.name,
                name=name,
            )
            self.plan.notices.append(TableIssue(row.line, partner.insee_code, message))


def movements_model(env):
    """Return an empty sheet of movements, in the columns of INSEE.

    :return: columns, lines and explanations, as ``_model_sheet`` gives them
    :rtype: tuple
    """
    columns = [
        ("MOD", TEXT), ("DATE_EFF", DAY), ("TYPECOM_AV", TEXT), ("COM_AV", TEXT),
        ("LIBELLE_AV", TEXT), ("TYPECOM_AP", TEXT), ("COM_AP", TEXT),
        ("LIBELLE_AP", TEXT),
    ]  # fmt: skip
    explanations = {
        "MOD": env._("31, 32 or 33: a merger; 32 makes a commune nouvelle."),
        "DATE_EFF": env._("Day from which the new commune exists."),
        "TYPECOM_AV": env._("COM: a commune, before."),
        "COM_AV": env._("INSEE code of the commune that is replaced."),
        "LIBELLE_AV": env._("To find one's way: it is not imported."),
        "TYPECOM_AP": env._("COM: a commune, after; COMD: a commune déléguée."),
        "COM_AP": env._("INSEE code of the commune that takes its place."),
        "LIBELLE_AP": env._("Name of the commune that takes its place."),
    }
    return columns, [], explanations
