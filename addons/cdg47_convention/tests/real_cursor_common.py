# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Real transactions: several at once, committed, then removed."""

from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tests.common import BaseCase, get_db_name

from .common import ConventionMixin
from .ledger_common import LedgerMixin


class RealCursorCase(LedgerMixin, ConventionMixin, BaseCase):
    """Commits its scene before each test, and removes it whatever happens."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.transaction() as env:
            cls = type(self)
            cls.env = env
            cls.metiers = env.ref("cdg47_convention.forfait_metiers")
            cls.techno = env.ref("cdg47_convention.forfait_techno")
            self.create_scene(env)
        self.addCleanup(self.remove_all)

    @contextmanager
    def transaction(self):
        """Open a cursor of its own, committed at the end.

        :rtype: odoo.api.Environment
        """
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def create_scene(self, env):
        """Create what the test commits and remember its ids; to be overridden."""
        raise NotImplementedError

    def remove_all(self):
        """Remove what was committed; to be overridden."""
        raise NotImplementedError

    def make_commune_in_force(self, env, name):
        """Create one commune whose convention runs since 2024; remember both."""
        partner = env["res.partner"].create(
            {"name": name, "is_company": True, "collectivite_type": "commune"}
        )
        convention = self.make_convention_since("2024-01-01", partner)
        self.partner_id, self.convention_id = partner.id, convention.id
        return convention
