"""The virtual environment in ``.run/venv``, with every package pinned."""

import importlib.util
import os
import shutil
import sys

import stamps
from console import SetupError
from debian import PrivateApt, require_apt, unpack
from process import CommandError, run, stream
from settings import LOG, REQUIREMENTS, RUN, VENV

PYTHON = VENV / "bin" / "python"
# With several workers Odoo starts itself again by its own name: `python -m` has none.
ODOO_COMMAND = VENV / "bin" / "odoo"
_ODOO_SCRIPT = f"""\
#!{PYTHON}
from odoo.cli.command import main

main()
"""
# OCA add-ons require a package `odoo`, which the index does not have.
WITHOUT_DEPENDENCIES = ("oca", "bench")
_BUSY = "pip-running"


def prepare(step, source, *names):
    """Make the environment hold the requirement files ``names`` and Odoo."""
    if stamps.exists(_BUSY):
        # An interrupted pip can leave half a package that it takes for a whole one.
        shutil.rmtree(VENV, ignore_errors=True)
    key = stamps.digest(sys.version, sys.executable)
    if not (stamps.is_current("venv", key) and PYTHON.exists()):
        _create()
        stamps.write("venv", key)
    for name in names:
        _install(step, name)
    _link(source)


def is_prepared():
    """Tell whether Odoo's libraries were once installed whole."""
    return stamps.exists(_stamp("odoo"))


def requirements_key(*names):
    return stamps.digest(*(REQUIREMENTS / f"{name}.txt" for name in names))


def site_packages():
    return next(VENV.glob("lib/python3.*/site-packages"))


def _create():
    shutil.rmtree(VENV, ignore_errors=True)
    stamps.remove(_BUSY, *(_stamp(path.stem) for path in REQUIREMENTS.glob("*.txt")))
    whole = importlib.util.find_spec("ensurepip") is not None
    if whole:
        run([sys.executable, "-m", "venv", VENV])
    else:
        _create_without_ensurepip()


def _create_without_ensurepip():
    """Debian splits pip off Python: take its wheel from the package that holds it, in
    its newest version, which knows every Python: that of Debian 12 fails on 3.12."""
    require_apt("Le module Python « ensurepip » manque ; installez python3-venv.")
    run([sys.executable, "-m", "venv", "--without-pip", VENV])
    folder = RUN / "apt" / "pip"
    shutil.rmtree(folder, ignore_errors=True)
    PrivateApt("sid").download(["python3-pip-whl"], folder)
    unpack(folder.glob("*.deb"), folder)
    wheel = next(folder.glob("usr/share/python-wheels/pip-*.whl"))
    run([PYTHON, wheel / "pip", "install", "--no-index", wheel])


def _install(step, name):
    requirements = REQUIREMENTS / f"{name}.txt"
    key = requirements_key(name)
    if stamps.is_current(_stamp(name), key):
        return
    command = [PYTHON, "-m", "pip", "install", "--no-input", "--progress-bar=off"]
    command += ["--disable-pip-version-check", "--requirement", requirements]
    if name in WITHOUT_DEPENDENCIES:
        command.append("--no-deps")
    total = sum("==" in line for line in requirements.read_text().splitlines())
    seen = set()

    def count(line):
        # Collecting is the long part of pip's work: installing is a last short tenth.
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            seen.add(line.split()[-1 if line.startswith("C") else 3])
            step.progress(len(seen), total * 1.1)

    stamps.write(_BUSY, name)
    try:
        stream(command, LOG / "pip.log", count, env=_environment())
    except CommandError as error:
        raise SetupError(
            "L'installation des bibliothèques Python a échoué (réseau ?), voir "
            f".run/log/pip.log.\n{error.output}"
        ) from error
    stamps.write(_stamp(name), key)
    stamps.remove(_BUSY)


def _stamp(name):
    return f"requirements-{name}"


def _link(source):
    """Make Odoo importable without copying it: its package is a namespace, so add-ons
    installed by pip and ours join it."""
    _write(site_packages() / "odoo-source.pth", f"{source.root}\n")
    _write(ODOO_COMMAND, _ODOO_SCRIPT)
    ODOO_COMMAND.chmod(0o755)


def _write(path, text):
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def _environment():
    """Compile modules at installation, whatever the caller's habits: starting Odoo
    would otherwise compile them every time."""
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment
