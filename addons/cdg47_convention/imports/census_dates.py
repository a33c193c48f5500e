# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which years the name of a census file tells: that of reference, that in force.

INSEE counts the inhabitants of a year of reference, and what it counts is in force from
1 January three years later: both years stand in the names of its files.
"""

import os
import re

from ..lib.words import spaced

YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
IN_FORCE = re.compile(
    r"(?:vigueur|janvier|\b0?1 0?1)(?: \w+){0,3}? ((?:19|20)\d{2})\b"
    r"|\b((?:19|20)\d{2}) 01 01\b"
)
COUNTED = re.compile(r"\b(populations?|legales?|reference|recensement|donnees|insee)\b")
WORD = re.compile("[a-z]")
EXTENSIONS = re.compile(r"(\.[a-z]{2,4})+$", re.IGNORECASE)
YEARS_TO_FORCE = 3


def year_in_force(filename):
    """Return the year from which the facts of a file are in force, None if unsaid.

    A year alone after « populations légales » is one of reference: it tells nothing.

    :rtype: int | None
    """
    name = _words(filename)
    said = IN_FORCE.search(name)
    if said:
        return int(said[1] or said[2])
    years = _years(name)
    if len(years) == 2 and years[1] - years[0] == YEARS_TO_FORCE:
        return years[1]
    if len(years) != 1 or COUNTED.search(name) or not WORD.search(name):
        return None
    return years[0]


def reference_year(filename):
    """Return the year of reference that a file name tells, None if it tells none.

    :rtype: int | None
    """
    name = _words(filename)
    years = _years(name)
    in_force = year_in_force(filename)
    others = [year for year in years if year != in_force]
    return others[0] if len(others) == 1 else None


def tells_no_year(filename):
    """Tell whether a file name has no year at all."""
    return not _years(_words(filename))


def _words(filename):
    """Return the words of a file name, without its extensions."""
    return spaced(EXTENSIONS.sub("", os.path.basename(filename or "")))


def _years(name):
    return sorted({int(year) for year in YEAR.findall(name)})
