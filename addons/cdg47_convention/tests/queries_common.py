# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Count the queries of an act, and find the same count at every run."""

import gc
from contextlib import contextmanager
from types import SimpleNamespace

from odoo import sql_db


class QueriesMixin:
    """Of every test that says an act costs the same for 5 and 50 records."""

    @contextmanager
    def counted_queries(self, warm=False):
        """Count the queries of a block in its ``number``, on an empty cache.

        Environments caught in a cycle keep the user and the company they have read
        until the garbage collector passes. It passes first: where it stood would
        otherwise change the count by one.

        :param bool warm: keep what was read before
        """
        self.env.flush_all()
        if not warm:
            self.env.invalidate_all()
        gc.collect()
        queries = SimpleNamespace(number=0)
        before = sql_db.sql_counter
        yield queries
        self.env.flush_all()
        queries.number = sql_db.sql_counter - before

    def queries_of(self, act):
        """Return how many queries a function makes, on an empty cache."""
        with self.counted_queries() as queries:
            act()
        return queries.number
