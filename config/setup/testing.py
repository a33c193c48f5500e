"""Run the tests on fresh copies of their template, and accept neither a skipped test
nor a warning.

The whole suite runs in two processes: each has a database of its own, and
`pytest-odoo` takes a free port for each. What the first says is shown as it comes, what
the others say after it.
"""

import os
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import provision
import sharing
from console import SetupError
from database import Databases
from odoo_cli import Odoo
from process import alive, spawn
from python_env import PYTHON
from results import Results
from settings import CONFIG, LOG, ROOT, RUN

_PREFIX = "cdg47_tests_"
_SETUP = ROOT / "tests" / "setup"
_WEBSITE = ROOT / "tests" / "website"
_SECONDS = RUN / "tests.json"
_WEBSITE_NAME = "tests/website"
# The website's modules are installed before its tests: about a minute.
_WEBSITE_SECONDS = 60
# A short file that takes long: known before its first run.
_LONG = {"tests/careless/test_careless.py": 300}
_PROCESSES = 2
ONLY_WHOLE = "seulement pour la suite entière"


@dataclass(frozen=True)
class Portion:
    """One run of pytest: its number among those of a command gives it its files."""

    odoo: Odoo
    number: int
    paths: list
    database: str | None = None

    @property
    def log(self):
        return self._file("log")

    @property
    def junit(self):
        return self._file("xml")

    @property
    def output(self):
        return self._file("txt")

    def _file(self, extension):
        suffix = f"-{self.number}" if self.number > 1 else ""
        return LOG / f"tests{suffix}.{extension}"

    @contextmanager
    def running(self, **options):
        """Run it for the time of the block."""
        environment = dict(os.environ)
        if self.database:
            environment = self.odoo.environment(
                self.database,
                logfile=str(self.log),
                screenshots=str(LOG / "screenshots"),
            )
        with spawn(self.command, cwd=ROOT, env=environment, **options) as child:
            yield child

    @property
    def command(self):
        command = [PYTHON, "-m", "pytest", f"--junit-xml={self.junit}"]
        if not self.database:
            return [*command, "-p", "no:odoo", *self.paths]
        return [
            *command,
            f"--odoo-config={CONFIG / 'odoo.conf'}",
            f"--odoo-database={self.database}",
            "--odoo-log-level=warn",
            "--odoo-http",
            *self.paths,
        ]


def run(odoo, template, steps):
    """Run the tests, or those that ARGS chooses; return what they found."""
    LOG.mkdir(parents=True, exist_ok=True)
    for path in LOG.glob("tests*.*"):
        path.unlink()
    results = Results()
    if is_whole():
        _run_all(odoo, template, steps, results)
        return results
    with steps.step("Tests"):
        _run_selection(odoo, template, results, _arguments())
    with steps.step("Tests à côté d'un site public d'Odoo") as step:
        step.done = ONLY_WHOLE
    return results


def is_whole():
    """Tell whether ARGS chooses no tests."""
    return not _arguments()


def _arguments():
    return shlex.split(os.environ.get("ARGS", ""))


@contextmanager
def temporary_copy(odoo, template, number=1):
    """Give a database of our own, so that two runs never meet.

    :param int number: of the copy, for a command that needs several at a time
    """
    databases = Databases(odoo.server)
    for left in databases.names(_PREFIX):
        if not alive(owner(left)):
            databases.drop(left)
    name = f"{_PREFIX}{os.getpid()}_{number}"
    databases.copy(template, name)
    try:
        yield name
    finally:
        databases.drop(name)


def owner(name):
    """Return the process that made a copy.

    >>> owner("cdg47_tests_123_2"), owner("cdg47_tests_123")
    (123, 123)
    """
    return int(name.removeprefix(_PREFIX).partition("_")[0])


def processes():
    value = os.environ.get("TEST_PROCESSES") or str(_PROCESSES)
    if not value.isdigit() or not 0 < int(value) < 10:
        raise SetupError(f"TEST_PROCESSES va de 1 à 9, pas « {value} ».")
    return int(value)


def _run_selection(odoo, template, results, arguments):
    given = [ROOT / word.partition("::")[0] for word in arguments]
    given = [path.resolve() for path in given if path.exists()]
    # A path given by the caller replaces ours.
    paths = arguments if given else [*arguments, *_test_folders()]
    if given and all(path.is_relative_to(_SETUP) for path in given):
        _run_one(Portion(odoo, 1, paths), results, "tests")
        return
    with temporary_copy(odoo, template) as name:
        _run_one(Portion(odoo, 1, paths, name), results, "tests")


def _run_all(odoo, template, steps, results):
    known = sharing.read(_SECONDS)
    files = _test_files()
    shares = sharing.share_out(
        sharing.weights(files, known)
        | {n: s for n, s in _LONG.items() if n not in known},
        processes(),
        first=known.get(_WEBSITE_NAME, _WEBSITE_SECONDS),
    )
    shares = [share for share in shares if share]
    with ExitStack() as copies:
        names = [
            copies.enter_context(temporary_copy(odoo, template, number))
            for number in range(1, len(shares) + 2)
        ]
        first, *others = [
            Portion(odoo, number, share, names[number - 1])
            for number, share in enumerate(shares, 1)
        ]
        beside = Portion(odoo, len(names), [_WEBSITE], names[-1])
        with background(others) as children:
            with steps.step("Tests"):
                _run_one(Portion(odoo, len(names) + 1, [_SETUP]), results, "config")
                _run_one(first, results, "processus 1")
            known[_WEBSITE_NAME] = _run_website(beside, steps, results)
            for portion, child in zip(others, children, strict=True):
                code = child.wait()
                _show(portion)
                label = f"processus {portion.number}"
                results.add(label, code, portion.junit, portion.log)
    sharing.write(_SECONDS, known | results.seconds_of(files))


def _run_one(portion, results, label):
    with portion.running() as child:
        code = child.wait()
    results.add(label, code, portion.junit, portion.log)


def _run_website(portion, steps, results):
    """Run the tests of what a website of Odoo's shows besides; return the seconds.

    None of our add-ons depends on it: it is installed on a copy of its own.
    """
    start = time.monotonic()
    with steps.step("Tests à côté d'un site public d'Odoo") as step:
        provision.install(portion.odoo, portion.database, step, ["website_event"])
        _run_one(portion, results, "site public")
    return time.monotonic() - start


@contextmanager
def background(portions):
    """Run portions beside what the block does, their output kept for later; all have
    ended on leaving it, even by Ctrl-C."""
    with ExitStack() as stack:
        children = []
        for portion in portions:
            output = stack.enter_context(portion.output.open("wb"))
            options = {"stdout": output, "stderr": subprocess.STDOUT}
            options["stdin"] = subprocess.DEVNULL
            children.append(stack.enter_context(portion.running(**options)))
        yield children


def _show(portion):
    with portion.output.open(errors="replace") as file:
        shutil.copyfileobj(file, sys.stdout)
    sys.stdout.flush()


def _test_folders():
    """Return the folders that hold tests; the benchmarks are no tests."""
    folders = [*sorted(ROOT.glob("addons/*/tests")), ROOT / "tests"]
    return [folder for folder in folders if list(folder.glob("test_*.py"))]


def _test_files():
    """Return the size of each test file, under its path from the root."""
    return {
        path.relative_to(ROOT).as_posix(): path.stat().st_size
        for folder in _test_folders()
        for path in folder.rglob("test_*.py")
        if not {_SETUP, _WEBSITE} & set(path.parents)
    }
