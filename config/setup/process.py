"""Child processes that never outlive the command that started them."""

import ctypes
import os
import shutil
import signal
import subprocess
import threading
import time
from contextlib import contextmanager

from console import SetupError

_PR_SET_PDEATHSIG = 1


def die_with_parent():
    """Ask Linux to end this process when its parent dies, even by ``kill -9``.

    Without it a killed `make` leaves a server that keeps the port, or an
    installation that keeps writing while the next call repairs the database.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _bound(command):
    """Return the command, asked to end with us where the system knows how."""
    prefix = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()
    return [*prefix, *(str(word) for word in command)]


def run(command, *, check=True, **options):
    """Run a short command and return it completed, output captured."""
    options.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run(
        _bound(command), capture_output=True, text=True, check=False, **options
    )
    if check and done.returncode:
        raise CommandError(command, done.returncode, done.stderr + done.stdout)
    return done


def stream(command, log, on_line=None, **options):
    """Run a long command, copy its output to the file ``log``, and hand each line to
    ``on_line``. Raise when it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    options.setdefault("stdin", subprocess.DEVNULL)
    with (
        log.open("a", encoding="utf-8") as file,
        spawn(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            **options,
        ) as child,
    ):
        for line in child.stdout:
            file.write(line)
            file.flush()
            if on_line:
                on_line(line)
        code = child.wait()
    if code:
        raise CommandError(command, code, tail(log))


@contextmanager
def spawn(command, **options):
    """Start a command and make sure that it has ended on leaving the block."""
    child = subprocess.Popen(_bound(command), **options)
    try:
        yield child
    finally:
        end(child)


def end(child, patience=15):
    """Stop a child politely, then by force."""
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@contextmanager
def watching(measure, interval=0.5):
    """Call ``measure`` regularly while the block runs."""
    stop = threading.Event()

    def loop():
        while not stop.wait(interval):
            measure()

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def alive(pid):
    """Tell whether ``pid`` runs; a process of another user counts."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def command_line(pid):
    """Return the command line of ``pid``, or nothing where it cannot be read."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def wait_until(condition, seconds, interval=0.2):
    """Return whether ``condition`` came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True


def tail(path):
    return _end_of(path.read_text("utf-8", "replace"))


def _end_of(text, lines=15):
    return "\n".join(text.splitlines()[-lines:])


class CommandError(SetupError):
    """A command failed: its name, and the end of what it said."""

    def __init__(self, command, code, output):
        self.output = output
        words = " ".join(str(word) for word in command[:3])
        super().__init__(f"« {words} … » a échoué (code {code}).\n{_end_of(output)}")
