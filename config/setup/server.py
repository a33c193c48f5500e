"""Serve the application in the foreground, and stop it from elsewhere."""

import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from contextlib import contextmanager

from console import SetupError
from process import alive, command_line, spawn, tail, wait_until
from settings import LOG, RUN, http_interface, http_port

_LOG_FILE = LOG / "odoo.log"
# Longest wait for the first page, which compiles styles and scripts.
_PATIENCE = 180


def address():
    return f"http://127.0.0.1:{http_port()}"


def require_free_port():
    """Say who holds the port, before any work is done in vain."""
    if _running_pid(_pid_file()):
        raise SetupError(
            f"Le projet tourne déjà sur {address()} ; « make stop » l'arrête."
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((http_interface(), http_port()))
        except OSError as error:
            raise SetupError(
                f"Le port {http_port()} est déjà pris par un autre programme ; "
                f"choisissez-en un autre : make run HTTP_PORT={http_port() + 1}"
            ) from error


@contextmanager
def running(odoo, database):
    """Run Odoo for the time of the block."""
    environment = odoo.environment(
        database,
        http_port=str(http_port()),
        http_interface=http_interface(),
        logfile=str(_LOG_FILE),
    )
    _LOG_FILE.parent.mkdir(parents=True, exist_ok=True)
    _set_base_url(odoo, database)
    # In a session of its own: Ctrl-C reaches us only, and we stop it in order.
    options = {"start_new_session": True, "stdin": subprocess.DEVNULL}
    with _LOG_FILE.open("a") as log:
        options |= {"stdout": log, "stderr": log}
        with spawn(odoo.command("server"), env=environment, **options) as child:
            _pid_file().write_text(str(os.getpid()))
            try:
                yield child
            finally:
                _pid_file().unlink(missing_ok=True)


def _set_base_url(odoo, database):
    """Tell Odoo its own address: the PDF find their styles there, the mails link to it.

    Left alone, Odoo learns it when the administrator signs in.
    """
    odoo.server.sql(
        f"UPDATE ir_config_parameter SET value = 'http://127.0.0.1:{http_port()}' "
        "WHERE key = 'web.base.url'",
        database,
    )


def wait_for_login(child):
    wait_until(lambda: child.poll() is not None or _login_answers(), _PATIENCE)
    if child.poll() is not None or not _login_answers():
        raise SetupError(
            f"Odoo n'a pas démarré, voir .run/log/odoo.log.\n{tail(_LOG_FILE)}"
        )


def stop():
    """Stop the servers of the project; return whether there was one."""
    pids = [pid for path in RUN.glob("server-*.pid") if (pid := _running_pid(path))]
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
        if not wait_until(lambda pid=pid: not alive(pid), seconds=30):
            raise SetupError(f"Le serveur (processus {pid}) ne s'arrête pas.")
    return bool(pids)


def _pid_file():
    return RUN / f"server-{http_port()}.pid"


def _running_pid(path):
    """Return the process of `make run`, or nothing where the file is a leftover."""
    try:
        pid = int(path.read_text())
    except (OSError, ValueError):
        return None
    return pid if alive(pid) and "setup" in command_line(pid) else None


def _login_answers():
    try:
        with urllib.request.urlopen(f"{address()}/web/login", timeout=30) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
