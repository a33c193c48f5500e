# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where everything lives: one class per model, one folder per domain, no layers.

Read in the syntax trees. A limit that does not hold yet is the number of today, which
only goes down; the number to reach stands beside it.
"""

import ast
from collections import Counter, defaultdict
from pathlib import Path

from odoo.tests import BaseCase, tagged

ADDONS = Path(__file__).resolve().parents[1] / "addons"
# Classes of a model beyond the first. To reach: 3 for each add-on.
EXTRA_CLASSES = {"cdg47_convention": 3, "cdg47_helpdesk": 3, "cdg47_training": 3}
# Methods defined again for the same model, whose order is that of the imports.
# To reach: 0.
LAYERED_METHODS = {"cdg47_convention": 0, "cdg47_helpdesk": 0, "cdg47_training": 0}
LINES = 500
FLAT_FILES = 12
WRITING = {"create", "write", "unlink"}


def sources(addon, folder="."):
    """Return the code of an add-on, its tests left out.

    :rtype: dict[pathlib.Path, ast.Module]
    """
    return {
        path: ast.parse(path.read_text("utf-8"))
        for path in sorted((addon / folder).rglob("*.py"))
        if path.relative_to(addon).parts[0] != "tests"
    }


def model_of(node):
    """Return which model a class declares or extends, or None.

    :param ast.ClassDef node: any class
    """
    values = {
        target.id: ast.literal_eval(statement.value)
        for statement in node.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and target.id in ("_name", "_inherit")
    }
    inherited = values.get("_inherit") or [None]
    first = inherited if isinstance(inherited, str) else inherited[0]
    return values.get("_name") or first


def classes_by_model(addon):
    found = defaultdict(list)
    for tree in sources(addon).values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and model_of(node):
                found[model_of(node)].append(node)
    return found


def layered_methods(classes):
    """Return the methods that several of these classes define."""
    names = Counter(
        name
        for node in classes
        for name in {m.name for m in node.body if isinstance(m, ast.FunctionDef)}
    )
    return sorted(name for name, count in names.items() if count > 1)


def imported(tree):
    """Return the first name of each module that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def called(tree):
    """Return the names of the methods that are called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr


@tagged("post_install", "-at_install")
class TestHouse(BaseCase):
    def each_addon(self):
        addons = [path.parent for path in sorted(ADDONS.glob("*/__manifest__.py"))]
        self.assertEqual([addon.name for addon in addons], sorted(EXTRA_CLASSES))
        return addons

    def test_one_class_per_model(self):
        for addon in self.each_addon():
            extra = {
                model: len(classes) - 1
                for model, classes in classes_by_model(addon).items()
                if len(classes) > 1
            }
            self.assertEqual(sum(extra.values()), EXTRA_CLASSES[addon.name], extra)

    def test_no_layered_method(self):
        for addon in self.each_addon():
            layered = {
                model: names
                for model, classes in classes_by_model(addon).items()
                if (names := layered_methods(classes))
            }
            count = sum(len(names) for names in layered.values())
            self.assertEqual(count, LAYERED_METHODS[addon.name], layered)

    def test_lib_knows_no_odoo(self):
        for addon in self.each_addon():
            trees = sources(addon, "lib")
            found = [path for path in trees if "odoo" in set(imported(trees[path]))]
            self.assertFalse(found)

    def test_lib_asks_nothing_of_the_add_on(self):
        """A relative import would bring Odoo in by another door."""
        for addon in self.each_addon():
            found = [
                path
                for path, tree in sources(addon, "lib").items()
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.level > 1
            ]
            self.assertFalse(found)

    def test_reading_never_writes(self):
        for addon in self.each_addon():
            trees = sources(addon, "reading")
            found = [path for path in trees if WRITING & set(called(trees[path]))]
            self.assertFalse(found)

    def test_one_folder_per_domain(self):
        for addon in self.each_addon():
            self.assertFalse(sources(addon, "tools"))
            flat = sorted(path.name for path in (addon / "models").glob("*.py"))
            self.assertLessEqual(len(flat), FLAT_FILES, flat)

    def test_no_long_file(self):
        for addon in self.each_addon():
            for path in sources(addon):
                with path.open(encoding="utf-8") as lines:
                    self.assertLessEqual(sum(1 for _line in lines), LINES, path)
