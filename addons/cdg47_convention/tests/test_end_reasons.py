# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Why conventions end: chosen in a list, counted by year."""

from ast import literal_eval
from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MODULE, ConventionCase


@freeze_time("2027-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestEndReasons(ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        commune = cls.make_commune(750, lang="fr_FR")
        cls.make_signatory(commune)
        cls.convention = cls.make_signed_convention(commune)
        cls.cost = cls.env.ref(f"{MODULE}.end_reason_cost")

    def end(self, **values):
        return (
            self.env["cdg47.convention.terminate"]
            .with_user(self.user_manager)
            .create({"convention_id": self.convention.id, **values})
        )

    def ended(self):
        """Return how many ends the report counts, by year and reason."""
        action = self.env.ref(f"{MODULE}.cdg47_convention_ended_action")
        convention = self.env["cdg47.convention"].with_user(self.user_manager)
        groups = convention.formatted_read_group(
            [*literal_eval(action.domain), ("id", "=", self.convention.id)],
            groupby=["date_end:year", "end_reason_id"],
            aggregates=["__count"],
        )
        return [
            (group["date_end:year"][0], group["end_reason_id"], group["__count"])
            for group in groups
        ]

    def test_is_asked(self):
        form = Form(
            self.env["cdg47.convention.terminate"]
            .with_user(self.user_manager)
            .with_context(default_convention_id=self.convention.id)
        )
        with self.assertRaises(AssertionError):
            form.save()
        form.end_reason_id = self.cost
        form.save().action_terminate()
        self.assertEqual(self.convention.end_reason_id, self.cost)

    def test_is_printed_in_french_unless_other_words_say_it(self):
        self.cost.with_context(lang="fr_FR").name = "Trop cher"
        self.end(end_reason_id=self.cost.id).action_terminate()
        self.assertEqual(self.convention.termination_reason, "Trop cher")
        self.end(end_reason_id=self.cost.id, reason="Délibération").action_terminate()
        self.assertEqual(self.convention.termination_reason, "Délibération")

    def test_is_counted_by_year(self):
        self.assertFalse(self.ended())
        self.end(end_reason_id=self.cost.id).action_terminate()
        (row,) = self.ended()
        self.assertEqual(row, ("2027-01-01", (self.cost.id, self.cost.display_name), 1))
        self.convention.with_user(self.user_manager).action_cancel_termination()
        self.assertFalse(self.convention.end_reason_id)
        self.assertFalse(self.ended())

    def test_a_manager_corrects_it_and_nobody_else(self):
        self.end(end_reason_id=self.cost.id).action_terminate()
        other = self.env.ref(f"{MODULE}.end_reason_provider")
        with self.assertRaises(UserError):
            self.convention.with_user(self.user_user).end_reason_id = other
        self.convention.with_user(self.user_manager).end_reason_id = other
        self.assertEqual(self.convention.end_reason_id, other)

    def test_the_list_is_the_managers(self):
        reasons = self.env["cdg47.end.reason"]
        with self.assertRaises(AccessError):
            reasons.with_user(self.user_user).create({"name": "Départ en retraite"})
        ours = reasons.with_user(self.user_manager).create({"name": "Mutualisation"})
        self.end(end_reason_id=ours.id).action_terminate()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            ours.unlink()
        ours.action_archive()
        self.assertEqual(self.convention.end_reason_id, ours)

    def test_a_list_emptied_by_the_cdg_stops_nothing(self):
        self.env["cdg47.end.reason"].search([]).unlink()
        self.convention.date_end = date(2027, 3, 9)
        self.env["cdg47.convention"]._cron_expire()
        self.assertEqual(self.convention.state, "expired")
        self.assertFalse(self.convention.end_reason_id)
