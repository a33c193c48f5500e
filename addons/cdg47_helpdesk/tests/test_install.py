# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the add-on leaves in the database, and what it takes away with it."""

from freezegun import freeze_time
from lxml import etree

from odoo.tests import Form, tagged
from odoo.tools import file_open

from odoo.addons.cdg47_convention.tests.install_common import (
    DeclarationsMixin,
    InstallMixin,
    ScreensMixin,
)
from odoo.addons.cdg47_helpdesk.hooks import (
    STOCK_PUBLIC_WRITE,
    STOCK_RULES,
    _time_services,
    uninstall_hook,
)

from .common import DAY, HelpdeskCase

MODULE = "cdg47_helpdesk"


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestScreens(ScreensMixin, HelpdeskCase):
    module = MODULE
    fewest_views = 15

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.ttim(hours=1.0)
        cls.accepted(cls.ticket)
        cls.work(cls.ticket, 80, day=DAY)

    def screen_users(self):
        return self.technician | self.coordinator | self.user_manager

    def test_every_assistant_opens(self):
        context = {"default_ticket_id": self.ticket.id}
        for model in (
            "cdg47.ticket.qualify",
            "cdg47.ticket.decline",
            "cdg47.time.entry",
            "cdg47.written.request",
        ):
            with self.subTest(model):
                assistant = self.env[model].with_user(self.technician)
                Form(assistant.with_context(**context))


@tagged("post_install", "-at_install")
class TestDeclarations(DeclarationsMixin, HelpdeskCase):
    module = MODULE


@tagged("post_install", "-at_install")
class TestUninstall(InstallMixin, HelpdeskCase):
    module = MODULE

    def shipped(self, xml_id, model, field):
        """Return what OCA's own source says, without its blanks."""
        module, name = xml_id.split(".")
        path = f"{module}/security/helpdesk_security.xml"
        with file_open(path, "rb") as stream:
            tree = etree.parse(stream)
        (node,) = tree.xpath(
            f"//record[@model='{model}' and @id='{name}']/field[@name='{field}']"
        )
        return "".join(node.text.split())

    def test_rules_of_oca_come_back_as_shipped(self):
        uninstall_hook(self.env)
        for xml_id in STOCK_RULES:
            with self.subTest(xml_id):
                restored = "".join(self.env.ref(xml_id).domain_force.split())
                self.assertEqual(
                    restored, self.shipped(xml_id, "ir.rule", "domain_force")
                )
        self.assertTrue(self.env.ref(STOCK_PUBLIC_WRITE).perm_write)

    def test_every_replaced_rule_is_known_to_the_hook(self):
        path = f"{MODULE}/security/portal_rules_of_helpdesk.xml"
        with file_open(path, "rb") as stream:
            replaced = etree.parse(stream).xpath("//record[@model='ir.rule']/@id")
        self.assertEqual(set(replaced), set(STOCK_RULES))

    def test_services_are_delivered_by_hand_again(self):
        services = _time_services(self.env).product_tmpl_id
        self.assertEqual(set(services.mapped("service_type")), {"timesheet"})
        uninstall_hook(self.env)
        self.assertEqual(set(services.mapped("service_type")), {"manual"})
