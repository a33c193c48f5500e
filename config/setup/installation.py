"""The README's installation, replayed word for word on an empty server.

Without demonstration data, with two workers, as far as the first convention: the CDG
says who it is, enters its tariff, proposes; a mayor signs; the order is invoiced. What
only root of a bare machine may run (packages, accounts, systemd, nginx) is left out,
and named; the unit's own command is run by hand.
"""

import os
import re
import shlex
import socket
import tempfile
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import postgres
from browser import Browser
from console import SetupError
from process import CommandError, run, spawn, tail, wait_until
from settings import CONFIG, LOG, ROOT, http_port

_DATABASE, _ROLE = "cdg47_installation", "cdg47_installation_role"
_HEADING = "## Installer en production"
# Commands that need root of a machine of its own.
_OF_THE_MACHINE = ("apt-get", "useradd", "cp", "systemctl", "ln", "cd")
# The embedded PostgreSQL has no ICU.
_WITHOUT_ICU = ("--locale-provider", "--icu-locale")
_PATIENCE = 120


def replay(odoo, steps):
    """Install, then play the first convention; return the commands left out."""
    with tempfile.TemporaryDirectory() as folder:
        machine = _Machine(odoo, Path(folder))
        machine.clean()
        try:
            with steps.step("Commandes du README") as step:
                machine.install(step)
            with machine.serving() as address, steps.step("Première convention"):
                _first_convention(address)
            with steps.step("Journal du serveur"):
                machine.check_log()
        finally:
            machine.clean()
    return machine.left_out


class _Machine:
    """An empty server below one folder: its /etc, its /var, its role and its base."""

    def __init__(self, odoo, folder):
        self.odoo, self.folder = odoo, folder
        self.left_out = []
        if not odoo.server.superuser:
            raise SetupError("L'installation se rejoue sur le PostgreSQL du projet.")

    def clean(self):
        for statement in (
            f"DROP DATABASE IF EXISTS {_DATABASE} WITH (FORCE)",
            f"DROP ROLE IF EXISTS {_ROLE}",
        ):
            self.odoo.server.sql(statement, as_superuser=True)

    def install(self, step):
        commands = list(_commands())
        for number, command in enumerate(commands):
            step.progress(number, len(commands))
            self._run(command)
            if "odoo.prod.conf" in command:
                self._adapt_configuration()

    def _run(self, command):
        words, into = shlex.split(command), None
        if words[0] == "export":
            return
        if "<" in words:
            into = ROOT / words[words.index("<") + 1]
            words = words[: words.index("<")]
        user = _ROLE
        if words[0] == "sudo":
            user = words[words.index("-u") + 1]
            words = words[words.index("-u") + 2 :]
        if words[0] in _OF_THE_MACHINE:
            self.left_out.append(command)
            return
        superuser = user == "postgres"
        environment = self._environment(postgres.SUPERUSER if superuser else _ROLE)
        try:
            with open(into or os.devnull) as stdin:
                run(self._here(words), env=environment, cwd=ROOT, stdin=stdin)
        except CommandError as error:
            raise SetupError(f"« {command} » a échoué :\n{error.output}") from error

    def _here(self, words):
        """Return a command of the README with the names and folders of this server."""
        if words[0] == "install":
            words = _without_owner(words)
        kept = [word for word in words if not word.startswith(_WITHOUT_ICU)]
        named = [
            word.replace("=odoo", f"={_ROLE}") if word.startswith("--owner") else word
            for word in kept
        ]
        names = {"cdg47": _DATABASE}
        if words[0] == "createuser":
            names["odoo"] = _ROLE
        return [names.get(word, self._path(word)) for word in named]

    def _path(self, word):
        for top in ("/etc/", "/var/"):
            if word.startswith(top):
                return str(self.folder / word[1:])
        return word

    def _environment(self, user):
        # As a server has it: nothing of ours but PostgreSQL's address.
        return {
            "HOME": os.environ.get("HOME", "/"),
            "PATH": f"{postgres.binaries()}:{os.environ['PATH']}",
            **self.odoo.server.environment,
            "PGUSER": user,
            "ODOO_RC": str(self.folder / "etc/odoo/odoo.conf"),
        }

    def _adapt_configuration(self):
        """Give the copied settings the folders, ports and names of this server."""
        path = self.folder / "etc/odoo/odoo.conf"
        text = path.read_text()
        for before, after in (
            ("/opt/cdg47", str(ROOT)),
            ("= /var/", f"= {self.folder}/var/"),
            ("db_name = cdg47", f"db_name = {_DATABASE}"),
            ("db_user = odoo", f"db_user = {_ROLE}"),
            ("^cdg47$", f"^{_DATABASE}$"),
            ("http_port = 8069", f"http_port = {http_port()}"),
            ("gevent_port = 8072", f"gevent_port = {_free_port()}"),
            ("workers = 6", "workers = 2"),
        ):
            if before not in text:
                raise SetupError(f"« {before} » n'est plus dans {path.name}.")
            text = text.replace(before, after)
        path.write_text(text)
        # The home of the account, which useradd makes.
        (self.folder / "var/lib/odoo").mkdir(parents=True)

    @contextmanager
    def serving(self):
        """Run the command of the systemd unit by hand."""
        unit = (CONFIG / "systemd" / "cdg47.service").read_text()
        command = re.search(r"^ExecStart=(.+)$", unit, re.MULTILINE)[1]
        command = shlex.split(command.replace("/opt/cdg47", str(ROOT)))
        address = f"http://127.0.0.1:{http_port()}"
        with spawn(command, env=self._environment(_ROLE), cwd=ROOT) as child:
            browser = Browser(address)
            wait_until(lambda: child.poll() is not None or browser.answers(), _PATIENCE)
            if not browser.answers():
                raise SetupError(f"Odoo n'a pas démarré.\n{tail(self._log)}")
            yield address

    @property
    def _log(self):
        return self.folder / "var/log/odoo/odoo.log"

    def check_log(self):
        text = self._log.read_text(errors="replace")
        (LOG / "installation-replayed.log").write_text(text)
        faults = re.findall(r"^\S+ \S+ \d+ (?:ERROR|CRITICAL) .*", text, re.MULTILINE)
        if faults:
            raise SetupError("Le serveur a dit :\n" + "\n".join(faults[:5]))


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _commands():
    """Yield the commands of the README's first block of this chapter, one by one."""
    text = (CONFIG / "README.md").read_text()
    chapter = text[text.index(_HEADING) :]
    block = re.search(r"```sh\n(.*?)```", chapter, re.DOTALL)[1]
    for line in block.replace("\\\n", " ").splitlines():
        command = re.sub(r"\s#.*$", "", line).strip()
        if command and not command.startswith("#"):
            yield command


def _without_owner(words):
    """Leave out the owner and the group, which only root gives.

    >>> _without_owner(["install", "-d", "-o", "odoo", "-g", "odoo", "/var/log"])
    ['install', '-d', '/var/log']
    """
    kept, skip = [], False
    for word in words:
        if not skip and word not in ("-o", "-g"):
            kept.append(word)
        skip = word in ("-o", "-g")
    return kept


# === What the CDG does first ===
def _first_convention(address):
    admin = Browser(address)
    admin.sign_in("admin", "admin")
    year = date.today().year
    company = admin.call("res.company", "search", [])
    admin.call("res.company", "write", company, {
        "name": "Centre de gestion de Lot-et-Garonne", "street": "53 rue de Cartou",
        "zip": "47901", "city": "Agen", "phone": "05 53 48 00 70",
        "email": "contact@example.com", "company_registry": "28470001000010",
        "cdg47_deliberation_required": False,
    })  # fmt: skip
    _give_groups(admin)
    commune, mayor = _commune(admin, year)
    wizard = _propose(admin, commune, year)
    # No price is invented: the proposal is refused until the tariff is entered.
    if not admin.refuses("cdg47.convention.propose", "action_propose", [wizard]):
        raise SetupError("Une convention se propose sans tarif saisi.")
    _tariff(admin, year)
    wizard = _propose(admin, commune, year)
    admin.call("cdg47.convention.propose", "action_propose", [wizard])
    (convention,) = admin.call(
        "cdg47.convention", "search_read", [["partner_id", "=", commune]],
        ["pending_order_id", "signatory_id"],
    )  # fmt: skip
    order = convention["pending_order_id"][0]
    admin.call("cdg47.convention", "action_send", [convention["id"]])
    signatory = Browser(address)
    signatory.sign_in(mayor, mayor)
    signatory.sign(order)
    _invoice(admin, convention["id"], order)


def _give_groups(admin):
    """As Paramètres > Utilisateurs does: who manages the conventions, and invoices."""
    groups = [
        admin.reference(name)
        for name in (
            "cdg47_convention.group_convention_manager",
            "account.group_account_manager",
        )
    ]
    admin.call("res.users", "write", [admin.user], {
        "group_ids": [[4, group, 0] for group in groups],
    })  # fmt: skip


def _commune(admin, year):
    """Enter a commune, its population and its mayor, who gets a login."""
    commune = admin.create("res.partner", {
        "name": "Agmé", "is_company": True, "collectivite_type": "commune",
        "insee_code": "47002", "company_registry": "21470002300010",
        "street": "Le Bourg", "zip": "47350", "city": "Agmé",
        "country_id": admin.reference("base.fr"),
    })  # fmt: skip
    admin.create("cdg47.census", {
        "partner_id": commune, "date_from": f"{year}-01-01", "has_population": True,
        "population_total": 750, "population_municipal": 740, "source": "INSEE",
    })  # fmt: skip
    login = "maire.agme"
    user = admin.create("res.users", {
        "name": "Maire d'Agmé", "login": login, "email": "maire@example.com",
        "password": login,
        "group_ids": [[6, 0, [admin.reference("base.group_portal")]]],
    })  # fmt: skip
    (contact,) = admin.call("res.users", "read", [user], ["partner_id"])
    admin.create("cdg47.mandate", {
        "contact_id": contact["partner_id"][0], "collectivite_id": commune,
        "role": "signatory", "title": "Maire", "date_start": f"{year}-01-01",
    })  # fmt: skip
    return commune, login


def _propose(admin, commune, year):
    return admin.create("cdg47.convention.propose", {
        "partner_id": commune, "date_start": f"{year}-01-01",
        "forfait_ids": [[6, 0, [admin.reference("cdg47_convention.forfait_metiers")]]],
    })  # fmt: skip


def _tariff(admin, year):
    """Enter every price in the grid of the year, as Configuration > Tarif does."""
    grid = admin.create("cdg47.tariff.grid", {"year": year})
    lines = admin.call(
        "cdg47.tariff.grid.line", "search_read", [["grid_id", "=", grid]],
        ["is_forfait"],
    )  # fmt: skip
    strata = [f"price_{code}" for code in (*(f"s{n}" for n in range(1, 10)), "heb")]
    prices = {True: dict.fromkeys(strata, 880.0), False: {"price": 60.0}}
    admin.call("cdg47.tariff.grid", "write", [grid], {
        "line_ids": [[1, line["id"], prices[line["is_forfait"]]] for line in lines],
    })  # fmt: skip
    admin.call("cdg47.tariff.grid", "action_save", [grid])


def _invoice(admin, convention, order):
    state = admin.call("cdg47.convention", "read", [convention], ["state"])[0]["state"]
    if state != "active":
        raise SetupError(f"Signée, la convention est « {state} ».")
    wizard = admin.create(
        "sale.advance.payment.inv", {"sale_order_ids": [[6, 0, [order]]]}
    )
    admin.call("sale.advance.payment.inv", "create_invoices", [wizard])
    (invoice,) = admin.call(
        "account.move", "search", [["cdg47_convention_id", "=", convention]]
    )
    admin.call("account.move", "action_post", [invoice])
    (posted,) = admin.call(
        "account.move", "read", [invoice], ["state", "amount_total", "name"]
    )
    if (posted["state"], posted["amount_total"]) != ("posted", 880.0):
        raise SetupError(f"La facture n'est pas ce qui est dû : {posted}")
