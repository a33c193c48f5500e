"""An upgrade, tried on a year played by the former version of our add-ons.

The former version plays its own year story, kept this time; the version of today
updates its database. What was invoiced, signed and used must still be there, the
ledger must replay, and nothing may warn.
"""

import json
import shutil
import subprocess
from dataclasses import replace

import provision
from console import SetupError
from database import Databases
from settings import ROOT, RUN, addons

_DATABASE = "cdg47_upgrade"
_FORMER = RUN / "upgrade"
_PLAYED = (
    "account_move", "account_move_line", "sale_order", "sale_order_line",
    "account_analytic_line", "helpdesk_ticket", "event_event", "event_registration",
)  # fmt: skip
# When a row was last touched says nothing of what it says.
_UNTOLD = "{write_date,write_uid}"


def faults(odoo, steps, revision):
    """Return what an upgrade from a revision lost, changed or warned of.

    :param str revision: of git, the version to upgrade from
    """
    databases = Databases(odoo.server)
    try:
        with steps.step(f"Version {revision}") as step:
            former = _former(odoo, revision)
            base = provision.base_template(odoo, step)
            databases.drop(_DATABASE)
            databases.copy(base, _DATABASE)
            former.install(step, _DATABASE, "--init", ",".join(addons()))
        with steps.step("Une année jouée"):
            former.script(_DATABASE, "play_year.py", YEAR_STORY=str(_FORMER / "tests"))
            before = _rows(odoo)
        with steps.step("Mise à jour") as step:
            warnings = odoo.install(
                step, _DATABASE, "--i18n-overwrite", "--update", ",".join(addons())
            )
            after = _rows(odoo)
        with steps.step("Le registre rejoué"):
            replayed = json.loads(odoo.script(_DATABASE, "replay_ledger.py"))
        count = sum(len(rows) for rows in before.values())
        with steps.step(f"{count} lignes de {len(before)} tables comparées"):
            return [*warnings, *replayed, *_changes(before, after)]
    finally:
        databases.drop(_DATABASE)


def _former(odoo, revision):
    """Unpack the add-ons of a revision, with the tests that play its year."""
    shutil.rmtree(_FORMER, ignore_errors=True)
    _FORMER.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "archive", revision, "addons", "tests"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if archive.returncode:
        raise SetupError(f"« {revision} » n'est pas une version connue de git.")
    subprocess.run(["tar", "xf", "-"], cwd=_FORMER, input=archive.stdout, check=True)
    return replace(odoo, addons_folder=_FORMER / "addons")


def _rows(odoo):
    """Return what the tables of a played year say, row by row."""
    ours = odoo.server.sql(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^cdg47_' "
        "AND relname NOT LIKE '%\\_rel' ORDER BY relname",
        _DATABASE,
    ).split()
    transient = odoo.server.sql(
        "SELECT replace(model, '.', '_') FROM ir_model WHERE transient", _DATABASE
    ).split()
    found = {}
    for table in sorted({*_PLAYED, *ours} - {*transient}):
        rows = odoo.server.sql(
            f"SELECT to_jsonb(t) - '{_UNTOLD}'::text[] FROM {table} t "
            "WHERE create_uid IS NOT NULL",
            _DATABASE,
        )
        found[table] = {
            row["id"]: row for row in map(json.loads, rows.splitlines()) if row
        }
    return found


def _changes(before, after):
    """Return what is no more, or says something else; new columns are no change."""
    for table, rows in before.items():
        if table not in after:
            yield f"{table} : la table n'est plus là ({len(rows)} lignes)"
            continue
        lost = rows.keys() - after[table].keys()
        if lost:
            yield f"{table} : {len(lost)} ligne(s) perdue(s)"
        changed = {}
        for key in rows.keys() - lost:
            new = after[table][key]
            for column, value in rows[key].items():
                if column not in new or new[column] != value:
                    changed.setdefault(column, []).append((value, new.get(column)))
        for column, values in changed.items():
            old, new = values[0]
            yield f"{table}.{column} : {len(values)} ligne(s), ex. {old!r} → {new!r}"
