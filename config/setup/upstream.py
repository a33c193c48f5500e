"""The test suites of Odoo and of the OCA that our add-ons must leave green.

Each suite runs twice on an English database, without our add-ons and with them: only
what fails with them and passes without is ours. Trainings work with `event_sale` and
without it, so the suite of events runs on both kinds of databases.
"""

import xml.etree.ElementTree as ET

import provision
from console import SetupError
from database import Databases
from process import CommandError, run, stream
from python_env import PYTHON
from settings import CONFIG, LOG, ROOT, addons

_SUITES = ("portal", "sale_timesheet", "helpdesk_mgmt", "event")
# What our rules change on purpose: Odoo's raw form of a request is closed to an account
# that acts for no collectivité, and these tests send it as one.
_ON_PURPOSE = (
    "TestHelpdeskPortal.test_submit_ticket_01",
    "TestHelpdeskPortal.test_submit_ticket_02",
)
_BARE, _OURS = "cdg47_upstream_bare", "cdg47_upstream_ours"


def faults(odoo, steps):
    """Return the tests that fail because of our add-ons, under readable names."""
    databases = Databases(odoo.server)
    try:
        with steps.step("Base anglaise d'Odoo") as step:
            databases.create(_BARE)
            provision.install(odoo, _BARE, step, provision.dependencies())
        found = _compare(odoo, databases, steps, _SUITES)
        with steps.step("La même sans event_sale"):
            odoo.script(_BARE, "without_event_sale.py")
        return found + _compare(odoo, databases, steps, ("event",))
    finally:
        databases.drop(_BARE)
        databases.drop(_OURS)


def _compare(odoo, databases, steps, suites):
    """Run suites on the bare database and on a copy that has our add-ons."""
    with steps.step("La même avec nos modules") as step:
        databases.copy(_BARE, _OURS)
        provision.install(odoo, _OURS, step, addons())
    found = []
    for suite in suites:
        with steps.step(f"Tests de {suite}") as step:
            without, failed_without = _run(odoo, _BARE, suite)
            with_ours, failed_with = _run(odoo, _OURS, suite)
            new = sorted(
                name
                for name in failed_with - failed_without
                if not name.endswith(_ON_PURPOSE)
            )
            found += new
            step.done = (
                f"{without} tests, {len(failed_without)} échec(s) sans nos modules ; "
                f"{with_ours} et {len(failed_with)} avec ; {len(new)} de notre fait"
            )
    return found


def _run(odoo, database, suite):
    """Run one suite; return how many tests it has and the names of those that fail."""
    results = LOG / f"upstream-{database}-{suite}.xml"
    results.unlink(missing_ok=True)
    command = [
        *(PYTHON, "-m", "pytest", "--quiet", f"--rootdir={ROOT}"),
        f"--odoo-config={CONFIG / 'odoo.conf'}",
        f"--odoo-database={database}",
        "--odoo-log-level=critical",
        "--odoo-http",
        f"--junit-xml={results}",
        _folder(odoo, suite),
    ]
    environment = odoo.environment(database, screenshots=str(LOG / "screenshots"))
    try:
        stream(command, LOG / "upstream.log", cwd=ROOT, env=environment)
    except CommandError as error:
        # Failures are what we compare; a suite that did not run is an obstacle.
        if not results.exists():
            raise SetupError(
                f"Les tests de {suite} n'ont pas tourné, voir .run/log/upstream.log."
            ) from error
    cases = list(ET.parse(results).iter("testcase"))
    failed = [c for c in cases if {"failure", "error"} & {child.tag for child in c}]
    return len(cases), {f"{c.get('classname')}.{c.get('name')}" for c in failed}


def _folder(odoo, suite):
    """Return the tests of an add-on, wherever it is installed."""
    find = f"find_spec('odoo.addons.{suite}').submodule_search_locations[0]"
    code = f"from importlib.util import find_spec; print({find})"
    path = run([PYTHON, "-c", code], env=odoo.environment(_BARE)).stdout.strip()
    return f"{path}/tests"
