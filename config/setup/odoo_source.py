"""Find Odoo 19, or fetch it: it is not on the Python package index, but Debian carries
its files.

Only the files are taken, never the Python libraries of that suite of Debian: those are
pinned in ``config/requirements``.
"""

import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import stamps
from console import SetupError
from debian import PrivateApt, broken_links, require_apt, unpack
from settings import ODOO, ODOO_SERIES, RUN

SUITES = ("sid", "bookworm")
PACKAGES = (
    "odoo-19=19.0.0+dfsg-1",
    # Debian replaced copies of these by links, which lead into the same tree here.
    # The icons must be Font Awesome 4: later versions renamed most of them.
    "fonts-font-awesome/bookworm",
    "fonts-roboto-unhinted/bookworm",
    "fonts-inconsolata/bookworm",
    "fonts-ocr-b/bookworm",
    "fonts-montserrat/sid",
    "libjs-jquery/bookworm",
    "libjs-jquery-form/bookworm",
    "libjs-underscore/bookworm",
)
# Debian left out the library that blurs the background of video calls, but the back
# office still loads it: without a file, each page starts by an error.
_LEFT_OUT = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
_PACKAGE_ROOT = Path("usr/lib/python3/dist-packages")


@dataclass(frozen=True)
class OdooSource:
    """A copy of Odoo: the folder that makes ``odoo`` importable, and a name that
    changes with its content."""

    root: Path
    key: str

    @property
    def addons_paths(self):
        """A checkout keeps most add-ons beside the package, not inside."""
        beside = self.root / "addons"
        return [beside] if (beside / "web").is_dir() else []


def find(step):
    """Return the Odoo to use: the one given, the one installed, or the one fetched."""
    return _from_environment() or _from_python() or _fetched(step)


def _from_environment():
    given = os.environ.get("ODOO_PATH")
    if not given:
        return None
    root = Path(given).expanduser().resolve()
    if _series(root) != ODOO_SERIES:
        raise SetupError(f"ODOO_PATH={given} n'est pas une copie d'Odoo {ODOO_SERIES}.")
    return OdooSource(root, stamps.digest(str(root), root / "odoo/release.py"))


def _from_python():
    spec = importlib.util.find_spec("odoo")
    for folder in (spec and spec.submodule_search_locations) or ():
        root = Path(folder).resolve().parent
        if _series(root) == ODOO_SERIES:
            return OdooSource(root, stamps.digest(str(root), root / "odoo/release.py"))
    return None


def _fetched(step):
    key = stamps.digest(*PACKAGES, _LEFT_OUT)
    if not (stamps.is_current("odoo", key) and (ODOO / _PACKAGE_ROOT).is_dir()):
        _fetch(step)
        stamps.write("odoo", key)
    return OdooSource(ODOO / _PACKAGE_ROOT, key)


def _fetch(step):
    require_apt(
        "Odoo 19 est introuvable et cette machine n'a pas apt ; indiquez une copie de "
        "la branche 19.0 : make run ODOO_PATH=/chemin/vers/odoo"
    )
    draft = RUN / "odoo.new"
    shutil.rmtree(draft, ignore_errors=True)
    archives = RUN / "apt" / f"archives-{stamps.digest(*PACKAGES)}"
    PrivateApt(*SUITES).download(PACKAGES, archives, step)
    unpack(archives.glob("*.deb"), draft)
    shutil.rmtree(archives)
    left_out = draft / _PACKAGE_ROOT / _LEFT_OUT
    left_out.parent.mkdir(parents=True, exist_ok=True)
    left_out.write_text("/* Not in Debian: no background blur in video calls. */\n")
    if broken := broken_links(draft):
        raise SetupError(f"Fichiers d'Odoo incomplets : {broken[0].name}")
    shutil.rmtree(ODOO, ignore_errors=True)
    draft.rename(ODOO)


def _series(root):
    """Return the series that ``root/odoo/release.py`` declares, read without running
    it."""
    release = root / "odoo" / "release.py"
    if not release.is_file():
        return None
    found = re.search(
        r"^version_info = \((\d+), (\d+)", release.read_text(), re.MULTILINE
    )
    return ".".join(found.groups()) if found else None
