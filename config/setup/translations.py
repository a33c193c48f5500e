"""The catalogues ``i18n/<addon>.pot`` and ``i18n/fr.po``: checked, or brought up to
date, against the terms that Odoo finds in the installed add-ons."""

import json
import tempfile
from pathlib import Path

from process import run
from python_env import PYTHON
from settings import ADDONS, SCRIPTS, addons


def check(odoo, template):
    """Return what is wrong in the catalogues."""
    return _catalogues(odoo, template, "check")


def update(odoo, template):
    """Write the catalogues: new terms come untranslated, vanished ones go. Return the
    terms left to translate."""
    return _catalogues(odoo, template, "update")


def _catalogues(odoo, template, action):
    """Hand the exported terms to the script that has `polib`, which we have not."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for addon in addons():
            exported = Path(folder) / f"{addon}.pot"
            _export(odoo, template, addon, exported)
            command = [PYTHON, SCRIPTS / "catalogue.py", action, ADDONS / addon]
            found += json.loads(run([*command, exported]).stdout)
    return found


def _export(odoo, template, addon, path):
    # The module before the options: `-l` takes all the words that follow it.
    command = odoo.command("i18n", "export", addon, "-o", path)
    run(command, env=odoo.environment(template, log_level="warn"))
