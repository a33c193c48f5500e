"""The checks of `make lint`: each returns what is wrong, one line per fault."""

import sys
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
    paths = sorted(path.relative_to(ROOT) for path in ADDONS.rglob("*.xml"))
    return xml_faults(paths)


def xml_faults(paths):
    return [f"{path}:{fault}" for path in paths for fault in _xml(ROOT / path)]


def _output(module, *arguments):
    done = run([PYTHON, "-m", module, *arguments], check=False, cwd=ROOT)
    lines = (done.stdout + done.stderr).splitlines()
    lines = [line for line in lines if not line.startswith("*****")]
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
    """Return the tags that start a line elsewhere than at four spaces a level.

    The body of a mail is left alone: its spaces are part of it.
    """
    parser = expat.ParserCreate()
    lines = text.split("\n")
    faults = []
    depth = 0
    body = None

    def check():
        number, column = parser.CurrentLineNumber, parser.CurrentColumnNumber
        starts_line = not lines[number - 1][:column].strip()
        if body is None and starts_line and column != depth * _INDENT:
            faults.append(f"{number}: {depth * _INDENT} espaces attendus")

    def start(_name, attributes):
        nonlocal depth, body
        check()
        if body is None and attributes.get("type") == "html":
            body = depth
        depth += 1

    def end(_name):
        nonlocal depth, body
        depth -= 1
        if body == depth:
            body = None
        check()

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse(text.encode(), True)
    return faults


if __name__ == "__main__":
    # For pre-commit, which names the files.
    sys.exit("\n".join(xml_faults(sys.argv[1:])) or 0)
