# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who sees and changes what, whatever the way: models × persons × ways (R13, R15, R20).

The expectations are the table of ``cdg47_convention/readme/READERS.md``, read here.
"""

from matrix_common import CHANGES, PERSONS, SHARED, MatrixCase

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestMatrix(MatrixCase):
    def test_every_model_is_in_the_table(self):
        self.assertEqual(set(self.table), set(self.samples) | set(self.rights_only))
        self.assertFalse(self.guarded_models() - set(self.table))

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models.unlink")
    def test_what_each_person_sees_by_each_way(self):
        for model in self.samples:
            for person in PERSONS:
                for way in ("read", "search", "group", "export", "fields"):
                    with self.subTest(model=model, person=person, way=way):
                        self.check_sight(model, person, way)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models.unlink")
    def test_what_each_person_changes(self):
        for model in self.table:
            for person in PERSONS:
                with self.subTest(model=model, person=person):
                    records = self.env[model].with_user(self.users[person])
                    allowed = {
                        letter
                        for letter, operation in CHANGES.items()
                        if records.has_access(operation)
                    }
                    self.assertEqual(
                        "".join(sorted(allowed)), self.cell(model, person).changes
                    )

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models.unlink")
    def test_no_contact_changes_anything_by_any_way(self):
        """Each field, deletion, copy, creation, discussion and follower."""
        for model, sample in self.samples.items():
            for person in SHARED:
                for records in filter(None, (sample.ours, sample.theirs)):
                    with self.subTest(model=model, person=person):
                        self.check_untouched(records[:1], self.users[person])

    def check_untouched(self, record, user):
        mine = record.with_user(user)
        fields = [
            name
            for name, field in record._fields.items()
            if field.store and not field.compute and name != "id"
        ]
        partner = user.partner_id.ids
        calls = [("write", [{name: False}]) for name in fields]
        calls += [("unlink", []), ("copy", []), ("message_subscribe", [partner])]
        if "message_follower_ids" in record._fields:
            discussed = record._name in (
                "sale.order",
                "account.move",
                "helpdesk.ticket",
            )
            if not (discussed and mine.has_access("read")):
                calls += [("message_post", [])]
        for name, args in calls:
            if not hasattr(record, name):
                continue
            if name == "message_subscribe" and mine.has_access("read"):
                continue
            try:
                answer = call_kw(mine.browse(), name, [record.ids, *args], {})
            except (AccessError, UserError):
                continue
            self.assertFalse(answer, f"{name}{args}")
        self.assertFalse(mine.browse().has_access("create"))

    def test_a_missing_rule_is_seen(self):
        """Negative control: without one rule, the matrix fails."""
        rule = self.env.ref("cdg47_convention.cdg47_convention_rule_portal")
        self.check_sight("cdg47.convention", "secretary", "search")
        rule.active = False
        with self.assertRaises(AssertionError):
            self.check_sight("cdg47.convention", "secretary", "search")
