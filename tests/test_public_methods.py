# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A public method is an API: what contacts get from ours by RPC (R13, R15)."""

import inspect
import re
from contextlib import contextmanager
from unittest.mock import patch

from matrix_common import SHARED, MatrixCase

from odoo import sql_db
from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import tagged
from odoo.tools import mute_logger

REFUSED = object()
WRITING = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)", re.IGNORECASE)
# Tried by the matrix for each field, given an e-mail that RPC cannot carry, or Odoo's
# own description of fields.
TRIED_ELSEWHERE = re.compile(r"create|write|unlink|copy|fields_get|message_.*")


@tagged("post_install", "-at_install")
class TestPublicMethods(MatrixCase):
    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.models.unlink")
    def test_contacts_and_employees_without_a_role_change_nothing(self):
        called = 0
        for model, sample in self.samples.items():
            ours = (sample.ours or sample.own)[:1]
            for name in self.public_methods(sample.all):
                for person in (*SHARED, "employee"):
                    for records in filter(None, (ours, sample.theirs[:1])):
                        called += 1
                        with self.subTest(method=f"{model}.{name}", person=person):
                            self.check_call(records, name, self.users[person])
        self.assertGreater(called, 500)

    def test_what_writes_is_seen(self):
        """Negative control: an action that a manager may do writes."""
        census = self.samples["cdg47.census"].ours
        with self.written() as tables:
            census.with_user(self.user_manager).source = "Recensement"
        self.assertEqual(tables, ["cdg47_census"])

    def check_call(self, records, name, user):
        with self.written() as tables:
            answer = self.answer(records.with_user(user), name)
        if answer is REFUSED:
            return
        self.assertFalse(tables)
        # A window to open shows what its reader may read, and nothing else is told.
        self.assertTrue(answer in (None, True, False) or "type" in answer, answer)

    def answer(self, records, name):
        method = getattr(type(records), name)
        self.env.invalidate_all()
        try:
            with self.env.cr.savepoint():
                return call_kw(
                    records.browse(), name, [records.ids, *self.arguments(method)], {}
                )
        except (AccessError, UserError):
            return REFUSED

    def public_methods(self, records):
        """Return the names that RPC may call and that our add-ons define."""
        return [
            name
            for name, function in inspect.getmembers(type(records), callable)
            if not name.startswith("_")
            and not TRIED_ELSEWHERE.fullmatch(name)
            and str(getattr(function, "__module__", "")).startswith(
                "odoo.addons.cdg47_"
            )
            and self.is_public(records, name)
        ]

    def is_public(self, records, name):
        try:
            get_public_method(records, name)
        except (AccessError, AttributeError):
            return False
        return True

    def arguments(self, method):
        """Give a value to each argument that has no default."""
        _first, *others = inspect.signature(method).parameters.values()
        return [
            1
            for argument in others
            if argument.default is argument.empty
            and argument.kind == argument.POSITIONAL_OR_KEYWORD
        ]

    @contextmanager
    def written(self):
        """Give the tables that a block writes, what it undoes included."""
        tables = []
        execute = sql_db.Cursor.execute

        def spy(cursor, query, *args, **kwargs):
            found = WRITING.match(getattr(query, "code", query))
            if found:
                tables.append(found[1])
            return execute(cursor, query, *args, **kwargs)

        with patch.object(sql_db.Cursor, "execute", spy):
            yield tables
            self.env.flush_all()
