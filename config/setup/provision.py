"""The databases of the project: the demonstration, and the templates of the tests.

Each is made under a draft name and renamed once whole: an interrupted one is made
again.
"""

import ast
from contextlib import contextmanager

from console import SetupError
from database import Databases, addons_fingerprint
from python_env import requirements_key
from settings import ADDONS, SCRIPTS, addons
from stamps import digest

BASE_TEMPLATE = "cdg47_base_template_"
TEST_TEMPLATE = "cdg47_test_template_"
_FRENCH_COMPANY = "french_company.py"
_DRAFT = "_draft"
# What our add-ons stand on, for a checkout that has none yet.
_FOUNDATION = (
    "sale_management",
    "account",
    "portal",
    "mass_mailing",
    "l10n_fr_account",
    "l10n_fr_facturx_chorus_pro",
    "l10n_fr_siret",
    "report_xlsx",
)


def demo(odoo, name, step):
    """Make the demonstration database, or bring it to the state of the code."""
    databases = Databases(odoo.server)
    if databases.exists(name):
        _update_demo(odoo, databases, name, step)
        return
    base = base_template(odoo, step)
    with _draft(databases, name) as draft:
        databases.copy(base, draft)
        _install_demo(odoo, draft, step, addons())
        databases.set_fingerprint(draft, addons_fingerprint())


def _update_demo(odoo, databases, name, step):
    """Install the add-ons that are new, update those whose files changed."""
    known, wanted = databases.fingerprint(name), addons_fingerprint()
    new = [addon for addon in wanted if addon not in known]
    changed = [
        addon for addon in known if wanted.get(addon, "") not in ("", known[addon])
    ]
    if not new and not changed:
        step.done = "à jour"
    if new:
        _install(odoo, name, step, _dependencies())
        _install_demo(odoo, name, step, new)
    if changed:
        odoo.install(step, name, "--update", ",".join(changed))
    databases.set_fingerprint(name, wanted)


def _install_demo(odoo, name, step, ours):
    """Install our add-ons with their demonstration data, and none of Odoo's, which is
    about furniture and American companies.

    Odoo loads the data of an add-on when all those it depends on have theirs: they are
    said to have it meanwhile.
    """
    if ours:
        odoo.server.sql("UPDATE ir_module_module SET demo = true", name)
        _install(odoo, name, step, ours)
        names = ", ".join(f"'{addon}'" for addon in addons())
        odoo.server.sql(f"UPDATE ir_module_module SET demo = name IN ({names})", name)


def base_template(odoo, step):
    """Return the template that holds Odoo and what our add-ons depend on: a change of
    our code then costs the installation of our add-ons only."""
    databases = Databases(odoo.server)
    dependencies = _dependencies()
    script = SCRIPTS / _FRENCH_COMPANY
    requirements = requirements_key("odoo", "oca")
    key = digest(odoo.source.key, requirements, script, *dependencies)

    def fill(draft):
        databases.create(draft)
        _install(odoo, draft, step, ["base"], "--load-language=fr_FR")
        odoo.script(draft, _FRENCH_COMPANY)
        _install(odoo, draft, step, dependencies)

    return _template(databases, BASE_TEMPLATE + key, fill)


def test_template(odoo, step, base):
    """Return the template that holds our add-ons, without demonstration data."""
    databases = Databases(odoo.server)
    fingerprint = addons_fingerprint()
    key = digest(base, *fingerprint, *fingerprint.values())

    def fill(draft):
        databases.copy(base, draft)
        if addons():
            _install(odoo, draft, step, addons(), strict=True)

    return _template(databases, TEST_TEMPLATE + key, fill)


def _template(databases, name, fill):
    """Return template ``name``, made by ``fill`` if need be; older ones go."""
    prefix = name.rpartition("_")[0]
    for other in databases.names(prefix):
        if other != name:
            databases.drop(other)
    if not databases.exists(name):
        with _draft(databases, name) as draft:
            fill(draft)
    return name


@contextmanager
def _draft(databases, name):
    draft = name + _DRAFT
    databases.drop(draft)
    yield draft
    databases.rename(draft, name)


def _install(odoo, name, step, modules, *arguments, strict=False):
    problems = odoo.install(step, name, "--init", ",".join(modules), *arguments)
    if strict and problems:
        raise SetupError(
            "L'installation donne des avertissements :\n" + "\n".join(problems)
        )


def _dependencies():
    """Return what our add-ons depend on and is not ours."""
    found = set()
    for addon in addons():
        manifest = ast.literal_eval((ADDONS / addon / "__manifest__.py").read_text())
        found.update(manifest.get("depends", ()))
    return sorted(found - set(addons())) or list(_FOUNDATION)
