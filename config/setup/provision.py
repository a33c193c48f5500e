"""The databases of the project: the demonstration, and the templates of the tests.

Each is made under a draft name and renamed once whole: an interrupted one is made
again.
"""

import ast
from contextlib import contextmanager

import stamps
from console import SetupError
from database import Databases, addons_fingerprint
from python_env import requirements_key
from settings import ADDONS, SCRIPTS, addons
from stamps import digest

BASE_TEMPLATE = "cdg47_base_template_"
TEST_TEMPLATE = "cdg47_test_template_"
_FRENCH_COMPANY = "french_company.py"
_DEMO_TARIFF = "demo_tariff.py"
_DRAFT = "_draft"
_DEMO_STAMP = "demo"
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
    with step.part(0, 0.7):
        base = base_template(odoo, step)
    with step.part(0.7, 1), _draft(databases, name) as draft:
        databases.copy(base, draft)
        _install_demo(odoo, draft, step, addons())
        databases.set_fingerprint(draft, _fingerprint(odoo))


def check_demo(odoo, step):
    """Install the demonstration data once for each state of the code: they are what
    visitors see, and no test loads them."""
    databases = Databases(odoo.server)
    base = base_template(odoo, step)
    key = digest(base, *_fingerprint(odoo).values())
    if stamps.is_current(_DEMO_STAMP, key):
        step.done = "à jour"
        return
    draft = "cdg47_demo" + _DRAFT
    databases.copy(base, draft)
    _install_demo(odoo, draft, step, addons(), strict=True)
    databases.drop(draft)
    stamps.write(_DEMO_STAMP, key)


def base_template(odoo, step):
    """Return the template that holds Odoo and what our add-ons depend on: a change of
    our code then costs the installation of our add-ons only."""
    databases = Databases(odoo.server)
    needed = dependencies()
    script = SCRIPTS / _FRENCH_COMPANY
    key = digest(_foundation_key(odoo), script, *needed)

    def fill(draft):
        databases.create(draft)
        with step.part(0, 0.2):
            install(odoo, draft, step, ["base"], "--load-language=fr_FR")
        with step.part(0.2, 1):
            odoo.script(draft, _FRENCH_COMPANY)
            install(odoo, draft, step, needed)

    return _template(databases, BASE_TEMPLATE + key, fill)


def test_template(odoo, step, base):
    """Return the template that holds our add-ons, without demonstration data but its
    prices, which most tests need."""
    databases = Databases(odoo.server)
    fingerprint = addons_fingerprint()
    key = digest(base, *fingerprint, *fingerprint.values())

    def fill(draft):
        databases.copy(base, draft)
        if addons():
            install(odoo, draft, step, addons(), strict=True)
            odoo.script(draft, _DEMO_TARIFF)

    return _template(databases, TEST_TEMPLATE + key, fill)


def _update_demo(odoo, databases, name, step):
    """Install the add-ons that are new, update those whose files changed."""
    known, wanted = databases.fingerprint(name), _fingerprint(odoo)
    new = [addon for addon in wanted if addon not in known]
    changed = [
        addon for addon in wanted if known.get(addon, wanted[addon]) != wanted[addon]
    ]
    if not new and not changed:
        step.done = "à jour"
        return
    if new:
        install(odoo, name, step, dependencies())
        _install_demo(odoo, name, step, new)
    if changed:
        _run(odoo, name, step, "--i18n-overwrite", "--update", ",".join(changed))
    databases.set_fingerprint(name, wanted)


def _install_demo(odoo, name, step, ours, *, strict=False):
    """Install our add-ons with their demonstration data, and none of Odoo's, which is
    about furniture and American companies.

    Odoo loads the data of an add-on when all those it depends on have theirs: they are
    said to have it meanwhile.
    """
    if ours:
        flag = "UPDATE ir_module_module SET demo ="
        names = ", ".join(f"'{addon}'" for addon in addons())
        odoo.server.sql(f"{flag} true WHERE state = 'installed'", name)
        install(odoo, name, step, ours, strict=strict)
        odoo.server.sql(f"{flag} name IN ({names})", name)


def _fingerprint(odoo):
    """Return what a database was made with, add-on by add-on: updating `base` updates
    all those that are not ours."""
    return {"base": _foundation_key(odoo)} | addons_fingerprint()


def _foundation_key(odoo):
    return digest(odoo.source.key, requirements_key("odoo", "oca"))


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


def install(odoo, name, step, modules, *arguments, strict=False):
    options = ("--init", ",".join(modules), *arguments)
    files = sum(_data_files(addon) for addon in set(modules) & set(addons()))
    _run(odoo, name, step, *options, files=files, strict=strict)


def _run(odoo, name, step, *arguments, files=0, strict=False):
    """Run an installation; its warnings are shown, or refused."""
    problems = odoo.install(step, name, *arguments, files=files)
    if problems and strict:
        raise SetupError(
            "L'installation donne des avertissements, voir .run/log/installation.log :"
            + "\n".join(["", *problems])
        )
    if problems:
        step.done = (
            f"fait, {len(problems)} avertissement(s) : .run/log/installation.log"
        )


def _data_files(addon):
    """Return how many files of an add-on Odoo loads: it names each as it comes."""
    manifest = _manifest(addon)
    return len([*manifest.get("data", ()), *manifest.get("demo", ())])


def dependencies():
    """Return what our add-ons depend on and is not ours."""
    found = set()
    for addon in addons():
        found.update(_manifest(addon).get("depends", ()))
    return sorted(found - set(addons())) or list(_FOUNDATION)


def _manifest(addon):
    return ast.literal_eval((ADDONS / addon / "__manifest__.py").read_text())
