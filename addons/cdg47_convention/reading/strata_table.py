# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The strata as one table: every size and every status has one stratum (R1).

Reads, and writes nothing.
"""

from odoo.fields import Domain

SIZES = ("population", "agents")
BOUNDS = tuple(
    name
    for size in SIZES
    for name in (
        f"has_{size}_bounds",
        f"{size}_min",
        f"{size}_max",
        f"{size}_unbounded",
    )
)
STATUSES = ("for_hosted", "for_non_affiliated")


def bounds_on(stratum, day):
    """Return the bounds of a stratum on a day: by name, its own or former ones."""
    for former in stratum.past_bounds or ():
        if former["date_to"] >= str(day):
            return former
    return stratum


def fault_of(strata):
    """Return what is wrong with the table that these strata make, or None.

    :param cdg47.stratum strata: all of them, archived ones included
    """
    archived = strata.filtered(
        lambda s: not s.active and any(s[name] for name in (*STATUSES, *_sized_names()))
    )
    if archived:
        return strata.env._(
            "Stratum %(stratum)s holds collectivités: it is not archived before its "
            "place is given to others.",
            stratum=archived[0].code,
        )
    living = strata.filtered("active")
    return next(filter(None, (_fault_of_size(living, size) for size in SIZES)), None)


def _sized_names():
    return (f"has_{size}_bounds" for size in SIZES)


def _fault_of_size(strata, size):
    """Tell where the bounds of one size leave a hole, or overlap."""
    sized = strata.filtered(f"has_{size}_bounds").sorted(f"{size}_min")
    expected, before = 0, None
    for stratum in sized:
        low = stratum[f"{size}_min"]
        if before and before[f"{size}_unbounded"] or low < expected:
            return strata.env._(
                "Strata %(first)s and %(second)s both hold %(count)s.",
                first=(before or stratum).code,
                second=stratum.code,
                count=_words(strata.env, size, low),
            )
        if low > expected:
            return _hole(strata.env, size, expected)
        expected, before = stratum[f"{size}_max"] + 1, stratum
    if sized and not before[f"{size}_unbounded"]:
        return _hole(strata.env, size, expected)
    return None


def _hole(env, size, value):
    return env._("No stratum holds %(count)s.", count=_words(env, size, value))


def _words(env, size, value):
    if size == "population":
        return env._("%(count)s inhabitants", count=value)
    return env._("%(count)s agents", count=value)


def has_decided(strata):
    """Tell whether these strata are those of terms in force, past ones included."""
    return bool(
        strata.env["cdg47.convention.term"]
        .sudo()
        .search_count(
            Domain("stratum_id", "in", strata.ids) & Domain("state", "=", "open"),
            limit=1,
        )
    )
