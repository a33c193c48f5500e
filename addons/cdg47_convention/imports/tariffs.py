# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The prices of a year as a grid: one line by service, one column by stratum."""

from dataclasses import dataclass, field

from odoo.tools.misc import formatLang

from ..lib.table import Layout
from ..lib.words import folded
from ..lib.xlsx_sheet import MONEY, TEXT
from ..reading.tariff import dated_prices, prices_at_start
from .import_plan import ImportPlan, TablePlanner, missing_columns

CODE = ("Code service", "Service", "Référence")
NAME = ("Libellé", "Désignation", "Prestation")
UNIT = ("Unité",)
PRICE = ("Prix", "Tarif", "Prix unitaire", "prix_eur", "prix_eur_an", "Montant")
STRATUM = ("Strate",)
# Years that a tariff may be of.
FIRST_YEAR, LAST_YEAR = 2000, 2100
# Words that a tariff writes instead of a price.
NO_PRICE = {"etude", "suretude", "surdevis", "inclus", "compris", "sansobjet"}


def layouts(strata):
    """Return the tables of prices that are known.

    :param cdg47.stratum strata: one column each in a grid
    :rtype: list[Layout]
    """
    codes = {
        stratum.code: (stratum.name, f"Strate {stratum.code}") for stratum in strata
    }
    common = {"code": CODE, "libelle": NAME, "unite": UNIT, "prix": PRICE}
    silent = ("famille", "remarque", "article", "Commentaire")
    return [
        Layout(
            "grid",
            {**common, **codes},
            required=("code",),
            keys=("code",),
            silent=silent,
            any_of=("prix", *codes),
        ),
        # One price by line, the stratum in a column.
        Layout(
            "lines",
            {**common, "strate": STRATUM},
            required=("code", "strate", "prix"),
            keys=("code",),
            silent=silent,
        ),
    ]


@dataclass
class TariffPlan(ImportPlan):
    """The prices to write.

    :param dict prices: price by product
    """

    prices: dict = field(default_factory=dict)


class TariffCatalogue:
    """What is sold at a price: services, and forfaits by stratum.

    :param odoo.api.Environment env: the user who reads
    """

    def __init__(self, env):
        self.env = env
        self.strata = env["cdg47.stratum"].search([])
        self.services = env["product.product"].search(
            [("cdg47_is_service", "=", True)], order="default_code, id"
        )
        self.forfaits = env["product.template"].search(
            [("cdg47_is_forfait", "=", True)], order="default_code, id"
        )
        self.by_code = {service.default_code: service for service in self.services}
        self.variants = {
            (forfait.default_code, variant.stratum_id.code): variant
            for forfait in self.forfaits
            for variant in forfait.product_variant_ids
        }

    @property
    def products(self):
        """Return all that may have a price."""
        return self.services.union(*self.variants.values())

    def rows(self, prices):
        """Return the lines of a grid.

        :param dict prices: price by product id
        :return: code, name, unit, price of a service, then price by stratum
        """
        for forfait in self.forfaits:
            variants = (
                self.variants.get((forfait.default_code, stratum.code))
                for stratum in self.strata
            )
            yield (
                forfait.default_code,
                forfait.name,
                forfait.uom_id.name,
                None,
                *(variant and prices.get(variant.id) for variant in variants),
            )
        for service in self.services:
            yield (
                service.default_code,
                service.name,
                service.uom_id.name,
                prices.get(service.id),
                *(None for _stratum in self.strata),
            )


class TariffPlanner(TablePlanner):
    """Compares a table of prices, read with ``layouts``, with those of its year.

    :param product.pricelist tariff: the prices known
    :param int year: civil year of the prices
    """

    plan_type = TariffPlan

    def __init__(self, env, table, tariff, year):
        super().__init__(env, table)
        self.tariff = tariff
        self.catalogue = TariffCatalogue(env)
        products = self.catalogue.products
        self.dated = dated_prices(tariff, products, year)
        self.current = prices_at_start(tariff, products, year)
        self.lines = {}

    def _missing(self):
        layout = self.table.layout
        if not layout:
            return []
        missing = missing_columns(self.table, layout.required)
        if layout.any_of and not layout.any_of & set(self.table.columns):
            missing.append("prix")
        return missing

    def _expected(self):
        return self.env._(
            "These columns are missing. Expected: code, prix, and one "
            "column by stratum for the forfaits; or code, strate, prix."
        )

    def _plan_rows(self):
        for row in self.table.rows:
            self._read(row)

    def _read(self, row):
        code = (self.cells.required(row, "code") or "").upper()
        if not code:
            return
        if code in self.catalogue.by_code:
            self._read_service(row, self.catalogue.by_code[code])
        elif any(code == forfait for forfait, _stratum in self.catalogue.variants):
            self._read_forfait(row, code)
        else:
            message = self.env._("No service and no forfait has this code.")
            self.cells.fault(row, code, message)

    def _read_service(self, row, service):
        for stratum in self._filled_strata(row):
            message = self.env._(
                "A service has one price for all strata: write it in « prix »."
            )
            self.cells.fault(row, stratum, message)
        self._keep(row, service, "prix")

    def _read_forfait(self, row, code):
        if self.table.layout.kind == "lines":
            stratum = (self.cells.required(row, "strate") or "").upper()
            columns = {stratum: "prix"} if stratum else {}
        else:
            columns = {stratum: stratum for stratum in self._filled_strata(row)}
            if row.cells.get("prix"):
                message = self.env._(
                    "A forfait has a price by stratum: write them in their columns."
                )
                self.cells.fault(row, row.cells["prix"], message)
        for stratum, column in columns.items():
            variant = self.catalogue.variants.get((code, stratum))
            if variant:
                self._keep(row, variant, column)
            else:
                message = self.env._("This forfait is not sold to this stratum.")
                self.cells.fault(row, stratum, message)

    def _filled_strata(self, row):
        if self.table.layout.kind == "lines":
            return [row.cells["strate"]] if row.cells.get("strate") else []
        codes = self.catalogue.strata.mapped("code")
        return [code for code in codes if row.cells.get(code)]

    def _keep(self, row, product, column):
        """Keep a price that changes; an empty cell leaves it as it is."""
        if folded(row.cells.get(column) or "") in NO_PRICE:
            return
        price = self.cells.amount(row, column)
        if price is None:
            return
        first = self.lines.setdefault(product, (row.line, price))
        if first[1] != price:
            message = self.env._(
                "Line %(line)s gives another price: keep one.", line=first[0]
            )
            self.cells.fault(row, row.cells[column], message)
        elif not price:
            message = self.env._("Nothing is sold at 0 €: leave the cell empty.")
            self.cells.fault(row, row.cells[column], message)
        elif first[0] == row.line:
            self._compare(row, product, price)

    def _compare(self, row, product, price):
        if self.dated.get(product.id) == price:
            self.plan.unchanged += 1
            return
        self.plan.prices[product] = price
        known = self.current.get(product.id)
        if known is None:
            self.plan.created += 1
        else:
            self.plan.updated += 1
        self.plan.updates.append(
            {
                "line": row.line,
                "name": product.display_name,
                "message": product.stratum_id.code or "",
                "before": "" if known is None else self._euros(known),
                "after": self._euros(price),
            }
        )

    def _euros(self, amount):
        return formatLang(self.env, amount, currency_obj=self.tariff.currency_id)


def tariff_sheet(env, tariff, year):
    """Return the grid of a year, to be filled in or given to others.

    :return: columns, lines and explanations, as ``_model_sheet`` gives them
    :rtype: tuple
    """
    catalogue = TariffCatalogue(env)
    codes = catalogue.strata.mapped("code")
    columns = [("code", TEXT), ("libelle", TEXT), ("unite", TEXT)]
    columns += [(name, MONEY) for name in ("prix", *codes)]
    explanations = {
        "code": env._("Code of the service or of the forfait."),
        "libelle": env._("To find one's way: it is not imported."),
        "unite": env._("To find one's way: it is not imported."),
        "prix": env._("Price of a service, by unit; empty changes nothing."),
        f"{codes[0]}…{codes[-1]}": env._("Yearly price of a forfait, by stratum."),
    }
    prices = prices_at_start(tariff, catalogue.products, year)
    return columns, list(catalogue.rows(prices)), explanations
