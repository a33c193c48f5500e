"""Where things are and what the environment asks for."""

import os
import re
import shutil
from pathlib import Path

from console import SetupError

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
REQUIREMENTS = CONFIG / "requirements"
SCRIPTS = Path(__file__).parent / "scripts"
ADDONS = ROOT / "addons"

# Everything that the commands produce; ignored by git, removed by `make clean`.
RUN = ROOT / ".run"
ODOO = RUN / "odoo"
VENV = RUN / "venv"
POSTGRES = RUN / "pg"
DATA = RUN / "data"
LOG = RUN / "log"
STAMPS = RUN / "stamps"

ODOO_SERIES = "19.0"


def require_place(gigabytes):
    """Say that the project's folder has no room for what is to come, or a name that
    cannot serve."""
    if found := re.search("[,:]", str(ROOT)):
        # Odoo separates folders by the first, the system by the second.
        raise SetupError(
            f"Le nom du dossier {ROOT} contient « {found[0]} » : renommez-le."
        )
    free = _free_gigabytes()
    if free < gigabytes:
        left = f"{free:.1f}".replace(".", ",")
        raise SetupError(
            f"Il faut {gigabytes} Go libres dans {ROOT}, il en reste {left}."
        )


def require_ours():
    """Say whose `.run` is, where it is not ours: two accounts would take its files,
    PostgreSQL's first, from one another."""
    if RUN.exists() and RUN.stat().st_uid != os.geteuid():
        raise SetupError(
            f"{RUN} est au compte « {_owner(RUN)} » : lancez la commande sous ce "
            "compte, ou effacez d'abord ce dossier (« make clean » sous ce compte, ou "
            "en administrateur)."
        )


def _owner(path):
    try:
        return path.owner()
    except KeyError:
        return str(path.stat().st_uid)


def is_full():
    """Tell whether what failed may have failed for want of room."""
    return _free_gigabytes() < 0.1


def _free_gigabytes():
    return shutil.disk_usage(ROOT).free / 10**9


def addons():
    """Return the names of our add-ons."""
    return sorted(path.parent.name for path in ADDONS.glob("*/__manifest__.py"))


def http_port():
    value = os.environ.get("HTTP_PORT") or "8069"
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise SetupError(f"HTTP_PORT doit être un numéro de port, pas « {value} ».")
    return int(value)


def http_interface():
    """Return the network address to listen on, this machine's only by default."""
    return os.environ.get("HTTP_INTERFACE") or "127.0.0.1"


def database_name():
    value = os.environ.get("DB_NAME") or "cdg47"
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,39}", value):
        raise SetupError(
            f"DB_NAME « {value} » : lettres, chiffres, « _ » et « - », 40 au plus."
        )
    return value
