"""Find Odoo 19, or fetch it: it is not on the Python package index, but Debian carries
its files.

Only the files are taken, never the Python libraries of that suite of Debian: those are
pinned in ``config/requirements``.
"""

import gzip
import importlib.util
import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import stamps
from console import SetupError, say
from debian import PrivateApt, broken_links, require_apt, unpack
from process import CommandError, run
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
# Where the copy comes from: its package and version, or its address and commit.
_ORIGIN = ODOO / "origin"
# Another address: the variable ODOO_GIT.
ODOO_GIT = "https://github.com/odoo/odoo.git"


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
    """Return the Odoo to use: the one given, the one installed, or the one fetched.

    :raise SetupError: it does not run on this Python
    """
    source = _from_environment() or _from_python() or _fetched(step)
    _check_python(source.root)
    return source


def is_here():
    """Tell whether a copy was given, or fetched once."""
    return bool(os.environ.get("ODOO_PATH")) or _ORIGIN.is_file()


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
    if not (stamps.is_current("odoo", key) and _ORIGIN.is_file()):
        _fetch(step)
        stamps.write("odoo", key)
    root = ODOO / _PACKAGE_ROOT
    return OdooSource(
        root if root.is_dir() else ODOO, stamps.digest(key, _ORIGIN.read_text())
    )


def _fetch(step):
    """Bring Odoo from the first place that has it, and record which one."""
    draft = RUN / "odoo.new"
    reasons = []
    for link in (_pinned, _newest, _cloned):
        shutil.rmtree(draft, ignore_errors=True)
        try:
            origin = link(draft, step)
        except SetupError as error:
            reasons.append(str(error))
            continue
        (draft / _ORIGIN.name).write_text(origin)
        shutil.rmtree(ODOO, ignore_errors=True)
        draft.rename(ODOO)
        if reasons:
            say(f"      Odoo vient d'ailleurs que prévu : {origin}")
        return
    raise SetupError(
        "Odoo 19 est introuvable ; indiquez une copie de la branche 19.0 : "
        "make run ODOO_PATH=/chemin/vers/odoo\n" + "\n".join(reasons)
    )


def _pinned(draft, step):
    """The version that the project is tried with."""
    _unpack_packages(PACKAGES, SUITES, draft, step)
    return PACKAGES[0]


def _newest(draft, step):
    """Debian's unstable suite keeps one version only: the next one replaces ours."""
    packages = [package.partition("=")[0] for package in PACKAGES]
    _unpack_packages(packages, SUITES, draft, step)
    return f"odoo-19 {_version(draft)}"


def _cloned(draft, step):
    """The branch of the editor, where security fixes come first."""
    if not shutil.which("git"):
        raise SetupError("git n'est pas installé.")
    address = os.environ.get("ODOO_GIT") or ODOO_GIT
    try:
        options = ["--depth=1", f"--branch={ODOO_SERIES}", "--single-branch"]
        run(["git", "clone", "--quiet", *options, address, draft])
    except CommandError as error:
        raise SetupError(f"{address} : {error.output.strip()}") from error
    commit = run(["git", "-C", draft, "rev-parse", "HEAD"]).stdout.strip()
    return f"{address} {commit}"


def _version(draft):
    """Return the version of the unpacked package, from its own change log."""
    found = next(draft.glob("usr/share/doc/odoo-19/changelog.Debian.gz"), None)
    if not found:
        return "version inconnue"
    with gzip.open(found, "rt") as file:
        return file.readline().split("(")[-1].partition(")")[0]


def _unpack_packages(packages, suites, draft, step):
    require_apt("Cette machine n'a pas apt.")
    archives = RUN / "apt" / f"archives-{stamps.digest(*packages)}"
    PrivateApt(*suites).download(packages, archives, step)
    unpack(archives.glob("*.deb"), draft)
    shutil.rmtree(archives)
    left_out = draft / _PACKAGE_ROOT / _LEFT_OUT
    left_out.parent.mkdir(parents=True, exist_ok=True)
    left_out.write_text("/* Not in Debian: no background blur in video calls. */\n")
    if broken := broken_links(draft):
        raise SetupError(f"Fichiers d'Odoo incomplets : {broken[0].name}")


def _check_python(root):
    """Odoo says the newest Python it runs on: on another it fails in its middle."""
    newest = _declared(root, "MAX_PY_VERSION")
    if newest and sys.version_info[:2] > newest:
        wanted = "python{}.{}".format(*newest)
        raise SetupError(
            "Cet Odoo ne tourne pas sur Python {}.{}. ".format(*sys.version_info)
            + f"Installez {wanted} (paquets {wanted} et {wanted}-venv), puis nommez-le "
            f": make run PYTHON={wanted}"
        )


def _series(root):
    found = _declared(root, "version_info")
    return "{}.{}".format(*found) if found else None


def _declared(root, name):
    """Return the two first numbers that ``root/odoo/release.py`` gives to a name, read
    without running it.

    :rtype: tuple[int, int] or None
    """
    release = root / "odoo" / "release.py"
    if not release.is_file():
        return None
    found = re.search(rf"^{name} = \((\d+), (\d+)", release.read_text(), re.MULTILINE)
    return tuple(map(int, found.groups())) if found else None
