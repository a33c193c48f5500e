# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The rules as they are written: what RULES.md names exists, links lead somewhere."""

import ast
import re
from functools import cache

from test_house import ADDONS, classes_by_model

from odoo.tests import BaseCase, tagged

PROJECT = ADDONS.parent
RULES = ADDONS / "cdg47_convention" / "readme" / "RULES.md"
PAGES = (RULES, PROJECT / "README.md", PROJECT / "config" / "README.md")
# `reading/tariff.py::price_at`, `tests/test_stratum.py::test_commune_bounds`
NAMED = re.compile(r"`([\w/.-]+\.\w+)(?:::([\w.]+))?`")
# `cdg47.convention._consume()`
METHOD = re.compile(r"`([a-z][\w.]*)\.(\w+)\(\)`")
LINK = re.compile(r"\]\(([^)#\s]*)(?:#[^)]*)?\)|src=\"([^\"]+)\"")
HEADING = re.compile(r"^### R(\d+)\. ", re.MULTILINE)


def located(path):
    """Return a file that RULES.md names: of its add-on, of another, of the project."""
    for folder in (RULES.parents[1], ADDONS, PROJECT):
        if (folder / path).exists():
            return folder / path
    return None


@cache
def names_in(path):
    """Return what a file defines, the methods of its classes with and without them."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {
                f"{node.name}.{method.name}"
                for method in node.body
                if isinstance(method, ast.FunctionDef)
            }
    return names


def methods_by_model():
    """Return the methods that the three add-ons define, by model.

    :rtype: dict[str, set[str]]
    """
    methods = {}
    for addon in (path.parent for path in ADDONS.glob("*/__manifest__.py")):
        for model, classes in classes_by_model(addon).items():
            methods.setdefault(model, set()).update(
                method.name
                for node in classes
                for method in node.body
                if isinstance(method, ast.FunctionDef)
            )
    return methods


@tagged("post_install", "-at_install")
class TestHouseRules(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.text = RULES.read_text("utf-8")

    def test_each_rule_once_with_its_readers_and_its_tests(self):
        numbers = [int(number) for number in HEADING.findall(self.text)]
        self.assertEqual(numbers, list(range(1, 21)))
        sections = HEADING.split(self.text)[2::2]
        for number, section in zip(numbers, sections, strict=True):
            wanted = ["**Rule.**", "**Why.**", "**Read in**", "**Held by**"]
            if number >= 14:
                wanted += ["**Holds today.**", "**Not yet.**"]
            missing = [mark for mark in wanted if mark not in section]
            self.assertFalse(missing, f"R{number}")
            self.assertIn("::test_", section, f"R{number}")

    def test_files_functions_and_tests_exist(self):
        named = [match for match in NAMED.findall(self.text) if "/" in match[0]]
        self.assertGreater(len(named), 100)
        missing = [
            f"{path}::{name}"
            for path, name in named
            if not (found := located(path)) or (name and name not in names_in(found))
        ]
        self.assertFalse(missing)

    def test_methods_exist(self):
        known = methods_by_model()
        cited = METHOD.findall(self.text)
        self.assertGreater(len(cited), 50)
        missing = [
            f"{model}.{name}"
            for model, name in cited
            if name not in known.get(model, ())
        ]
        self.assertFalse(missing)

    def test_links_lead_somewhere(self):
        for page in PAGES:
            missing = [
                link
                for link in map("".join, LINK.findall(page.read_text("utf-8")))
                if link and "://" not in link and not (page.parent / link).exists()
            ]
            self.assertFalse(missing, page)
