# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the add-on leaves in the database, and what it takes away with it."""

from freezegun import freeze_time
from lxml import etree

from odoo.tests import Form, tagged
from odoo.tools import file_open

from odoo.addons.cdg47_convention.hooks import STOCK_PORTAL_RULES, uninstall_hook

from .common import MODULE, ConventionCase
from .install_common import DeclarationsMixin, InstallMixin, ScreensMixin

SOURCES = {
    "base": "base/security/base_security.xml",
    "sale": "sale/security/ir_rules.xml",
    "account": "account/security/account_security.xml",
}


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestScreens(ScreensMixin, ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        commune = cls.make_commune(750)
        cls.make_signatory(commune)
        cls.convention = cls.make_signed_convention(commune, cls.metiers | cls.techno)

    def test_every_assistant_opens(self):
        assistants = {
            "cdg47.convention.propose": {
                "default_partner_id": self.convention.partner_id.id
            },
            "cdg47.convention.terminate": {
                "default_convention_id": self.convention.id,
            },
            "cdg47.forfait.end": {
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
class TestDeclarations(DeclarationsMixin, ConventionCase):
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
                self.assertRegex(domain, "is_my_collectivite|is_mine_in_full")
                self.assertIn("collectivite_type", domain)


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestUninstall(InstallMixin, ConventionCase):
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
        """Of what is declared; the others go with their tables."""
        before = self.restricting_keys()
        uninstall_hook(self.env)
        after = self.restricting_keys()
        declared = {"cdg47_quota_rule", "cdg47_stratum", "product_product", "uom_uom"}
        self.assertLessEqual(declared, {parent for _name, parent in before})
        self.assertFalse(declared & {parent for _name, parent in after})
        self.assertIn(("cdg47_convention_partner_id_fkey", "res_partner"), after)

    def restricting_keys(self):
        """Return our keys that forbid a deletion, each with its parent table."""
        self.env.cr.execute(
            """
            SELECT fk.conname, parent.relname FROM pg_constraint fk
              JOIN pg_class child ON child.oid = fk.conrelid
              JOIN pg_class parent ON parent.oid = fk.confrelid
             WHERE fk.contype = 'f' AND fk.confdeltype = 'r'
               AND (child.relname LIKE 'cdg47\\_%'
                    OR parent.relname LIKE 'cdg47\\_%')
            """
        )
        return set(self.env.cr.fetchall())
