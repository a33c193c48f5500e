"""Every screen of every role on the 331 collectivités of the department, a year played.

Run by `make bench` in the Odoo shell, on a copy of a database: the real census, a
convention each, the campaign of the next year run and posted. Each page of our menus is
opened as the web client opens it; each list then beside Odoo's own list of contacts,
in turn in the same run, as the speed depends on the machine.
"""

import statistics
import time
from datetime import datetime

from dateutil.relativedelta import relativedelta
from lxml import etree

from odoo.fields import Domain
from odoo.service.model import call_kw
from odoo.tests import new_test_user
from odoo.tools.safe_eval import safe_eval

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_convention.tests.campaign_common import CampaignMixin

ROUNDS, SHOWN, LIMIT = 25, 80, 1.3
MODULES = ("cdg47_convention", "cdg47_helpdesk", "cdg47_training")
ROLES = {
    "employee": "base.group_user",
    "user": "cdg47_convention.group_convention_user",
    "manager": "cdg47_convention.group_convention_manager",
    "accountant": "account.group_account_invoice",
    "technician": "cdg47_helpdesk.group_helpdesk_technician",
    "trainer": "cdg47_training.group_training_trainer",
    "organiser": "cdg47_training.group_training_manager",
}
today = today_in_paris()


# === A year ===
class Year(CampaignMixin):
    env = env

    @classmethod
    def play(cls):
        """Fill the base with the department, and renew everybody's convention."""
        for name, filename in (
            ("epci_47.csv", "epci_47_2024.csv"),
            ("communes_47_2024.csv", None),
        ):
            cls.import_census(name, filename)
        partners = cls.env["res.partner"].search([("collectivite_type", "!=", False)])
        forfaits = cls.env.ref("cdg47_convention.forfait_metiers")
        forfaits |= cls.env.ref("cdg47_convention.forfait_techno")
        conventions = cls.make_conventions_in_bulk(partners, forfaits)
        cls.import_census("communes_47_2025.csv")
        campaign = cls.make_campaign()
        campaign.action_simulate()
        cls.run_all(campaign)
        invoices = campaign.line_ids.invoice_ids
        return conventions, campaign, invoices


start = time.monotonic()
conventions, campaign, invoices = Year.play()
env.flush_all()
done = len(campaign.line_ids.filtered(lambda line: line.state == "done"))
print(
    f"{len(conventions)} conventions, {done} renewed, {len(invoices)} invoices: "
    f"{time.monotonic() - start:.0f} s"
)
env["res.lang"]._activate_lang("fr_FR")
users = {
    role: new_test_user(env, f"banc.{role}", groups=groups, lang="fr_FR")
    for role, groups in ROLES.items()
}


# === As the web client ===
def evaluated(text, user):
    known = {
        "uid": user.id,
        "context_today": lambda: today,
        "current_date": str(today),
        "datetime": datetime,
        "relativedelta": relativedelta,
        "active_id": False,
        "allowed_company_ids": env.companies.ids,
    }
    return safe_eval(text or "[]", known)


def screens_of(user):
    """Yield the pages of our menus, by the name of their menu."""
    menus = env["ir.ui.menu"].with_user(user).load_web_menus(False)
    todo = [
        menus[root]
        for root in menus["root"]["children"]
        if menus[root]["xmlid"].partition(".")[0] in MODULES
    ]
    while todo:
        menu = todo.pop()
        todo += [menus[child] for child in menu["children"]]
        if menu["actionModel"] == "ir.actions.act_window":
            yield menu["name"], env[menu["actionModel"]].browse(menu["actionID"])


def fields_of(node):
    for child in node.iterchildren("*"):
        if child.tag == "field":
            yield child
        else:
            yield from fields_of(child)


def specification(arch, fields):
    """Return what a list reads: what the client hides by default is not."""
    found = {}
    for node in fields_of(arch):
        name = node.get("name")
        if node.get("optional") == "hide":
            continue
        found[name] = (
            {"fields": {"display_name": {}}} if fields[name].get("relation") else {}
        )
    return found


class Page:
    """A list, ready to be opened by somebody.

    :param list views: as an action gives them, of which one is a list
    """

    def __init__(self, name, user, model, domain, context, views):
        self.name = name
        self.user = user
        self.model = env[model].with_user(user)
        self.domain = list(Domain(domain))
        self.context = {**context, "lang": "fr_FR", "tz": "Europe/Paris"}
        found = self.ask("get_views", views)
        self.kinds = set(found["views"])
        self.spec = None
        if "list" in self.kinds:
            arch = etree.fromstring(found["views"]["list"]["arch"])
            fields = found["models"][model]["fields"]
            self.spec = specification(arch, fields)
        self.milliseconds = []

    def ask(self, method, *args, **kwargs):
        return call_kw(
            self.model, method, list(args), kwargs | {"context": self.context}
        )

    def open(self):
        return self.ask("web_search_read", self.domain, self.spec, limit=SHOWN)

    def time(self):
        env.invalidate_all()
        start = time.perf_counter()
        self.open()
        self.milliseconds.append((time.perf_counter() - start) * 1000)

    def queries(self):
        env.invalidate_all()
        before = env.cr.sql_log_count
        self.open()
        return env.cr.sql_log_count - before

    @property
    def p95(self):
        return statistics.quantiles(self.milliseconds, n=20)[-1]


def page_of(name, user, action):
    views = [*action.views, [action.search_view_id.id, "search"]]
    domain = evaluated(action.domain, user)
    context = evaluated(action.context or "{}", user)
    return Page(name, user, action.res_model, domain, context, views)


# === Opened by everybody, measured by who manages ===
lists, opened = {}, 0
for role, user in users.items():
    for name, action in screens_of(user):
        try:
            page = page_of(name, user, action)
            if page.spec:
                page.open()
                key = action.get_external_id()[action.id]
                if role in ("manager", "accountant") or key not in lists:
                    lists[key] = page
        except Exception as error:
            error.add_note(f"{name}, opened by the {role}")
            raise
        opened += 1
print(f"{opened} screens opened by {len(users)} roles")

stock = Page(
    "Odoo's contacts",
    users["manager"],
    "res.partner",
    [],
    {},
    [[env.ref("base.view_partner_tree").id, "list"]],
)
filled = [page for page in lists.values() if len(page.open()["records"]) == SHOWN]
for _round in range(ROUNDS):
    # In turn, so that a busy machine slows both.
    for page in filled:
        stock.time()
        page.time()
stock_queries = stock.queries()
print(f"{stock.name}: p95 {stock.p95:.1f} ms, {stock_queries} queries")
slow = []
for page in sorted(filled, key=lambda page: -page.p95):
    ratio = page.p95 / stock.p95
    print(f"{page.name}: {page.p95:.1f} ms, x {ratio:.2f}, {page.queries()} queries")
    if ratio > LIMIT:
        slow.append(page.name)
env.cr.rollback()
assert not slow, f"more than {LIMIT} x Odoo's own list: {', '.join(slow)}"
