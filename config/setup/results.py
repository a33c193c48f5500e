"""What several runs of pytest found, read from their results and from Odoo's logs."""

import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import dataclass, field

from console import fail
from odoo_cli import problems

# What pytest answers when its tests ran, passed or not.
_RAN = (0, 1)


@dataclass
class Results:
    """The sum of the runs: neither a skipped test nor a warning is accepted."""

    passed: int = 0
    failed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    # Of each test class.
    seconds: Counter = field(default_factory=Counter)
    code: int = 0

    def add(self, label, code, junit, log):
        """Add one run.

        :param str label: how the user knows it
        :param int code: what pytest answered
        :param Path junit: its results
        :param Path log: the log of its Odoo
        """
        self.code = self.code or code
        if log.exists():
            self.warnings += problems(log)
        failed = len(self.failed)
        complete = junit.exists()
        for case in ET.parse(junit).iter("testcase") if complete else ():
            self._add_case(case)
        if code not in _RAN and len(self.failed) == failed or not complete:
            # Killed, or nothing to run: green tests of the others must not hide it.
            self.failed.append(f"{label} : arrêt sans résultat (code {code})")

    def _add_case(self, case):
        name = f"{case.get('classname')}.{case.get('name')}"
        self.seconds[case.get("classname")] += float(case.get("time") or 0)
        found = {child.tag for child in case}
        if found & {"failure", "error"}:
            self.failed.append(name)
        elif "skipped" in found:
            self.skipped.append(name)
        else:
            self.passed += 1

    def seconds_of(self, files):
        """Return the seconds of the test files that ran.

        :param files: paths from the root of the project, with slashes
        """
        modules = {name.removesuffix(".py").replace("/", "."): name for name in files}
        found = Counter()
        for name, seconds in self.seconds.items():
            module = name
            while module and module not in modules:
                module = module.rpartition(".")[0]
            if module:
                found[modules[module]] += seconds
        return dict(found)

    def verdict(self):
        """Say what is refused; return the exit code of the whole."""
        for found, message in (
            (self.failed, "des tests ont échoué"),
            (self.skipped, "des tests ont été sautés"),
            (self.warnings, "les tests donnent des avertissements"),
        ):
            if found:
                fail("\n".join([f"{message} :", *found]))
                self.code = self.code or 1
        return self.code

    @property
    def closing(self):
        return f"{self.passed} passed, {len(self.failed)} failed"
