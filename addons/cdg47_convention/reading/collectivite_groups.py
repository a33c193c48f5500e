# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What lists of collectivités are grouped by, though it is decided and not stored.

The stratum and the forfaits of today are read where they are decided (R1), then given
to the database as a list: no second rule in SQL.
"""

from collections import defaultdict

from odoo.fields import Domain
from odoo.tools import SQL

from ..lib.dates import today_in_paris
from .stratum_decision import all_collectivites, strata_at

DESCRIBED = "cdg47_described"


def group_sql(partners, alias, name):
    """Return the value of such a field for the rows of a table, as SQL.

    :param str alias: of the table of partners
    :param str name: of the field
    """
    column = partners._fields[name].column_type[1]
    none = SQL(f"NULL::{column}")
    if partners.env.context.get(DESCRIBED):
        # Only asked whether it can be grouped: nothing is to be decided.
        return none
    ids_by_value = defaultdict(list)
    for partner, value in _VALUES[name](all_collectivites(partners)).items():
        if value:
            ids_by_value[value].append(partner.id)
    if not ids_by_value:
        return none
    cases = [
        SQL("WHEN %s = ANY(%s) THEN %s", SQL.identifier(alias, "id"), ids, value)
        for value, ids in ids_by_value.items()
    ]
    return SQL("CASE %s ELSE %s END", SQL(" ").join(cases), none)


def forfaits_held(partners):
    """Return the names of the forfaits held today, by collectivité that holds some.

    :rtype: dict[res.partner, str]
    """
    conventions = partners._cdg47_conventions_at(today_in_paris())
    return {
        partner: ", ".join(sorted(convention.forfait_ids.mapped("name")))
        for partner, convention in conventions.items()
    }


def domain_of_forfaits(partners, values):
    """Return the domain of who holds these very forfaits, or none for False.

    :param values: as :func:`forfaits_held` names them
    """
    held = forfaits_held(all_collectivites(partners))
    found = Domain("id", "in", [p.id for p, names in held.items() if names in values])
    if False in values:
        found |= ~Domain("id", "in", [partner.id for partner in held])
    return found


def _strata(partners):
    decisions = strata_at(partners, today_in_paris())
    return {partner: stratum.id for partner, (stratum, _reason) in decisions.items()}


_VALUES = {"stratum_id": _strata, "cdg47_forfaits": forfaits_held}
GROUPED = frozenset(_VALUES)
