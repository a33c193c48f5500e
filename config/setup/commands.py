"""The targets of the Makefile, each a short list of steps."""

import fcntl
import os
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import debian
import linting
import odoo_source
import pdf
import postgres
import provision
import python_env
import server
import testing
import translations
import upgrade
import upstream
from console import SetupError, Steps, fail, say
from database import Databases
from odoo_cli import Odoo
from process import die_with_parent
from settings import ROOT, RUN, database_name, is_full, require_ours, require_place

_DEMO_LOGINS = (
    ("gestionnaire", "gestionnaire des conventions"),
    ("technicien", "technicien (TTIM)"),
    ("comptable", "comptable"),
    ("formatrice", "formatrice (feuilles d'émargement)"),
    ("mairie.agme", "commune d'Agmé (portail)"),
    ("mairie.aiguillon", "commune d'Aiguillon (portail)"),
)


def call(arguments):
    """Run the target named on the command line; return an exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if "MAKELEVEL" in os.environ:
        die_with_parent()
    name = arguments[0] if arguments else "help"
    target = TARGETS.get(name)
    if not target:
        fail(f"cible inconnue « {name} » ; « make help » les nomme.")
        return 2
    try:
        return target() or 0
    except SetupError as error:
        fail(error)
    except PermissionError as error:
        path = error.filename or RUN
        fail(f"{path} est à un autre compte, qui n'en donne pas le droit.")
    except OSError as error:
        # A full disk, most often.
        fail(f"{error.strerror} : {error.filename or 'disque ou réseau'}")
    except KeyboardInterrupt:
        say("\nArrêté.")
        return 130
    if is_full():
        fail(f"le disque de {ROOT} est plein ; libérez-le, puis relancez la commande.")
    return 1


def run():
    """Préparer ce qui manque, puis servir la démonstration."""
    server.require_free_port()
    steps = Steps(7)
    with _alone():
        odoo = _prepare(steps)
        name = _database_name()
        with steps.step("Base de démonstration") as step:
            provision.demo(odoo, name, step)
    with server.running(odoo, name) as child:
        with steps.step("Démarrage d'Odoo"):
            server.wait_for_login(child)
        _welcome()
        try:
            return child.wait()
        except KeyboardInterrupt:
            say("\nArrêté ; les données sont gardées.")
            return 0


def test():
    """Lancer tous les tests, navigateur compris (ARGS= : options de pytest)."""
    steps = Steps(10)
    with _alone():
        odoo, template = _prepare_tests(steps, test_tools=True)
    results = testing.run(odoo, template, steps)
    try:
        with _alone(), steps.step("Données de démonstration") as step:
            if testing.is_whole():
                provision.check_demo(odoo, step)
            else:
                step.done = testing.ONLY_WHOLE
    finally:
        code = results.verdict()
        say(results.closing)
    return code


def careless():
    """Jouer N= suites de gestes au hasard (CONTROLS=1 : garde par garde ôtée)."""
    folder, asked = "tests/careless", os.environ.get("N", "1000")
    if os.environ.get("CONTROLS"):
        os.environ["ARGS"] = f"{folder}/controls_of_careless.py"
    elif asked.isdigit():
        os.environ["CARELESS"] = asked
        os.environ["ARGS"] = f"{folder}/test_careless.py -s"
    else:
        raise SetupError(f"N= est un nombre de suites, pas « {asked} ».")
    return test()


def run_upstream():
    """Lancer les tests d'Odoo et de l'OCA que nos modules doivent laisser verts."""
    steps = Steps(14)
    with _alone():
        odoo = _prepare(steps, "test", test_tools=True)
    found = upstream.faults(odoo, steps)
    for test in found:
        say(test)
    return 1 if found else 0


def run_upgrade():
    """Mettre à jour une année jouée par la version FROM= (une révision de git)."""
    revision = os.environ.get("FROM")
    if not revision:
        raise SetupError("Dites d'où : make upgrade FROM=<révision de git>.")
    steps = Steps(12)
    with _alone():
        odoo = _prepare(steps, "test", test_tools=False)
    found = list(upgrade.faults(odoo, steps, revision))
    for fault in found:
        say(fault)
    return 1 if found else 0


def lint():
    """Vérifier la forme : Python, XML, traductions."""
    steps = Steps(12)
    with _alone():
        odoo, template = _prepare_tests(steps, test_tools=False)
    faults = []
    for label, check in linting.checks(odoo, template).items():
        with steps.step(label) as step:
            found = check()
            step.done = f"{len(found)} faute(s)" if found else None
            faults += found
    for fault in faults:
        say(fault)
    return 1 if faults else 0


def i18n():
    """Mettre à jour les catalogues de traduction (.pot, fr.po)."""
    steps = Steps(8)
    with _alone():
        odoo, template = _prepare_tests(steps, test_tools=False)
    with steps.step("Catalogues"):
        missing = translations.update(odoo, template)
    for line in missing:
        say(line)


def bench():
    """Mesurer : les scripts de tests/bench, ou celui de ARGS, chacun sur une copie."""
    wanted = os.environ.get("ARGS") or "*.py"
    scripts = sorted((ROOT / "tests" / "bench").glob(wanted))
    if not scripts:
        raise SetupError(f"Aucune mesure « {wanted} » dans tests/bench.")
    steps = Steps(7 + len(scripts))
    with _alone():
        odoo, template = _prepare_tests(steps, "bench", test_tools=False)
    for script in scripts:
        with steps.step(script.name), testing.temporary_copy(odoo, template) as name:
            say()
            odoo.show_script(name, script)


def prepare():
    """Préparer Odoo et ses bibliothèques seulement (serveur de production)."""
    with _alone():
        _prepare_code(Steps(4))


def shell():
    """Ouvrir le shell d'Odoo sur la démonstration, ou y lire un script."""
    with _alone():
        odoo = _prepare(Steps(5, quiet=True))
    name = _database_name()
    if not Databases(odoo.server).exists(name):
        raise SetupError("La base n'existe pas encore : lancez d'abord « make run ».")
    command = odoo.command("shell", "--no-http", "--log-level=warn")
    os.execve(command[0], [str(word) for word in command], odoo.environment(name))


def stop():
    """Arrêter le serveur et le PostgreSQL du projet."""
    stopped = [server.stop(), postgres.stop()]
    say("Arrêté." if any(stopped) else "Rien ne tournait.")


def clean():
    """Arrêter, puis effacer tout ce que le projet a produit (.run)."""
    stop()
    shutil.rmtree(RUN, ignore_errors=True)
    if RUN.exists():
        raise SetupError(
            f"Une partie de {RUN} est à un autre compte : effacez-la en administrateur "
            "(sudo make clean)."
        )


def show_help():
    """Afficher cette aide."""
    say("Usage : make <cible>\n")
    for name, target in TARGETS.items():
        say(f"  {name:<8} {target.__doc__}")
    say("  fresh    Essayer « run » et « test » dans un Debian nu (root, debootstrap).")
    say(
        "\nVariables : HTTP_PORT (8069), HTTP_INTERFACE (127.0.0.1), DB_NAME (cdg47),\n"
        "DATABASE_URL ou PGHOST, PGPORT, PGUSER, PGPASSWORD (PostgreSQL existant),\n"
        "ODOO_PATH (Odoo 19 existant), ODOO_GIT (où prendre sa branche 19.0),\n"
        "DEBIAN_MIRROR (là où le système n'est pas une Debian),\n"
        "TEST_PROCESSES (2) : processus de « make test », PYTHON (python3) : lequel."
    )


TARGETS = {
    "run": run,
    "test": test,
    "careless": careless,
    "lint": lint,
    "upstream": run_upstream,
    "upgrade": run_upgrade,
    "i18n": i18n,
    "bench": bench,
    "prepare": prepare,
    "shell": shell,
    "stop": stop,
    "clean": clean,
    "help": show_help,
}


def _prepare(steps, *more_requirements, test_tools=False):
    """Make Odoo ready to work on PostgreSQL: five steps of every command."""
    source = _prepare_code(steps, *more_requirements, test_tools=test_tools)
    with steps.step("PostgreSQL"):
        return Odoo(source, postgres.start())


def _prepare_code(steps, *more_requirements, test_tools=False):
    # What nothing else waits for comes while the rest does.
    with ThreadPoolExecutor(max_workers=1) as aside:
        tools = aside.submit(_system_tools, test_tools)
        with steps.step("Odoo 19") as step:
            source = odoo_source.find(step)
        with steps.step("Bibliothèques Python") as step:
            python_env.prepare(step, source, "odoo", *more_requirements)
        with steps.step("Modules de l'OCA") as step:
            python_env.prepare(step, source, "oca")
        with steps.step("Outils du système"):
            tools.result()
    return source


def _system_tools(test_tools):
    pdf.prepare()
    if test_tools:
        debian.install_test_tools()


def _prepare_tests(steps, *more_requirements, test_tools):
    odoo = _prepare(steps, "test", *more_requirements, test_tools=test_tools)
    with steps.step("Base modèle d'Odoo") as step:
        base = provision.base_template(odoo, step)
    with steps.step("Base modèle du projet") as step:
        return odoo, provision.test_template(odoo, step, base)


def _database_name():
    return postgres.default_database() or database_name()


@contextmanager
def _alone():
    """Prepare one command at a time: a second one waits, and finds the work done."""
    require_ours()
    require_place(_gigabytes_to_come())
    RUN.mkdir(exist_ok=True)
    with (RUN / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Une autre commande prépare déjà le projet ; attente…")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _gigabytes_to_come():
    """Return the room that is still to be filled: nearly all is there once Odoo's
    libraries are."""
    if python_env.is_prepared():
        return 0
    return 1 if odoo_source.is_here() else 3


def _welcome():
    say(f"\nAdresse : {server.address()}")
    say("Comptes de démonstration (mot de passe = identifiant) :")
    for login, role in _DEMO_LOGINS:
        say(f"  {login:<18} {role}")
    say("Ctrl-C arrête le serveur.\n\nPrêt")
