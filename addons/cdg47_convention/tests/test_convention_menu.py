# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The form of a convention: the steps of its life on top, the rest in its menu."""

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import MODULE, ConventionCase

USER_MENU = [
    "cdg47_convention_quote_action",
    "action_send_again",
    "action_take_back_proposal",
    "action_keep_signed_copy",
    "action_add_forfait",
    "action_use_accompaniment",
    "action_quote_overage",
]
MANAGER_MENU = [
    *USER_MENU,
    "action_change_stratum",
    "action_end_forfait",
    "action_end_convention",
]


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestConventionMenu(ConventionCase):
    def run_item(self, name, convention, user=None):
        """Choose an item of the menu « Actions » as the web client does."""
        action = self.env.ref(f"{MODULE}.{name}").with_user(user or self.user_manager)
        return action.with_context(
            active_model=convention._name,
            active_id=convention.id,
            active_ids=convention.ids,
        ).run()

    def offered(self, user):
        actions = self.env["ir.actions.actions"].with_user(user)
        items = actions.get_bindings("cdg47.convention").get("action", ())
        found = self.env["ir.actions.server"].browse(
            item["id"] for item in items if item.get("binding_view_types") == "form"
        )
        names = found.get_external_id().values()
        return [
            name.partition(".")[2] for name in names if name.startswith(f"{MODULE}.")
        ]

    def test_four_buttons(self):
        arch = self.env["cdg47.convention"].get_view(view_type="form")["arch"]
        self.assertEqual(len(etree.fromstring(arch).xpath("//header/button")), 4)

    def test_offered_to_those_who_may(self):
        self.assertEqual(self.offered(self.user_user), USER_MENU)
        self.assertEqual(self.offered(self.user_manager), MANAGER_MENU)
        self.assertEqual(self.offered(self.user_accountant), [])
        convention = self.make_signed_convention(self.make_commune(750))
        with self.assertRaises(AccessError):
            self.run_item("action_end_convention", convention, self.user_user)

    def test_of_a_proposal(self):
        convention = self.make_convention(self.make_commune(750))
        order = convention.pending_order_id
        self.run_item("action_take_back_proposal", convention)
        self.assertEqual((convention.state, order.state), ("draft", "cancel"))
        with self.assertRaisesRegex(UserError, "no quotation to sign"):
            self.run_item("action_send_again", convention)
        with self.assertRaisesRegex(UserError, "« Take back the proposal »"):
            self.run_item("action_take_back_proposal", convention)
        for name in (
            "action_add_forfait",
            "action_use_accompaniment",
            "action_change_stratum",
            "action_end_forfait",
            "action_end_convention",
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, "« Draft »"):
                self.run_item(name, convention)

    def test_of_a_convention_in_force(self):
        convention = self.make_signed_convention(self.make_commune(750))
        for name in (
            "action_add_forfait",
            "action_use_accompaniment",
            "action_change_stratum",
            "action_end_forfait",
            "action_end_convention",
        ):
            with self.subTest(name):
                action = self.run_item(name, convention)
                self.assertEqual(action["target"], "new")
                model = self.env[action["res_model"]].with_user(self.user_manager)
                assistant = Form(model.with_context(**action["context"]))
                self.assertEqual(assistant.convention_id, convention)
        with self.assertRaisesRegex(UserError, "« Take back the proposal »"):
            self.run_item("action_take_back_proposal", convention)
        with self.assertRaises(UserError):
            self.run_item("action_quote_overage", convention)
