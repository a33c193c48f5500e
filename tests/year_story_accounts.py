# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the year story owes, computed from the CSV files of the annexes alone.

Nothing of the add-ons is called: exact decimals, the tables as they are printed, the
rules as the convention says them.
"""

import csv
import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "addons/cdg47_convention"
METIERS, TECHNO, PARAPHEUR = "FORFAIT-METIERS", "FORFAIT-TECHNO", "FORFAIT-PARAPHEUR"
BOTH = (METIERS, TECHNO)
CALIGNAC, CAZIDEROQUE, COULX, SAUVETAT = "47045", "47064", "47071", "47289"
SIGNED = "2024-03-15"


def _rows(name):
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _cents(amount):
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


FEES = {
    (row["code"], row["strate"]): Decimal(row["prix_eur_an"])
    for row in _rows("data/annexes/annexe2_tarif_strates_demo")
}
PRICES = {
    row["code"]: Decimal(row["prix_eur"])
    for row in _rows("data/annexes/annexe2_tarif_demo")
    if row["prix_eur"]
}


POPULATIONS = {
    (row["code_insee"], year): int(row["population_totale"])
    for year in (2024, 2025)
    for row in _rows(f"demo/communes_47_{year}")
}


def stratum(code, year):
    """Return the first row of Annexe 1 whose bounds hold the population of a year."""
    population = POPULATIONS[code, year]
    for row in _rows("data/annexes/annexe1_strates"):
        if row["commune_min"] and population <= int(row["commune_max"] or 10**9):
            return row["code"]
    raise AssertionError(population)


def twelfths(day):
    """Return the months owed of a year begun on a day, its own month counted."""
    return 13 - datetime.date.fromisoformat(day).month


def fees(forfaits, code, day):
    """Return the fees of some forfaits from a day to the end of its year."""
    level = stratum(code, int(day[:4]))
    return sum(
        _cents(FEES[forfait, level] * twelfths(day) / 12) for forfait in forfaits
    )


def rise(forfaits, code, day):
    """Return what the next census, applied from a day, adds to the fees of its year.

    Both parts sum up to the exact fee of the year, rounded once.
    """
    former, new = stratum(code, 2024), stratum(code, 2025)
    added = Decimal(0)
    for forfait in forfaits:
        owed = FEES[forfait, former] * twelfths(SIGNED) / 12
        more = (FEES[forfait, new] - FEES[forfait, former]) * twelfths(day) / 12
        added += _cents(owed + more) - _cents(owed)
    return added


def beyond(code, quota, *held):
    """Return the price of the units held beyond a quota, whole whatever the day."""
    return PRICES[code] * max(sum(held) - quota, 0)


def hours(code, minutes):
    """Return the price of minutes worked, counted by quarters of an hour begun."""
    return _cents(PRICES[code] * -(-minutes // 15) / 4)


def days_beyond(code, quota, minutes):
    """Return the price of minutes beyond a quota of days of seven hours."""
    return _cents(PRICES[code] * max(minutes - quota * 420, 0) / 420)


def half_days_beyond(code, quota, count):
    """Return the price of half-days beyond a quota, of a service sold by the day."""
    return _cents(PRICES[code] * max(count - quota, 0) / 2)


def invoices_of_the_year():
    """Return by INSEE code the day and the amount of each invoice.

    :rtype: dict[str, list[tuple[str, Decimal]]]
    """
    audit = days_beyond("AUDIT-SECU", 1, 630)
    return {
        CALIGNAC: [
            ("2024-03-12", fees(BOTH, CALIGNAC, SIGNED)),
            (
                "2024-04-10",
                beyond("EPP", 1, 2) + beyond("CERT", 1, 2) + beyond("BACKUP", 9, 12),
            ),
            ("2024-06-18", fees([PARAPHEUR], CALIGNAC, "2024-07-01")),
            ("2024-07-10", audit),
            ("2024-10-10", hours("ASSIST-EXC", 155)),
            ("2024-11-12", -audit),
            # A stratum higher, two licences and 12 Go are included; a certificate is
            # paid once.
            ("2025-01-01", fees([*BOTH, PARAPHEUR], CALIGNAC, "2025-01-01")),
            ("2025-01-10", half_days_beyond("FORM-SITE", 2, 3)),
        ],
        CAZIDEROQUE: [
            ("2024-03-12", fees(BOTH, CAZIDEROQUE, SIGNED)),
            ("2024-04-10", beyond("BACKUP", 6, 9)),
            ("2024-09-02", rise(BOTH, CAZIDEROQUE, "2024-09-01")),
            ("2025-01-01", fees(BOTH, CAZIDEROQUE, "2025-01-01")),
        ],
        COULX: [
            ("2024-03-12", fees([TECHNO], COULX, SIGNED)),
            # 12 € in May are below the smallest debt: they wait for the next quarter.
            ("2024-10-10", beyond("BACKUP", 6, 6, 1, 1)),
            # It has left since; the technician had come in December.
            ("2025-01-10", hours("TTIM", 130)),
        ],
        SAUVETAT: [
            ("2024-03-12", fees(BOTH, SAUVETAT, SIGNED)),
            ("2024-04-10", beyond("VPN", 0, 1)),
            # A stratum lower, one of its two licences is beyond: nobody accepted it.
            ("2025-01-01", fees(BOTH, SAUVETAT, "2025-01-01") + beyond("VPN", 0, 1)),
        ],
    }
