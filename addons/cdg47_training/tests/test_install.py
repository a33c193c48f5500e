# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the add-on leaves in the database, and what it takes away with it."""

from odoo.tests import Form, tagged

from odoo.addons.cdg47_convention.tests.install_common import (
    DeclarationsMixin,
    InstallMixin,
    ScreensMixin,
)

from .common import MODULE, TrainingCase


@tagged("post_install", "-at_install")
class TestScreens(ScreensMixin, TrainingCase):
    module = MODULE
    fewest_views = 30
    fewest_actions = 15

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.session = cls.make_session()
        cls.registration = cls.session._training_register(
            cls.commune, cls.make_agent(cls.commune)
        )

    def screen_users(self):
        return self.trainer | self.organiser | self.user_manager

    def open_action(self, action, records):
        # Assistants are opened with what they are about, below; the menu of the kinds
        # is the organisers'.
        kinds = self.env.ref(f"{MODULE}.training_type_action")
        is_others = action == kinds and records.env.user == self.trainer
        if records._transient or is_others:
            return None
        return super().open_action(action, records)

    def test_every_assistant_opens(self):
        of_session = {"default_event_id": self.session.id}
        assistants = {
            "cdg47.training.import": of_session,
            "cdg47.training.register": of_session,
            "cdg47.training.session.cancel": of_session,
            "cdg47.training.sheet.reopen": {
                "default_half_day_id": self.session.half_day_ids.id
            },
            "cdg47.training.cancel": {
                "default_registration_ids": self.registration.ids
            },
            "cdg47.training.report": {},
            "cdg47.training.replace": {"default_registration_id": self.registration.id},
            "cdg47.training.regularise": {
                **of_session,
                "default_collectivite_id": self.commune.id,
            },
        }
        self.assertEqual(
            set(assistants),
            {name for name, model in self.own_models().items() if model._transient},
        )
        for model, context in assistants.items():
            with self.subTest(model):
                assistant = self.env[model].with_user(self.organiser)
                Form(assistant.with_context(**context))


@tagged("post_install", "-at_install")
class TestDeclarations(DeclarationsMixin, TrainingCase):
    module = MODULE

    def test_crons_run(self):
        crons = self.own("ir.cron")
        self.assertTrue(crons)
        with self.enter_registry_test_mode():
            for cron in crons:
                with self.subTest(cron.name):
                    cron.method_direct_trigger()


@tagged("post_install", "-at_install")
class TestUninstall(InstallMixin, TrainingCase):
    module = MODULE

    def test_what_was_used_goes_with_the_add_on(self):
        """Sessions stay, as events of Odoo's; nothing else stands in the way."""
        session = self.make_session()
        self.register(session, self.commune)
        interest = self.env["cdg47.training.interest"].create(
            {
                "theme_id": self.env.ref(f"{MODULE}.theme_budget").id,
                "collectivite_id": self.commune.id,
                "contact_id": self.commune.mandate_ids.contact_id[:1].id,
            }
        )
        tables = {model._table for model in self.own_models().values()}
        self.assertIn(interest._table, tables)
        self.env.cr.execute(
            """
            SELECT DISTINCT child.relname
              FROM pg_constraint fk
              JOIN pg_class parent ON parent.oid = fk.confrelid
              JOIN pg_class child ON child.oid = fk.conrelid
             WHERE fk.contype = 'f' AND parent.relname = ANY(%s)
            """,
            [list(tables)],
        )
        naming = {row[0] for row in self.env.cr.fetchall()}
        relations = {
            field.relation
            for model in self.env.registry.values()
            for field in model._fields.values()
            if field.type == "many2many" and field.store and field.relation
        }
        # Only tables that leave with the add-on name its own.
        columns = self.env["ir.model.fields"].search(
            [
                ("relation", "in", list(self.own_models())),
                ("ttype", "=", "many2one"),
                ("store", "=", True),
                ("model_id.transient", "=", False),
            ]
        )
        others = columns.filtered(lambda f: f.model not in self.own_models())
        self.assertEqual(set(others.mapped("modules")) - {MODULE}, set())
        self.assertFalse(naming - tables - relations - {"event_registration"})
