# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the add-on leaves in the database, and what it takes away with it."""

from freezegun import freeze_time
from lxml import etree

from odoo.tests import Form, tagged
from odoo.tools import file_open
from odoo.tools.safe_eval import safe_eval

from odoo.addons.cdg47_convention.hooks import STOCK_PORTAL_RULES, uninstall_hook

from .common import MODULE, ConventionCase

SOURCES = {
    "base": "base/security/base_security.xml",
    "sale": "sale/security/ir_rules.xml",
    "account": "account/security/account_security.xml",
}


class InstallCase(ConventionCase):
    def own(self, model):
        """Return the records of a model that the add-on's data declare."""
        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", model)]
        )
        return self.env[model].browse(data.mapped("res_id")).exists()

    @classmethod
    def own_models(cls):
        return {
            name: model
            for name, model in cls.env.registry.items()
            if model._original_module == MODULE and not model._abstract
        }


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestScreens(InstallCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        commune = cls.make_commune(750)
        cls.make_signatory(commune)
        cls.convention = cls.make_signed_convention(commune, cls.metiers | cls.techno)

    def test_every_view_is_valid(self):
        views = self.own("ir.ui.view")
        self.assertGreater(len(views), 20)
        for view in views:
            with self.subTest(view.xml_id):
                view._check_xml()

    def test_every_action_opens(self):
        actions = self.own("ir.actions.act_window")
        self.assertGreater(len(actions), 8)
        for user in (self.user_user, self.user_manager, self.user_accountant):
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
        variables = {"uid": records.env.uid, "context_today": None}
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

    def test_every_assistant_opens(self):
        assistants = {
            "cdg47.convention.propose": {
                "default_partner_id": self.convention.partner_id.id
            },
            "cdg47.convention.terminate": {
                "default_convention_id": self.convention.id,
            },
            "cdg47.paper.signature": {
                "default_order_id": self.convention.order_ids.id,
            },
            "cdg47.quota.rule.revise": {
                "default_rule_id": self.env.ref(f"{MODULE}.rule_epp").id,
            },
            "cdg47.annexe.viewer": {},
        }
        for model, context in assistants.items():
            with self.subTest(model):
                assistant = self.env[model].with_user(self.user_manager)
                Form(assistant.with_context(**context))

    def test_annexe_on_screen(self):
        viewer = self.env["cdg47.annexe.viewer"].with_user(self.user_employee)
        content = viewer.create({}).content
        for text in (
            "EPP",
            "sauvegarde externalisée",
            "Communes de moins de 100 habitants",
        ):
            self.assertIn(text, content)


@tagged("post_install", "-at_install")
class TestDeclarations(InstallCase):
    def test_every_field_has_a_label(self):
        """A label made from a technical name, such as « Cdg47 Kind », is forgotten."""
        for name in self.env.registry:
            for field in self.env[name]._fields.values():
                is_ours = field._module == MODULE and not field.inherited
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
                if field._module != MODULE or field.type != "one2many":
                    continue
                inverse = self.env[field.comodel_name]._fields.get(field.inverse_name)
                if inverse and inverse.type == "many2one" and inverse.store:
                    with self.subTest(f"{name}.{field.name}"):
                        self.assertTrue(inverse.index)

    def test_crons_run(self):
        crons = self.own("ir.cron")
        self.assertTrue(crons)
        with self.enter_registry_test_mode():
            for cron in crons:
                with self.subTest(cron.name):
                    cron.method_direct_trigger()

    def test_portal_rules_still_decide_nothing_but_collectivites(self):
        """Ours are in force, under the external ids of Odoo's own rules."""
        for xml_id in STOCK_PORTAL_RULES:
            with self.subTest(xml_id):
                domain = self.env.ref(xml_id).domain_force
                self.assertIn("is_my_collectivite", domain)
                self.assertIn("collectivite_type", domain)


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestUninstall(InstallCase):
    def shipped_domain(self, xml_id):
        """Return the domain of a rule in the source of the installed Odoo."""
        module, name = xml_id.split(".")
        with file_open(SOURCES[module], "rb") as stream:
            tree = etree.parse(stream)
        (node,) = tree.xpath(
            f"//record[@id='{name}' or @id='{xml_id}']/field[@name='domain_force']"
        )
        return "".join(node.text.split())

    def test_odoo_rules_come_back_as_shipped(self):
        uninstall_hook(self.env)
        for xml_id in STOCK_PORTAL_RULES:
            with self.subTest(xml_id):
                restored = "".join(self.env.ref(xml_id).domain_force.split())
                self.assertEqual(restored, self.shipped_domain(xml_id))

    def test_every_replaced_rule_is_known_to_the_hook(self):
        with file_open(f"{MODULE}/security/portal_rules_of_odoo.xml", "rb") as stream:
            replaced = etree.parse(stream).xpath("//record[@model='ir.rule']/@id")
        self.assertEqual(set(replaced), set(STOCK_PORTAL_RULES))

    def test_never_sold_catalogue_goes_with_the_add_on(self):
        catalogue = self.own("product.product")
        lines = self.env["sale.order.line"].search(
            [("product_id", "in", catalogue.ids)]
        )
        self.assertFalse(lines, "this test needs a database where nothing was sold")
        uninstall_hook(self.env)
        self.assertEqual(self.own("product.product"), catalogue)
        self.assertTrue(self.metiers.active)

    def test_sold_catalogue_stays_archived(self):
        convention = self.make_signed_convention(self.make_commune())
        product = convention.order_ids.order_line.product_id
        uninstall_hook(self.env)
        self.assertFalse(self.own("product.product"))
        self.assertFalse(self.own("uom.uom"))
        self.assertFalse(self.tariff.active)
        self.assertFalse(product.active)
        self.assertTrue(product.exists())

    def test_no_foreign_key_stands_in_the_way(self):
        uninstall_hook(self.env)
        self.env.cr.execute(
            """
            SELECT count(*) FROM pg_constraint fk
              JOIN pg_class parent ON parent.oid = fk.confrelid
             WHERE fk.contype = 'f' AND parent.relname LIKE 'cdg47\\_%'
            """
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)
