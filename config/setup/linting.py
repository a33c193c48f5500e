"""The checks of `make lint`: each returns what is wrong, one line per fault."""

from xml.parsers import expat

import translations
from process import run
from python_env import PYTHON
from settings import ADDONS, CONFIG, ROOT, addons

_INDENT = 4


def checks(odoo, template):
    """Return the checks under the names shown to the user."""
    return {
        "Ruff, règles": ruff_check,
        "Ruff, mise en forme": ruff_format,
        "Pylint-odoo": pylint,
        "XML": xml,
        "Traductions": lambda: translations.check(odoo, template),
    }


def ruff_check():
    return _output("ruff", "check", "--quiet", "--output-format=concise", ROOT)


def ruff_format():
    return _output("ruff", "format", "--check", "--quiet", ROOT)


def pylint():
    if not addons():
        return []
    folders = [ADDONS / name for name in addons()]
    return _output("pylint", f"--rcfile={CONFIG / 'pylintrc'}", *folders)


def xml():
    paths = sorted(ADDONS.rglob("*.xml"))
    return [
        f"{path.relative_to(ROOT)}:{fault}" for path in paths for fault in _xml(path)
    ]


def _output(module, *arguments):
    done = run([PYTHON, "-m", module, *arguments], check=False, cwd=ROOT)
    lines = (done.stdout + done.stderr).splitlines()
    return lines or (["échec sans message"] if done.returncode else [])


def _xml(path):
    """Return the faults of one file: what it must be to be read beside the others."""
    text = path.read_text("utf-8")
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            yield f"{number}: tabulation"
        if line != line.rstrip():
            yield f"{number}: espace en fin de ligne"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield f"{number}: une fin de ligne, une seule, termine le fichier"
    try:
        yield from _indentation(text)
    except expat.ExpatError as error:
        yield f"{error.lineno}: XML mal formé ({expat.ErrorString(error.code)})"


def _indentation(text):
    """Return the tags that start a line elsewhere than at four spaces a level."""
    parser = expat.ParserCreate()
    lines = text.split("\n")
    faults = []
    depth = 0

    def check():
        number, column = parser.CurrentLineNumber, parser.CurrentColumnNumber
        starts_line = not lines[number - 1][:column].strip()
        if starts_line and column != depth * _INDENT:
            faults.append(f"{number}: {depth * _INDENT} espaces attendus")

    def start(_name, _attributes):
        nonlocal depth
        check()
        depth += 1

    def end(_name):
        nonlocal depth
        depth -= 1
        check()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(text.encode(), True)
    return faults
