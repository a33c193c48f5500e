# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Query slope: a page of the portal costs the same for 5 and for 50 conventions."""

from odoo.tests import HttpCase, tagged

from .common import PASSWORD
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalQueries(PortalCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_many = cls.new_contact("secretary_many")

    @classmethod
    def _add_conventions(cls, first, last):
        for number in range(first, last):
            commune = cls._new_commune(f"Commune {number:02}", 100 + number)
            cls._new_convention(commune, signed=False)
            cls.env["cdg47.mandate"].create(
                {
                    "contact_id": cls.user_many.partner_id.id,
                    "collectivite_id": commune.id,
                }
            )
        cls.env.flush_all()

    def _count_queries(self, path):
        """Return how many queries the second reading of a page makes."""
        self.url_open(path)
        with self.counted_queries() as queries:
            response = self.url_open(path)
        self.assertEqual(response.status_code, 200)
        return queries.number, response.text.count("Commune ")

    def test_same_queries_for_5_and_50(self):
        paths = (
            "/my/conventions",
            "/my/collectivites",
            "/my/quotes",
            "/my/dotations",
            "/my/forfait",
        )
        self.authenticate(self.user_many.login, PASSWORD)
        self._add_conventions(0, 5)
        few = {path: self._count_queries(path) for path in paths}
        self._add_conventions(5, 50)
        for path in paths:
            with self.subTest(path=path):
                queries, shown = self._count_queries(path)
                if path != "/my/quotes":
                    self.assertGreaterEqual(shown, 50)
                    self.assertLess(few[path][1], 50)
                self.assertEqual(queries, few[path][0])
