"""Run Odoo's own commands on a database, and read what they log."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pdf
from console import SetupError
from odoo_source import OdooSource
from postgres import Server, binaries
from process import CommandError, run, spawn, stream
from python_env import ODOO_COMMAND, PYTHON
from settings import ADDONS, CONFIG, DATA, LOG, SCRIPTS, addons

_LOADING = re.compile(r"[Ll]oading module (\S+) \((\d+)/(\d+)\)")
_FILE = re.compile(r"odoo\.modules\.loading: loading \w+/\S+")
_PROBLEM = re.compile(r"^\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ")
# Warnings that are not ours to mend. Each with its reason; keep it short.
_EXPECTED = (
    # A given server where we are no superuser: searches are slower, not wrong.
    "PostgreSQL function 'unaccent' is present but not immutable",
    # Debian's wkhtmltopdf says so at every PDF: ours need neither header nor footer.
    "wkhtmltopdf: The switch --header-",
)
_LONGEST_LOG = 5_000_000


@dataclass(frozen=True)
class Odoo:
    """Odoo's command line, set up for this project and one PostgreSQL server."""

    source: OdooSource
    server: Server
    addons_folder: Path = ADDONS

    def command(self, name, *arguments):
        return [PYTHON, ODOO_COMMAND, name, *arguments]

    def environment(self, database, **options):
        """Return the variables from which Odoo reads its settings: above
        ``config/odoo.conf``, below its command line."""
        environment = dict(os.environ)
        # Compiled modules make the second start three times faster.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        folders = (PYTHON.parent, binaries(), pdf.FOLDER, environment.get("PATH", ""))
        environment |= self.server.environment | {
            "PATH": os.pathsep.join(map(str, folders)),
            "PGDATABASE": database,
            "ODOO_RC": str(CONFIG / "odoo.conf"),
            "ODOO_DATA_DIR": str(DATA),
        }
        if paths := self._addons_paths():
            environment["ODOO_ADDONS_PATH"] = ",".join(map(str, paths))
        return environment | {f"ODOO_{name.upper()}": v for name, v in options.items()}

    def _addons_paths(self):
        return [*self.source.addons_paths, *([self.addons_folder] if addons() else [])]

    def install(self, step, database, *arguments, files=0):
        """Install or update add-ons, return the warnings.

        Add-on by add-on is how far it is; with ``files``, file by file: beside a
        hundred that are there already, a new add-on would not show.
        """
        log = LOG / "installation.log"
        start = _size_kept(log)
        last, seen = "", 0

        def follow(line):
            nonlocal last, seen
            if found := _LOADING.search(line):
                last = found[1]
                if not files:
                    step.progress(int(found[2]), int(found[3]))
            elif files and _FILE.search(line):
                seen += 1
                step.progress(seen, files)

        command = self.command("server", "--no-http", "--stop-after-init", *arguments)
        try:
            stream(command, log, follow, env=self.environment(database))
        except CommandError as error:
            raise SetupError(
                f"L'installation s'est arrêtée à « {last or 'base'} », voir "
                f".run/log/installation.log.\n{error.output}"
            ) from error
        return problems(log, start)

    def script(self, database, name, **variables):
        """Run one of our scripts in Odoo's shell, with variables of environment."""
        with (SCRIPTS / name).open() as file:
            return run(
                self.command("shell", "--no-http", "--log-level=warn"),
                stdin=file,
                env=self.environment(database) | variables,
            ).stdout

    def show_script(self, database, path):
        """Run a script of the user's in Odoo's shell, its output shown as it comes."""
        command = self.command("shell", "--no-http", "--log-level=error")
        with (
            path.open() as file,
            spawn(command, stdin=file, env=self.environment(database)) as child,
        ):
            if child.wait():
                raise SetupError(f"{path.name} a échoué.")


def _size_kept(log):
    """Return where a log goes on; one that grew long starts again."""
    if log.exists() and log.stat().st_size > _LONGEST_LOG:
        log.unlink()
    return log.stat().st_size if log.exists() else 0


def problems(log, start=0):
    """Return the warnings and errors of a log from ``start``, but the expected ones."""
    lines = log.read_bytes()[start:].decode("utf-8", "replace").splitlines()
    return [
        line
        for line in lines
        if _PROBLEM.match(line) and not any(known in line for known in _EXPECTED)
    ]
