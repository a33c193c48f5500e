"""Check or update the catalogues of one add-on; the faults are printed as JSON.

Usage: catalogue.py (check|update) <addon folder> <exported .pot>
"""

import json
import re
import sys
from pathlib import Path

import polib

_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sdif]|\{\w*\}")
_HEADER = {
    "Language": "fr",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n > 1);",
}


def check(folder, exported):
    """Return the faults of the committed catalogues."""
    template = folder / "i18n" / f"{folder.name}.pot"
    french = folder / "i18n" / "fr.po"
    for path in (template, french):
        if not path.exists():
            return [f"{_short(path)} manque ; « make i18n » l'écrit"]
    terms = _terms(exported)
    return [
        *_differences(template, terms, _terms(polib.pofile(template))),
        *_differences(french, terms, _terms(polib.pofile(french))),
        *(fault for entry in polib.pofile(french) for fault in _faults(french, entry)),
    ]


def update(folder, exported):
    """Write both catalogues, and return the terms left to translate."""
    path = folder / "i18n" / "fr.po"
    known = {}
    if path.exists():
        known = {entry.msgid_with_context: entry for entry in polib.pofile(path)}
    path.parent.mkdir(exist_ok=True)
    exported.save(path.with_name(f"{folder.name}.pot"))
    french = polib.POFile(wrapwidth=exported.wrapwidth)
    french.header = exported.header
    french.metadata = exported.metadata | _HEADER
    for entry in exported:
        old = known.get(entry.msgid_with_context)
        if old and not old.fuzzy:
            entry.msgstr = old.msgstr
        french.append(entry)
    french.save(path)
    return [
        f"{_short(path)} : « {e.msgid} » à traduire" for e in french if not e.msgstr
    ]


def _terms(catalogue):
    return {entry.msgid for entry in catalogue if not entry.obsolete}


def _differences(path, wanted, found):
    for term in sorted(wanted - found):
        yield f"{_short(path)} : « {term} » manque ; lancez « make i18n »"
    for term in sorted(found - wanted):
        yield f"{_short(path)} : « {term} » n'existe plus ; lancez « make i18n »"


def _faults(path, entry):
    where = f"{_short(path)}:{entry.linenum} : « {entry.msgid} »"
    if entry.fuzzy:
        yield f"{where} est à relire (fuzzy)"
    if any(place.startswith("code:") for place, _line in entry.occurrences) and (
        "odoo-python" not in entry.comment and "odoo-javascript" not in entry.comment
    ):
        # Without this mark, Odoo does not translate what the code says.
        yield f"{where} n'est pas marqué « odoo-python » ; lancez « make i18n »"
    if not entry.msgstr:
        yield f"{where} n'est pas traduit"
    elif _placeholders(entry.msgid) != _placeholders(entry.msgstr):
        yield f"{where} n'a pas les mêmes variables que sa traduction"


def _placeholders(text):
    return sorted(_PLACEHOLDER.findall(text))


def _short(path):
    return "/".join(path.parts[-3:])


if __name__ == "__main__":
    # The width of Odoo's own exports; without their date, which would change each file
    # at each export.
    source = polib.pofile(sys.argv[3], wrapwidth=78)
    for name in ("POT-Creation-Date", "PO-Revision-Date"):
        source.metadata.pop(name, None)
    action = {"check": check, "update": update}[sys.argv[1]]
    json.dump(action(Path(sys.argv[2]), source), sys.stdout)
