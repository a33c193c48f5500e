"""Forty secretaries at once on a server as in production, its workers killed.

Run by `make bench` in the Odoo shell, on a copy of a database: `config/odoo.prod.conf`
with two workers. For three minutes (LOAD_SECONDS), forty secretaries read their ten
usual pages, five mayors sign proposals, five secretaries register agents, mails come in
as `odoo-mailgate` hands them over, the yearly campaign runs, and a worker is killed
every twenty seconds.

Nothing may fail but the answers that a killed worker was writing, nothing may be lost
nor done twice, and at least as fast as twice Odoo's own list of orders, read in the
same run: that is what the portal of any Odoo gives on this machine.
"""

import json
import os
import random
import re
import signal
import sys
import threading
import time
import xmlrpc.client
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from http.client import HTTPException
from pathlib import Path
from xml.parsers.expat import ExpatError

import psutil
import requests

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tests import new_test_user

from odoo.addons import cdg47_convention
from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_convention.tests.campaign_common import CampaignMixin
from odoo.addons.cdg47_convention.tests.common import SIGNATURE

ROOT = Path(cdg47_convention.__path__[0]).parents[1]
sys.path.append(str(ROOT / "config" / "setup"))
import process
from python_env import ODOO_COMMAND, PYTHON
from settings import LOG

SECONDS = int(os.environ.get("LOAD_SECONDS", "180"))
PORT = int(os.environ.get("LOAD_PORT", "8269"))
READERS, SIGNERS, REGISTERING = 40, 5, 5
KILL_EVERY, THINKING = 20, 15.0
STOCK, LIMIT = "/my/orders", 2.0
PAGES = (
    STOCK, "/my", "/my/forfait", "/my/conventions", "/my/dotations", "/my/tickets",
    "/my/formations", "/my/inscriptions", "/my/invoices", "/new/ticket",
)  # fmt: skip
# One proposal is signed, one agent registered, every so many seconds by each.
PACE = 8
TURNS = SECONDS // PACE + 2
# What a killed worker does to who waits for its answer.
CUT = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
# Odoo tries again what met another; a visitor who is late to speak is let go.
NOISE = re.compile(r"odoo.sql_db: bad query|Request timed out")
ADDRESS = f"http://127.0.0.1:{PORT}"
MAIL = """Message-ID: <{key}@load.example.com>
Date: Mon, 15 Jun 2026 09:00:00 +0200
From: {sender}
To: assistance@load.example.com
Subject: Panne {key}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Bonjour, le logiciel ne s'ouvre plus.
"""
database = env.cr.dbname


@contextmanager
def environment():
    with Registry(database).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {"lang": "fr_FR"})


# === The scene ===
class Scene(CampaignMixin):
    """The communes of Lot-et-Garonne, and who acts for them."""

    def __init__(self, env):
        self.env = type(self).env = env
        self.today = today_in_paris()

    def make(self):
        env = self.env
        env.ref("base.user_admin").password = "admin"
        env.company.cdg47_deliberation_required = False
        self.import_census("communes_47_2024.csv")
        communes = env["res.partner"].search([("collectivite_type", "=", "commune")])
        forfaits = [
            env.ref(f"cdg47_convention.forfait_{name}")
            for name in ("metiers", "techno")
        ]
        asked = communes[: SIGNERS * TURNS]
        members = communes - asked
        members.software_editor_id = env.ref("cdg47_convention.software_editor_partner")
        self.make_conventions_in_bulk(
            members, forfaits, self.today.year, date_end=f"{self.today.year + 5}-12-31"
        )
        mayors = [self.contact(f"signataire{n}", "signatory") for n in range(SIGNERS)]
        orders = [
            self.proposal(commune, mayors[number % SIGNERS], forfaits[0])
            for number, commune in enumerate(asked)
        ]
        readers = [
            self.contact(f"secretaire{n}", "secretary", members[n])
            for n in range(READERS + REGISTERING)
        ]
        session = self.session()
        campaign = self.make_campaign(self.today.year + 1)
        campaign.action_simulate()
        return {
            "orders": [
                [order.id for order in orders[n::SIGNERS]] for n in range(SIGNERS)
            ],
            "mayors": [user.login for user in mayors],
            "readers": [user.login for user in readers],
            "session": session.id,
            "campaign": campaign.id,
            "members": [partner.id for partner in members],
        }

    def contact(self, login, role, *communes):
        user = new_test_user(
            self.env, login, groups="base.group_portal", email=f"{login}@example.com"
        )
        self.mandate(user.partner_id, role, *communes)
        return user

    def mandate(self, contact, role, *communes):
        self.env["cdg47.mandate"].create(
            [
                {
                    "contact_id": contact.id,
                    "collectivite_id": commune.id,
                    "role": role,
                    "date_start": "2020-01-01",
                }
                for commune in communes
            ]
        )

    def proposal(self, commune, mayor, forfait):
        self.mandate(mayor.partner_id, "signatory", commune)
        start = self.today.replace(day=1)
        convention = self.env["cdg47.convention"].create(
            {
                "partner_id": commune.id,
                "date_start": start,
                "signatory_id": mayor.partner_id.id,
                "line_ids": [
                    Command.create({"forfait_id": forfait.id, "date_start": start})
                ],
            }
        )
        convention.action_propose()
        order = convention.pending_order_id
        order.action_quotation_sent()
        convention.state = "sent"  # no mail server answers here
        return order

    def session(self):
        day = self.today + timedelta(days=60)
        session = self.env["event.event"].create(
            {
                "name": "Session de la mesure",
                "event_type_id": self.env.ref("cdg47_training.event_type_workshop").id,
                "date_begin": f"{day} 08:00:00",
                "date_end": f"{day} 11:00:00",
                "half_day_ids": [Command.create({"date": day, "period": "morning"})],
            }
        )
        session.write({"seats_limited": True, "seats_max": 5000})
        session.action_publish()
        return session


# === The server ===
@contextmanager
def production():
    """Serve with the settings of production, but where this machine differs."""
    log = LOG / "bench-load.log"
    log.unlink(missing_ok=True)
    options = {
        "config": ROOT / "config" / "odoo.prod.conf",
        "database": database,
        "db-filter": f"^{database}$",
        "addons-path": os.environ["ODOO_ADDONS_PATH"],
        "data-dir": os.environ["ODOO_DATA_DIR"],
        "logfile": log,
        "log-level": "warn",
        "workers": 2,
        "http-port": PORT,
        "gevent-port": PORT + 1,
    }
    for option, variable in (
        ("db_host", "PGHOST"), ("db_port", "PGPORT"), ("db_user", "PGUSER"),
    ):  # fmt: skip
        if os.environ.get(variable):
            options[option] = os.environ[variable]
    arguments = [f"--{name}={value}" for name, value in options.items()]
    with process.spawn([PYTHON, ODOO_COMMAND, "server", *arguments]) as child:
        process.wait_until(answers, 180)
        assert answers(), log.read_text()[-3000:]
        yield child.pid, log
        children = psutil.Process(child.pid).children()
    psutil.wait_procs(children, 60)


def answers():
    with suppress(requests.RequestException):
        return requests.get(f"{ADDRESS}/web/login", timeout=30).ok
    return False


def kill_workers(pid, end, killed):
    """Kill a worker that serves pages, or one that runs crons, every so often."""
    while time.monotonic() + KILL_EVERY < end:
        time.sleep(KILL_EVERY)
        children = [
            child
            for child in psutil.Process(pid).children()
            if "gevent" not in child.cmdline()
        ]
        if children:
            victim = random.choice(children)
            killed.append(victim.pid)
            with suppress(psutil.NoSuchProcess):
                os.kill(victim.pid, signal.SIGKILL)


# === Who uses it ===
class Tally:
    """What each page took, what failed, what was cut: shared by all."""

    def __init__(self):
        self.lock = threading.Lock()
        self.seconds = defaultdict(list)
        self.faults, self.cut = [], 0

    def add(self, name, seconds):
        with self.lock:
            self.seconds[name].append(seconds)

    def fault(self, *words):
        with self.lock:
            self.faults.append(" ".join(map(str, words)))

    def is_cut(self):
        with self.lock:
            self.cut += 1

    def p95(self, name):
        taken = sorted(self.seconds[name])
        return taken[int(len(taken) * 0.95)] if taken else 0.0


class Visitor:
    """A browser: a session, and another try where the answer was cut."""

    def __init__(self, login, tally):
        self.login, self.tally = login, tally
        self.http = requests.Session()
        # As nginx, which keeps no connection to the workers.
        self.http.headers["Connection"] = "close"
        page = self.ask("/web/login")
        page = self.ask(
            "/web/login", csrf_token=csrf(page), login=login, password=login
        )
        assert 'name="password"' not in page, login

    def ask(self, path, name=None, **data):
        """Ask for a page as long as its answer is cut; return its text."""
        while True:
            start = time.monotonic()
            try:
                if data:
                    answer = self.http.post(ADDRESS + path, data=data, timeout=120)
                else:
                    answer = self.http.get(ADDRESS + path, timeout=120)
            except CUT:
                self.tally.is_cut()
                time.sleep(0.2)
                continue
            if name:
                self.tally.add(name, time.monotonic() - start)
            if answer.status_code != 200 or "/web/login" in answer.url and name:
                self.tally.fault(self.login, path, answer.status_code, answer.url)
            return answer.text

    def post_once(self, path, **data):
        """Post a form once: whether a cut one was received is read on the page."""
        start = time.monotonic()
        try:
            answer = self.http.post(ADDRESS + path, data=data, timeout=120)
        except CUT:
            self.tally.is_cut()
            return False
        self.tally.add("register", time.monotonic() - start)
        if answer.status_code != 200:
            self.tally.fault(self.login, path, answer.status_code)
        return True

    def call(self, path, **params):
        """Call a JSON route; a cut answer is for the caller to look into."""
        start = time.monotonic()
        try:
            answer = self.http.post(
                ADDRESS + path,
                json={"jsonrpc": "2.0", "method": "call", "params": params},
                timeout=120,
            )
        except CUT:
            self.tally.is_cut()
            return None
        self.tally.add("sign", time.monotonic() - start)
        return answer.json()


def csrf(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def read_pages(visitor, tally, end):
    while time.monotonic() < end:
        for path in random.sample(PAGES, len(PAGES)):
            if time.monotonic() > end:
                return
            visitor.ask(path, name=path)
            time.sleep(random.uniform(0.5, 1.5) * THINKING)


def sign(visitor, orders, tally, end, done):
    for order in orders:
        if time.monotonic() > end:
            return
        # Cut, the page is read again: it says whether it was signed.
        for _try in range(5):
            answer = visitor.call(
                f"/my/orders/{order}/accept",
                name=visitor.login,
                signature=SIGNATURE.decode(),
                access_token=None,
            )
            result = (answer or {}).get("result") or {}
            if result.get("force_refresh"):
                break
            if answer is not None:
                visitor.tally.fault("sign", order, json.dumps(answer)[:300])
                break
            if "#modalaccept" not in visitor.ask(f"/my/orders/{order}"):
                break
        done.append(order)
        time.sleep(PACE)


def register(visitor, session, tally, end, done):
    login, number = visitor.login, 0
    while time.monotonic() < end:
        number += 1
        agent = f"Agent {login} {number}"
        for _try in range(5):
            page = visitor.ask(f"/my/formations/{session}")
            if agent in page:
                break
            fields = dict(
                re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
            )
            if "csrf_token" not in fields:
                fields["csrf_token"] = csrf(page)
            if visitor.post_once(
                f"/my/formations/{session}/inscription",
                **fields,
                new_name=agent,
                new_email=f"agent{number}.{login}@example.com",
            ):
                break
        done.append(agent)
        time.sleep(PACE)


def send_mails(senders, tally, end, done):
    """Hand mails over as `odoo-mailgate` does; a cut one is handed over again."""
    number = 0
    while time.monotonic() < end:
        number += 1
        sender = senders[number % len(senders)]
        content = MAIL.format(key=number, sender=f"{sender}@example.com")
        while True:
            try:
                server = xmlrpc.client.ServerProxy(f"{ADDRESS}/xmlrpc/2/object")
                server.execute_kw(
                    database, SUPERUSER_ID + 1, "admin", "mail.thread",
                    "message_process",
                    ["helpdesk.ticket", xmlrpc.client.Binary(content.encode())],
                )  # fmt: skip
            except xmlrpc.client.Fault as fault:
                tally.fault("mail", number, fault.faultString[-300:])
            except (OSError, xmlrpc.client.ProtocolError, HTTPException, ExpatError):
                tally.is_cut()
                time.sleep(0.5)
                continue
            break
        done.append(f"Panne {number}")
        time.sleep(2)


def start_campaign():
    """Press « Lancer »: the crons of the server renew, as the pages are read."""
    with environment() as env:
        env["cdg47.campaign"].browse(scene["campaign"]).action_run()
        env.cr.commit()


# === What is left of it ===
def check(scene, signed, registered, mails):
    """Count, in the database, what each of them was told."""
    with environment() as env:
        orders = env["sale.order"].browse(signed)
        assert set(orders.mapped("state")) <= {"sale"}, Counter(orders.mapped("state"))
        conventions = orders.convention_id
        assert len(conventions) == len(orders)
        assert set(conventions.mapped("state")) <= {"active"}
        for convention in conventions:
            open_terms = convention.term_ids.filtered(lambda t: t.state == "open")
            assert len(open_terms) == 1, convention.name
        names = (
            env["event.registration"]
            .search([("event_id", "=", scene["session"]), ("state", "!=", "cancel")])
            .mapped("name")
        )
        lost = set(registered) - set(names)
        assert not lost, lost
        twice = [name for name, count in Counter(names).items() if count > 1]
        assert not twice, twice
        tickets = env["helpdesk.ticket"].search([("name", "in", mails)])
        counted = Counter(tickets.mapped("name"))
        assert set(counted) == set(mails), set(mails) - set(counted)
        assert not [n for n, count in counted.items() if count > 1]
        lines = env["cdg47.campaign"].browse(scene["campaign"]).line_ids
        done = lines.filtered(lambda line: line.state == "done" and line.term_id)
        assert len(done.term_id) == len(done.order_id) == len(done)
        assert all(len(line.invoice_ids) == 1 for line in done)
        parked = lines.filtered(lambda line: line.state == "parked")
        assert not parked, parked.mapped("reason")[:3]
        return len(done), len(lines)


with environment() as own:
    scene = Scene(own).make()
    own.cr.commit()
tally, killed, signed, registered, mails = Tally(), [], [], [], []
with production() as (pid, log):
    logins = [*scene["readers"], *scene["mayors"]]
    with ThreadPoolExecutor(4) as pool:
        visitors = list(pool.map(lambda login: Visitor(login, tally), logins))
    # What is measured is a day, not a first start: each worker knows its pages.
    for path in PAGES * 3:
        visitors[0].ask(path)
    readers, mayors = visitors[:-SIGNERS], visitors[-SIGNERS:]
    start_campaign()
    end = time.monotonic() + SECONDS
    jobs = [(read_pages, (visitor, tally, end)) for visitor in readers[:READERS]]
    jobs += [
        (sign, (visitor, orders, tally, end, signed))
        for visitor, orders in zip(mayors, scene["orders"], strict=True)
    ]
    jobs += [
        (register, (visitor, scene["session"], tally, end, registered))
        for visitor in readers[READERS:]
    ]
    jobs += [
        (send_mails, (scene["readers"], tally, end, mails)),
        (kill_workers, (pid, end, killed)),
    ]
    threads = [threading.Thread(target=job, args=arguments) for job, arguments in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    logged = [
        line
        for line in log.read_text().splitlines()
        if re.match(r"\S+ \S+ \d+ (ERROR|CRITICAL) ", line) and not NOISE.search(line)
    ]
stock = tally.p95(STOCK)
for path in PAGES:
    taken = tally.seconds[path]
    print(
        f"{path:<18} {len(taken):>5} read, p95 {tally.p95(path):6.2f} s, "
        f"{tally.p95(path) / stock:5.2f} x {STOCK}"
    )
print(
    f"{len(signed)} signed (p95 {tally.p95('sign'):.2f} s), "
    f"{len(registered)} registered (p95 {tally.p95('register'):.2f} s), "
    f"{len(mails)} mails"
)
print(
    f"{len(killed)} workers killed, {tally.cut} answers cut, {len(tally.faults)} faults"
)
for fault in [*tally.faults[:10], *logged[:10]]:
    print("fault:", fault)
done, lines = check(scene, signed, registered, mails)
assert not tally.faults, f"{len(tally.faults)} faults"
assert not logged, f"{len(logged)} errors in the log"
print(f"campaign: {done} of {lines} renewed meanwhile, each once")
slowest = max(PAGES, key=tally.p95)
ratio = tally.p95(slowest) / stock
assert ratio <= LIMIT, f"{slowest}: {ratio:.2f} x {STOCK}, more than {LIMIT}"
