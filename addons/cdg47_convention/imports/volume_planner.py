# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass, field
from math import ceil

from odoo.fields import Domain

from ..lib.dates import today_in_paris
from ..lib.table import Layout
from ..lib.xlsx_sheet import DAY, NUMBER, TEXT
from ..reading.company import domain_of
from .collectivite_index import CollectiviteIndex
from .import_plan import ImportPlan, TablePlanner

COLUMNS = ("collectivite", "code", "quantite", "date")
LAYOUTS = (
    Layout(
        "volumes",
        {
            "collectivite": ("Code INSEE", "INSEE", "SIREN", "SIRET"),
            "code": ("Code service", "Service"),
            "quantite": ("Volume", "Go", "Volume (Go)", "Quantité (Go)", "Taille"),
            "date": ("Date de mesure", "Date du relevé", "Mesuré le"),
        },
        required=COLUMNS,
        keys=("collectivite",),
        silent=("nom",),
    ),
)


def volumes_model(env):
    """Return the volumes held, dated today, to be measured again.

    :return: columns, lines and explanations, as ``_model_sheet`` gives them
    :rtype: tuple
    """
    allocations = env["cdg47.allocation"].search(
        domain_of(env.company)
        & Domain("product_id.cdg47_allocation_kind", "=", "storage")
        & Domain("state", "=", "active"),
        order="partner_id, product_id",
    )
    columns = [
        ("collectivite", TEXT), ("nom", TEXT), ("code", TEXT), ("quantite", NUMBER),
        ("date", DAY),
    ]  # fmt: skip
    rows = [
        (
            allocation.partner_id.insee_code or allocation.partner_id.company_registry,
            allocation.partner_id.name,
            allocation.product_id.default_code,
            allocation.quantity,
            today_in_paris(),
        )
        for allocation in allocations
    ]
    explanations = {
        "collectivite": env._("INSEE code, SIREN or SIRET."),
        "nom": env._("To find one's way: it is not imported."),
        "code": env._("Code of the service: BACKUP, PARTAGE-GO."),
        "quantite": env._("Gigabytes measured; a part of one counts as one."),
        "date": env._("Day of the measure, the day first."),
    }
    return columns, rows, explanations


@dataclass
class VolumePlan(ImportPlan):
    """What a file of measures would do.

    :param list todo: (allocations known, may be empty, and values) by measure
    """

    todo: list = field(default_factory=list)


class VolumePlanner(TablePlanner):
    """Compares measured volumes with the allocations in force.

    :param datetime.date today: no measure is later than that
    """

    plan_type = VolumePlan
    required = COLUMNS

    def __init__(self, env, table, today):
        super().__init__(env, table)
        self.today = today

    def _expected(self):
        return self.env._(
            "These columns are missing. Expected: collectivite (INSEE "
            "code, SIREN or SIRET), code, quantite, date."
        )

    def _plan_rows(self):
        measures = [m for row in self.table.rows if (m := self._read(row))]
        self._resolve(measures)

    def _read(self, row):
        """Return (row, collectivité, code, Go, date), None when one is faulty."""
        values = (
            self.cells.required(row, "collectivite")
            and self.cells.identity(row, "collectivite"),
            (self.cells.required(row, "code") or "").upper() or None,
            self.cells.required(row, "quantite")
            and self.cells.decimal(row, "quantite"),
            self.cells.required(row, "date") and self.cells.date(row, "date"),
        )
        if any(value is None for value in values):
            return None
        if values[3] > self.today:
            self._fault(row, "date", self.env._("A measure cannot be in the future."))
            return None
        return row, *values

    def _fault(self, row, column, message):
        self.cells.fault(row, row.cells.get(column) or "", message)

    def _resolve(self, measures):
        index = CollectiviteIndex(self.env, {m[1] for m in measures})
        services = self._services({m[2] for m in measures})
        found = []
        for row, identifier, code, quantity, day in measures:
            partners = index.named(identifier)
            if len(partners) != 1:
                self._fault(
                    row,
                    "collectivite",
                    self.env._("No collectivité, or several, have this identifier."),
                )
            elif code not in services:
                self._fault(
                    row,
                    "code",
                    self.env._("No service with this code is measured in GB."),
                )
            else:
                found.append((row, partners[0], services[code], ceil(quantity), day))
        self._compare(found)

    def _services(self, codes):
        products = self.env["product.product"].search(
            [
                ("default_code", "in", list(codes)),
                ("cdg47_allocation_kind", "=", "storage"),
            ]
        )
        return {product.default_code: product for product in products}

    def _compare(self, found):
        nothing = self.env["cdg47.allocation"]
        known = self._known([partner.id for _r, partner, *_rest in found])
        lines = {}
        for row, partner, product, quantity, day in found:
            key = (partner.id, product.id)
            if key in lines:
                self._fault(
                    row,
                    "collectivite",
                    self.env._(
                        "This service is already measured on line %(line)s.",
                        line=lines[key],
                    ),
                )
                continue
            lines[key] = row.line
            self._plan_measure(
                row, known.get(key, nothing), partner, product, quantity, day
            )

    def _known(self, partner_ids):
        """Return what is held of each volume, and bought but not opened yet."""
        allocations = self.env["cdg47.allocation"].search(
            Domain("partner_id", "in", partner_ids)
            & Domain("product_id.cdg47_allocation_kind", "=", "storage")
            & (
                Domain("state", "=", "active")
                | Domain("state", "=", "requested")
                & Domain("accepted_quantity", ">", 0)
            )
        )
        return allocations.grouped(lambda a: (a.partner_id.id, a.product_id.id))

    def _measured(self, known, quantity):
        """Return the rows that a measure follows: what is bought, once it is used."""
        held = known.filtered(lambda a: a.state == "active")
        return known if quantity > sum(held.mapped("quantity")) else held

    def _plan_measure(self, row, known, partner, product, quantity, day):
        known = self._measured(known, quantity)
        held = known.filtered(lambda a: a.state == "active")
        if any(day < (a.measured_on or a.date_start) for a in held):
            self._fault(row, "date", self.env._("A later measure is already recorded."))
            return
        if not quantity:
            self._fault(
                row,
                "quantite",
                self.env._("Nothing is held: revoke the allocation instead."),
            )
            return
        is_same = sum(held.mapped("quantity")) == quantity
        if is_same and set(known.mapped("measured_on")) == {day}:
            self.plan.unchanged += 1
            return
        values = {"quantity": quantity, "measured_on": day, "date_start": day}
        if known:
            self.plan.updated += 1
        else:
            self.plan.created += 1
            self.plan.samples.append(
                {"line": row.line, "name": partner.name, "message": product.name}
            )
        values |= {
            "partner_id": partner.id,
            "product_id": product.id,
            "state": "active",
        }
        self.plan.todo.append((known, values))
