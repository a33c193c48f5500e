"""Run the tests on a fresh copy of their template, and accept neither a skipped test
nor a warning."""

import os
import shlex
import xml.etree.ElementTree as ET
from contextlib import contextmanager

import provision
from console import fail, say
from database import Databases
from odoo_cli import problems
from process import alive, spawn
from python_env import PYTHON
from settings import CONFIG, LOG, ROOT

_PREFIX = "cdg47_tests_"
_LOG_FILE = LOG / "tests.log"
_RESULTS = LOG / "tests.xml"


def run(odoo, template):
    """Run pytest; return its exit code, or 1 for what we refuse besides."""
    paths = _test_folders()
    if not paths:
        say("0 passed, 0 failed")
        return 0
    with temporary_copy(odoo, template) as name:
        return _pytest(odoo, name, paths)


def run_with_website(odoo, template, step):
    """Run the tests of what a website of Odoo's shows besides; return an exit code.

    None of our add-ons depends on it: it is installed on a copy of its own.
    """
    with temporary_copy(odoo, template) as name:
        provision.install(odoo, name, step, ["website_event"])
        return _pytest(odoo, name, [ROOT / "tests" / "website"])


def _pytest(odoo, name, paths):
    _LOG_FILE.parent.mkdir(parents=True, exist_ok=True)
    for path in (_LOG_FILE, _RESULTS):
        path.unlink(missing_ok=True)
    environment = odoo.environment(
        name, logfile=str(_LOG_FILE), screenshots=str(LOG / "screenshots")
    )
    with spawn(_command(name, paths), cwd=ROOT, env=environment) as child:
        code = child.wait()
    return code or (1 if _refused() else 0)


@contextmanager
def temporary_copy(odoo, template):
    """Give a database of our own, so that two runs never meet."""
    databases = Databases(odoo.server)
    for left in databases.names(_PREFIX):
        if not alive(int(left.removeprefix(_PREFIX))):
            databases.drop(left)
    name = f"{_PREFIX}{os.getpid()}"
    databases.copy(template, name)
    try:
        yield name
    finally:
        databases.drop(name)


def _command(name, folders):
    arguments = shlex.split(os.environ.get("ARGS", ""))
    # A path given by the caller replaces ours.
    if any((ROOT / word.partition("::")[0]).exists() for word in arguments):
        folders = ()
    return [
        *(PYTHON, "-m", "pytest"),
        f"--odoo-config={CONFIG / 'odoo.conf'}",
        f"--odoo-database={name}",
        "--odoo-log-level=warn",
        "--odoo-http",
        f"--junit-xml={_RESULTS}",
        *arguments,
        *folders,
    ]


def _test_folders():
    """Return the folders that hold tests; the benchmarks are no tests."""
    folders = [*sorted(ROOT.glob("addons/*/tests")), ROOT / "tests"]
    return [folder for folder in folders if list(folder.glob("test_*.py"))]


def _refused():
    """Return whether green tests are not enough, and say why."""
    skipped = [
        f"{case.get('classname')}.{case.get('name')}"
        for case in ET.parse(_RESULTS).iter("testcase")
        if case.find("skipped") is not None
    ]
    warnings = problems(_LOG_FILE) if _LOG_FILE.exists() else []
    if skipped:
        fail("des tests ont été sautés :\n" + "\n".join(skipped))
    if warnings:
        fail("les tests donnent des avertissements :\n" + "\n".join(warnings))
    return bool(skipped or warnings)
