"""What comes from Debian: files unpacked without root, tools installed with it.

The files are fetched by `apt-get` with a private state, from the mirror that the
machine already uses: its own list of packages is neither read nor changed, and no
mirror is named in the project.
"""

import os
import re
import shutil
import threading
from functools import cache
from pathlib import Path

from console import SetupError
from process import CommandError, run, stream, watching
from settings import LOG, RUN

APT = RUN / "apt"
_LINES_OF_ERROR = 8
_ASKING = threading.Lock()
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_RELEASE = Path("/etc/os-release")
# A browser under any of the names that Odoo looks for.
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_TEST_TOOLS = {
    "chromium": _CHROMIUM,
    "git": ("git",),
    "libreoffice-calc-nogui": ("soffice",),
}


class PrivateApt:
    """An `apt-get` that knows the given suites and writes below ``.run/apt`` only."""

    def __init__(self, *suites):
        self.suites = suites
        self.home = APT / "-".join(suites or ("machine",))

    def download(self, packages, folder, step=None):
        """Download packages (``name``, ``name=version`` or ``name/suite``)."""
        self._update()
        folder.mkdir(parents=True, exist_ok=True)
        total = self._total_size(packages)
        with watching(lambda: step and step.progress(_size(folder), total)):
            self._apt("download", *packages, cwd=folder)

    def download_closure(self, package, folder, without):
        """Download a package with all that it depends on, as on a machine that has
        nothing, but the packages whose names start by one of ``without``."""
        self._update()
        listing = self._apt(
            "--no-install-recommends",
            "--print-uris",
            "install",
            package,
        )
        names = [
            line.split()[1].partition("_")[0]
            for line in listing.splitlines()
            if line[:1] == "'"
        ]
        kept = [name for name in names if not name.startswith(without)]
        self.download(kept, folder)

    def mirror(self):
        """Return the address of the machine's Debian mirror."""
        listing = self._apt(
            "indextargets",
            "--format",
            "$(REPO_URI) $(RELEASE)",
            "Created-By: Packages",
        )
        for line in listing.splitlines():
            address, _, release = line.partition(" ")
            if not release.endswith("-security"):
                return address
        raise SetupError(
            "Aucun miroir Debian n'est configuré sur cette machine ; indiquez un Odoo "
            "19 existant : make run ODOO_PATH=/chemin/vers/odoo"
        )

    def _update(self):
        for name in ("lists/partial", "cache/archives/partial", "sources"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        if self.suites:
            mirror = machine_mirror()
            lines = [f"deb {mirror} {suite} main\n" for suite in self.suites]
            (self.home / "sources.list").write_text("".join(lines))
            (self.home / "status").touch()
        self._apt("update")

    def _total_size(self, packages):
        listing = self._apt("--print-uris", "download", *packages)
        sizes = (line.split()[2] for line in listing.splitlines() if line[:1] == "'")
        return sum(int(size) for size in sizes)

    def _apt(self, *arguments, cwd=None):
        options = {
            "Dir::State::Lists": self.home / "lists",
            "Dir::Cache": self.home / "cache",
            # Images of Debian for containers turn this cache off: reading all the lists
            # again would take seconds at each call.
            "Dir::Cache::pkgcache": self.home / "cache" / "pkgcache.bin",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        if self.suites:
            options["Dir::Etc::sourcelist"] = self.home / "sources.list"
            options["Dir::Etc::sourceparts"] = self.home / "sources"
            # What the machine has installed must not weigh on what is chosen.
            options["Dir::State::status"] = self.home / "status"
            options["Debug::NoLocking"] = "1"
        words = [f"-o{name}={value}" for name, value in options.items()]
        try:
            return run(["apt-get", "-qq", *words, *arguments], cwd=cwd).stdout
        except CommandError as error:
            reasons = error.output.splitlines()[:_LINES_OF_ERROR]
            raise SetupError(
                "Le téléchargement depuis le miroir Debian a échoué :\n"
                + "\n".join(reasons)
            ) from error


def require_apt(what):
    """Say what is missing where the machine is no Debian."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise SetupError(what)


def machine_mirror():
    """Return the machine's mirror, asked once even by several threads."""
    with _ASKING:
        return _find_mirror()


@cache
def _find_mirror():
    """Read it from the machine's own lists or, where it never fetched them, from a
    private copy; another system names one."""
    if address := os.environ.get("DEBIAN_MIRROR"):
        return f"[signed-by={_KEYRING}] {address}"
    if _is_another_system():
        raise SetupError(
            "Cette machine n'est pas une Debian, d'où viennent Odoo et ses documents : "
            "installez son trousseau (sudo apt-get install debian-archive-keyring) et "
            "nommez un de ses miroirs, make run DEBIAN_MIRROR=https://…/debian"
        )
    listing = run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    ).stdout
    for address in listing.splitlines():
        if "security" not in address:
            return address
    private = PrivateApt()
    private._update()
    return private.mirror()


def _is_another_system():
    """Tell whether the system only resembles Debian, as Ubuntu does."""
    return not re.search("^ID=debian$", _RELEASE.read_text("utf-8"), re.MULTILINE)


def unpack(archives, folder):
    for archive in archives:
        run(["dpkg", "-x", archive, folder])


def broken_links(folder):
    paths = Path(folder).rglob("*")
    return [path for path in paths if path.is_symlink() and not path.exists()]


def install_test_tools():
    """Install what only the system can give to the tests, as root; otherwise name the
    command."""
    missing = [
        package
        for package, programs in _TEST_TOOLS.items()
        if not any(map(shutil.which, programs))
    ]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _apt_install(missing)
    elif missing:
        command = f"sudo apt-get install -y --no-install-recommends {' '.join(missing)}"
        raise SetupError(f"Les tests ont besoin d'autres outils : {command}")


def _apt_install(packages):
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    options = {
        "log": LOG / "apt.log",
        "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    }
    try:
        stream(command, **options)
    except CommandError:
        # Usual cause: lists never fetched, or older than the mirror.
        stream(["apt-get", "update"], **options)
        stream(command, **options)


def _size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
