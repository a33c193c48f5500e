# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is asked of the screens and of the declarations of each add-on."""

from lxml import etree

from odoo import fields
from odoo.tools.safe_eval import datetime, safe_eval

from .common import MODULE


class InstallMixin:
    """An add-on, by the records that its data declare."""

    module = MODULE

    def own(self, model):
        """Return the records of a model that the add-on's data declare."""
        data = self.env["ir.model.data"].search(
            [("module", "=", self.module), ("model", "=", model)]
        )
        return self.env[model].browse(data.mapped("res_id")).exists()

    @classmethod
    def own_models(cls):
        return {
            name: model
            for name, model in cls.env.registry.items()
            if model._original_module == cls.module and not model._abstract
        }


class ScreensMixin(InstallMixin):
    """Every view, action and menu, opened by those they are for."""

    fewest_views = 20
    fewest_actions = 8

    def screen_users(self):
        """Return who opens the screens: a user by role.

        :rtype: res.users
        """
        return self.user_user | self.user_manager | self.user_accountant

    def test_every_view_is_valid(self):
        views = self.own("ir.ui.view")
        self.assertGreater(len(views), self.fewest_views)
        for view in views:
            with self.subTest(view.xml_id):
                view._check_xml()

    def test_every_action_opens(self):
        actions = self.own("ir.actions.act_window")
        self.assertGreater(len(actions), self.fewest_actions)
        for user in self.screen_users():
            for action in actions:
                records = self.env[action.res_model].with_user(user)
                if not records.has_access("read"):
                    continue
                with self.subTest(action.xml_id, user=user.login):
                    self.open_action(action, records)

    def open_action(self, action, records):
        """Load the views as the web client does, then read what they show."""
        context = safe_eval(action.context or "{}", {"uid": records.env.uid})
        records = records.with_context(**context)
        views = action.views + [(action.search_view_id.id, "search")]
        loaded = records.get_views(views, {"load_filters": True})
        domain = safe_eval(action.domain or "[]", {"uid": records.env.uid})
        found = records.search(domain, limit=3)
        for kind, view in loaded["views"].items():
            if kind == "search":
                self.run_filters(records, view["arch"], domain)
            names = {
                node.get("name")
                for node in etree.fromstring(view["arch"]).xpath(
                    "//field[not(ancestor::field)]"
                )
            }
            found.read(sorted(names & set(records._fields)))

    def run_filters(self, records, arch, domain):
        """Search by each filter, and group by each group of a search view."""
        # What the filters of the browser may name.
        variables = {
            "uid": records.env.uid,
            "context_today": lambda: fields.Date.context_today(records),
            "datetime": datetime,
        }
        for node in etree.fromstring(arch).iter("filter"):
            if node.get("domain"):
                leaf = safe_eval(node.get("domain"), variables)
                records.search(list(domain) + leaf, limit=1)
            group_by = safe_eval(node.get("context") or "{}", variables).get("group_by")
            kind = group_by and records._fields[group_by.split(":")[0]].type
            # As the screen does, where a view of Odoo's names a date alone.
            if kind in ("date", "datetime") and ":" not in group_by:
                group_by += ":month"
            # Odoo's own views group by properties, which nobody has defined here.
            if kind and kind != "properties":
                records.formatted_read_group(domain, [group_by], ["__count"])

    def test_every_screen_has_its_empty_state(self):
        """An empty list says what will be there, not « no record found »."""
        for action in self.own("ir.actions.act_window"):
            if self.env[action.res_model]._transient:
                continue
            with self.subTest(action.xml_id):
                self.assertIn("o_view_nocontent", action.help or "")

    def test_every_menu_leads_somewhere(self):
        """A menu is seen by somebody who may read what it opens."""
        menus = self.own("ir.ui.menu")
        self.assertTrue(menus)
        users = self.screen_users() | self.env.ref("base.user_admin")
        for menu in menus.filtered("action"):
            with self.subTest(menu.complete_name):
                self.assertTrue(
                    users.filtered(lambda user, menu=menu: self.is_open_to(menu, user))
                )

    def is_open_to(self, menu, user):
        # A server action names its model otherwise.
        name = menu.action._get_action_dict().get("res_model")
        opened = self.env[name or menu.action.model_name].with_user(user)
        seen = menu.with_user(user)._filter_visible_menus()
        return menu in seen and opened.has_access("read")


class DeclarationsMixin(InstallMixin):
    """Labels, access rights and indexes of the models an add-on defines."""

    def test_every_field_has_a_label(self):
        """A label made from a technical name, such as « Cdg47 Kind », is forgotten."""
        for name in self.env.registry:
            for field in self.env[name]._fields.values():
                is_ours = field._module == self.module and not field.inherited
                if is_ours and field.name != "id":
                    with self.subTest(f"{name}.{field.name}"):
                        self.assertTrue(field.string)
                        self.assertNotRegex(field.string, "(?i)cdg47|_| ids?$")

    def test_every_model_has_access_rights(self):
        granted = set(self.env["ir.model.access"].search([]).mapped("model_id.model"))
        self.assertFalse(set(self.own_models()) - granted)

    def test_every_relation_is_indexed(self):
        """The inverse of a one2many is searched by: it has an index."""
        for name, model in self.env.registry.items():
            if model._transient:
                continue
            for field in self.env[name]._fields.values():
                if field._module != self.module or field.type != "one2many":
                    continue
                inverse = self.env[field.comodel_name]._fields.get(field.inverse_name)
                if inverse and inverse.type == "many2one" and inverse.store:
                    with self.subTest(f"{name}.{field.name}"):
                        self.assertTrue(inverse.index)
