# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every screen of our menus, opened by each of its roles as the web client opens it.

No error, and no list without a search, a way to group it and a word for who finds it
empty.
"""

from datetime import datetime

from dateutil.relativedelta import relativedelta
from lxml import etree
from matrix_common import MODULES, STAFF, MatrixCase

from odoo.fields import Domain
from odoo.service.model import call_kw
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

ROWS = ("list", "kanban", "calendar", "activity")
TOTALS = ("pivot", "graph")


@tagged("post_install", "-at_install")
class TestScreens(MatrixCase):
    # === What a role finds ===
    def menus_of(self, person):
        menus = self.env["ir.ui.menu"].with_user(self.users[person])
        return menus.load_web_menus(False)

    @staticmethod
    def our_roots(menus):
        found = (menus[root] for root in menus["root"]["children"])
        return [menu for menu in found if menu["xmlid"].partition(".")[0] in MODULES]

    def screens_of(self, person):
        """Return the pages of our menus, by the name of their menu."""
        menus = self.menus_of(person)
        todo, screens = self.our_roots(menus), {}
        while todo:
            menu = todo.pop()
            todo += [menus[child] for child in menu["children"]]
            if menu["actionModel"] == "ir.actions.act_window":
                action = self.env[menu["actionModel"]].browse(menu["actionID"])
                screens[menu["name"]] = action
        return screens

    def ask(self, person, action, method, *args, **kwargs):
        """Ask the server, as the web client of this person does."""
        context = self.evaluated(person, action.context or "{}")
        kwargs["context"] = {**context, "lang": "fr_FR", "tz": "Europe/Paris"}
        model = self.env[action.res_model].with_user(self.users[person])
        return call_kw(model, method, list(args), kwargs)

    def evaluated(self, person, text):
        return safe_eval(
            text,
            {
                "uid": self.users[person].id,
                "context_today": lambda: self.today,
                "current_date": str(self.today),
                "datetime": datetime,
                "relativedelta": relativedelta,
                "active_id": False,
                "allowed_company_ids": self.env.companies.ids,
            },
        )

    def views_of(self, person, action):
        wanted = [*action.views, [action.search_view_id.id, "search"]]
        return self.ask(person, action, "get_views", wanted)

    def specification(self, views, model, node):
        """Return what a view reads: its fields, and those of the lists in it."""
        found = {}
        for field in fields_of(node):
            name = field.get("name")
            known = views["models"][model]["fields"][name]
            inner = next(field.iterchildren("list", "kanban"), None)
            if known["type"] == "many2one":
                found[name] = {"fields": {"display_name": {}}}
            elif inner is not None:
                fields = self.specification(views, known["relation"], inner)
                found[name] = {"fields": fields}
            else:
                found[name] = {}
        return found

    def open_screen(self, person, action):
        """Open each view of a page, then its first record and a new one."""
        views = self.views_of(person, action)
        domain = Domain(self.evaluated(person, action.domain or "[]"))
        rows = {}
        for kind in filter(views["views"].get, (*ROWS, *TOTALS)):
            arch = etree.fromstring(views["views"][kind]["arch"])
            if kind in TOTALS:
                self.count(person, action, list(domain), arch)
            else:
                wanted = self.specification(views, action.res_model, arch)
                rows[kind] = self.ask(
                    person, action, "web_search_read", list(domain), wanted, limit=80
                )
        if "form" in views["views"]:
            arch = etree.fromstring(views["views"]["form"]["arch"])
            wanted = self.specification(views, action.res_model, arch)
            found = next(iter(rows.values()), {"records": []})["records"]
            if found:
                self.ask(person, action, "web_read", [found[0]["id"]], wanted)
            elif arch.get("create") != "False":
                self.ask(person, action, "onchange", [], {}, [], wanted)
        return views

    def count(self, person, action, domain, arch):
        known = self.env[action.res_model]._fields
        groups = [
            f"{name}:{field.get('interval') or 'month'}"
            if known[name].type in ("date", "datetime")
            else name
            for field in arch.iter("field")
            if field.get("type") != "measure"
            for name in [field.get("name")]
        ]
        sums = [
            f"{field.get('name')}:sum"
            for field in arch.iter("field")
            if field.get("type") == "measure"
        ]
        self.ask(
            person,
            action,
            "formatted_read_group",
            domain,
            groupby=groups,
            aggregates=["__count", *sums],
        )

    def lacks(self, action, views):
        """Say what who looks for something, or finds nothing, misses on a list."""
        search = etree.fromstring(views["views"]["search"]["arch"])
        filters = set(search.iter("filter"))
        grouped = {one for one in filters if "group_by" in one.get("context", "")}
        return [
            word
            for word, there in (
                ("field to search", search.findall("field")),
                ("filter", filters - grouped),
                ("group", grouped),
                ("word when empty", action.help),
            )
            if not there
        ]

    # === Each screen ===
    def test_an_application_opens_on_a_page(self):
        """Not on a dialog above another application; and ours comes first."""
        for person in STAFF:
            with self.subTest(person):
                menus = self.menus_of(person)
                ours = self.our_roots(menus)
                self.assertEqual(menus["root"]["children"][0], ours[0]["id"])
                for root in ours:
                    action = self.env[root["actionModel"]].browse(root["actionID"])
                    opened = action.with_user(self.users[person])._get_action_dict()
                    if action._name == "ir.actions.server":
                        opened = action.with_user(self.users[person]).run()
                    self.assertNotEqual(opened["target"], "new", root["name"])

    def test_each_role_opens_each_screen(self):
        for person in STAFF:
            for name, action in self.screens_of(person).items():
                with self.subTest(person=person, screen=name):
                    self.open_screen(person, action)

    def test_the_year_opens_what_it_counts(self):
        """Each step of « L'année », those of the other add-ons included."""
        groups = [self.users[person].group_ids for person in STAFF]
        whole = new_test_user(self.env, "whole")
        whole.group_ids = whole.group_ids.union(*groups)
        pages = self.env["cdg47.year"].with_user(whole)
        page = pages.browse(pages.action_open(self.year)["res_id"])
        keys = {step.key for step in page.step_ids}
        self.assertLessEqual({"siret", "campaign", "sheets", "triage", "invoice"}, keys)
        self.assertTrue([key for key in keys if key.startswith("letters_")])
        for step in page.step_ids:
            with self.subTest(step.key):
                action = step.action_open()
                records = self.env[action["res_model"]].with_user(page.env.user)
                if action.get("domain") and step.left:
                    domain = self.evaluated("manager", str(action["domain"]))
                    found = records.search_count(domain)
                    self.assertEqual(found, step.left, step.sentence)

    def filters_of(self, action):
        views = self.views_of("manager", action)
        search = etree.fromstring(views["views"]["search"]["arch"])
        return {node.get("name"): node for node in search.iter("filter")}

    def test_each_filter_and_group_answers(self):
        """A filter finds without error, a group opens what it counts."""
        for name, action in self.screens_of("manager").items():
            if self.env[action.res_model]._transient:
                continue
            domain = self.evaluated("manager", action.domain or "[]")
            for key, node in self.filters_of(action).items():
                with self.subTest(screen=name, filter=key):
                    wanted = self.evaluated("manager", node.get("domain", "[]"))
                    both = list(Domain(domain) & Domain(wanted))
                    self.ask("manager", action, "search_count", both)
                    context = self.evaluated("manager", node.get("context", "{}"))
                    if group_by := context.get("group_by"):
                        self.open_group(action, domain, group_by)

    def open_group(self, action, domain, group_by):
        field = group_by.partition(":")[0]
        wanted = ["groupable", "type"]
        described = self.ask("manager", action, "fields_get", [field], wanted)[field]
        self.assertTrue(described["groupable"])
        if described["type"] == "properties":
            # Odoo's own filter, which waits for a property to be chosen.
            return
        if described["type"] in ("date", "datetime") and field == group_by:
            group_by = f"{field}:month"
        for group in self.ask(
            "manager",
            action,
            "web_read_group",
            domain,
            groupby=[group_by],
            aggregates=["__count"],
        )["groups"][:3]:
            opened = list(Domain(domain) & Domain(group["__extra_domain"]))
            found = self.ask("manager", action, "search_count", opened)
            self.assertEqual(found, group["__count"])

    def test_assistants_open_on_what_is_ticked(self):
        """In the menu « Actions »: on two records of the list, as the client asks."""
        bound = self.env["ir.actions.act_window"].search(
            [("binding_model_id", "!=", False), ("target", "=", "new")]
        )
        groups = [self.users[person].group_ids for person in STAFF]
        self.users["whole"] = new_test_user(self.env, "ticking")
        self.users["whole"].group_ids = self.users["whole"].group_ids.union(*groups)
        opened = set()
        for action in bound:
            (xml_id,) = action.get_external_id().values()
            if xml_id.partition(".")[0] in MODULES:
                with self.subTest(xml_id):
                    self.open_on_ticked("whole", action)
                    opened.add(xml_id)
        self.assertIn("cdg47_helpdesk.cdg47_ticket_hold_action", opened)

    def open_on_ticked(self, person, action):
        model = action.binding_model_id.model
        ticked = self.env[model].with_user(self.users[person]).search([], limit=2)
        views = self.views_of(person, action)
        arch = etree.fromstring(views["views"]["form"]["arch"])
        assistant = self.env[action.res_model].with_user(self.users[person])
        call_kw(
            assistant,
            "onchange",
            [[], {}, [], self.specification(views, action.res_model, arch)],
            {
                "context": {
                    "active_model": model,
                    "active_ids": ticked.ids,
                    "active_id": ticked[:1].id,
                    "lang": "fr_FR",
                }
            },
        )

    def test_a_list_is_searched_grouped_and_explained(self):
        for name, action in self.screens_of("manager").items():
            (xml_id,) = action.get_external_id().values()
            ours = xml_id.partition(".")[0] in MODULES
            if ours and not self.env[action.res_model]._transient:
                with self.subTest(name):
                    views = self.views_of("manager", action)
                    self.assertFalse(self.lacks(action, views))


@tagged("post_install", "-at_install")
class TestHome(MatrixCase, HttpCase):
    def home_of(self, login):
        self.authenticate(login, login)
        info = self.make_jsonrpc_request("/web/session/get_session_info", {})
        return self.env["ir.actions.actions"].browse(info["home_action_id"])

    def test_one_arrives_where_one_works(self):
        for groups, xml_id in (
            ("cdg47_convention.group_convention_manager", "cdg47_year_action"),
            ("cdg47_helpdesk.group_helpdesk_technician", "helpdesk_ticket_action"),
            ("cdg47_training.group_training_manager", "training_event_action"),
            ("cdg47_training.group_training_trainer", "cdg47_training_half_day_action"),
        ):
            with self.subTest(groups):
                module, name = groups.split(".")
                new_test_user(self.env, f"home.{name}", groups=groups)
                expected = self.env.ref(f"{module}.{xml_id}")
                self.assertEqual(self.home_of(f"home.{name}").id, expected.id)

    def test_of_several_roles_the_first(self):
        groups = [self.users[person].group_ids for person in STAFF]
        whole = new_test_user(self.env, "home.whole")
        whole.group_ids = whole.group_ids.union(*groups)
        year = self.env.ref("cdg47_convention.cdg47_year_action")
        self.assertEqual(self.home_of("home.whole").id, year.id)
        # A home chosen for somebody stays.
        chosen = self.env.ref("cdg47_convention.cdg47_campaign_action")
        whole.action_id = chosen.id
        self.assertEqual(self.home_of("home.whole").id, chosen.id)

    def test_others_arrive_where_odoo_says(self):
        new_test_user(self.env, "home.nobody", groups="base.group_user")
        self.assertFalse(self.home_of("home.nobody"))


def fields_of(node):
    """Yield the fields of a view, not those of the views within them."""
    for child in node.iterchildren("*"):
        if child.tag == "field":
            yield child
        else:
            yield from fields_of(child)
