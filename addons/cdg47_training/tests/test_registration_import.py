# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A list of agents, as a secretary keeps it, becomes registrations."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.cdg47_convention.tests.table_common import (
    ImportMixin,
    write_csv,
    write_ods,
    write_xlsx,
)

from .common import TrainingCase

HEADER = ["Code INSEE", "Nom", "Prénom", "Courriel"]


@tagged("post_install", "-at_install")
class TestRegistrationImport(ImportMixin, TrainingCase):
    def setUp(self):
        super().setUp()
        self.importer = self.env["cdg47.training.import"].with_user(self.organiser)
        communes = self.env["res.partner"].with_context(active_test=False)
        communes.search([("insee_code", "=", "01001")]).insee_code = False
        self.commune.insee_code = "01001"
        self.session = self.make_session()

    def rows(self, *rows):
        return [HEADER, *rows]

    def load(self, rows, write=write_csv, **values):
        return self.wizard(write(rows), event_id=self.session.id, **values)

    def test_a_list_of_agents(self):
        rows = self.rows(
            [1001, "DURAND", "Émile", "emile@example.com"],
            ["", None, None, None],
            [1001, "PETIT", "Anne", None],
            [1001, "Petit", "Anne", None],
        )
        for write in (write_csv, write_xlsx, write_ods):
            wizard = self.load(rows, write)
            self.assertFalse(wizard.error_ids.mapped("message"))
            self.assertEqual(wizard.created_count, 2)
            self.assertTrue(wizard.update_ids.after)
        self.assertFalse(self.session.registration_ids)
        wizard.action_apply()
        registrations = self.session.registration_ids
        self.assertEqual(
            sorted(registrations.mapped("name")), ["Anne PETIT", "Émile DURAND"]
        )
        self.assertEqual(registrations.collectivite_id, self.commune)
        self.assertIn("emile@example.com", registrations.mapped("email"))
        again = self.load(rows)
        self.assertEqual((again.created_count, again.unchanged_count), (0, 2))

    def test_nothing_is_half_registered(self):
        rows = self.rows(
            ["01001", "DURAND", "Émile", "emile@"],
            ["01001", "", "Anne", ""],
            ["99999", "PETIT", "Anne", ""],
            ["01001", "MOREAU", "Luc", ""],
        )
        wizard = self.load(rows)
        self.assertEqual(wizard.error_ids.mapped("line"), [2, 3, 4])
        wizard.action_apply()
        self.assertFalse(self.session.registration_ids)

    def test_more_agents_than_seats(self):
        self.session.seats_max = 1
        rows = self.rows(
            ["01001", "DURAND", "Émile", ""], ["01001", "PETIT", "Anne", ""]
        )
        wizard = self.load(rows)
        self.assertIn("2 agents for 1 free seats", wizard.error_ids.message)
        wizard = self.load(rows, is_waiting=True)
        self.assertFalse(wizard.error_ids.mapped("message"))
        wizard.action_apply()
        self.assertEqual(wizard.state, "done")

    def test_who_may_not_come(self):
        stranger = self.make_commune(insee_code="01002")
        wizard = self.load(self.rows(["01002", "DURAND", "Émile", ""]))
        self.assertEqual(wizard.error_ids.mapped("name"), [stranger.name])

    def test_model(self):
        self.register(self.session, self.commune)
        wizard = self.importer.create({"event_id": self.session.id})
        wizard.action_model_file()
        again = self.wizard(self.sheet_of(wizard), event_id=self.session.id)
        self.assertFalse(again.error_ids.mapped("message"))
        self.assertEqual((again.created_count, again.unchanged_count), (0, 1))

    def test_organisers_only(self):
        with self.assertRaises(AccessError):
            self.importer.with_user(self.trainer).create({"event_id": self.session.id})
