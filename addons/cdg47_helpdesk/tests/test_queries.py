# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Query slope: lists, cards and the portal cost the same for 5 and 50 requests."""

from odoo.tests import tagged

from .portal_common import HelpdeskPortalCase

LIST = [
    "number", "name", "collectivite_id", "coverage", "service_id", "billing_step",
    "stage_id", "worked_hours",
]  # fmt: skip
CARD = [*LIST, "left_text", "unbilled_hours", "is_urgent", "accepted_hours"]


@tagged("post_install", "-at_install")
class TestQueries(HelpdeskPortalCase):
    @classmethod
    def add_requests(cls, count):
        kinds = (
            ("included", "ASSIST-METIERS", {}),
            ("quota", "AUDIT-SECU", {}),
            ("ttim", "TTIM", {"ttim_kind": "repair"}),
        )
        for number in range(count):
            coverage, service, facts = kinds[number % 3]
            ticket = cls.qualified(coverage, service, cls.commune_a, 2.0, **facts)
            ticket.name = f"Demande {number:02}"
            if coverage == "ttim":
                cls.accepted(ticket)
            cls.work(ticket, 15)
        cls.env.flush_all()

    def reading(self, names):
        """Count the queries of a technician who reads all requests, cold."""
        tickets = self.env["helpdesk.ticket"].with_user(self.technician)
        with self.counted_queries() as queries:
            found = tickets.search([("collectivite_id", "=", self.commune_a.id)])
            found.read(names)
        return queries.number

    def page(self):
        with self.counted_queries() as queries:
            response = self.url_open("/my/tickets?filterby=all")
        self.assertEqual(response.status_code, 200)
        return queries.number, response.text.count("Demande ")

    def test_same_queries_for_5_and_50(self):
        self.login(self.user_a)
        self.add_requests(6)
        for names in (LIST, CARD):
            self.reading(names)
        few = [self.reading(names) for names in (LIST, CARD)]
        self.page()
        few_page, few_shown = self.page()
        self.add_requests(48)
        self.assertEqual([self.reading(names) for names in (LIST, CARD)], few)
        self.page()
        many_page, shown = self.page()
        self.assertGreater(shown, few_shown + 40)
        self.assertEqual(many_page, few_page)
