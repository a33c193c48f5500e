# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""« Mes dotations »: one's own, and nothing else."""

from datetime import timedelta

from odoo.tests import tagged

from .common import PASSWORD
from .test_portal import PortalPageCase

PAGE = "/my/dotations"


@tagged("post_install", "-at_install")
class TestPortalAllocations(PortalPageCase):
    def test_own_only(self):
        for user, own, others in (
            (self.user_a, ("Commune A", "Budget annexe de A"), ("Commune B",)),
            (self.user_b, ("Commune B",), ("Commune A", "Budget annexe de A")),
            (self.user_ab, ("Commune A", "Commune B"), ()),
            (self.user_annexe, ("Budget annexe de A",), ("Commune A", "Commune B")),
            (self.user_former, (), ("Commune A", "Commune B")),
            (self.user_nobody, (), ("Commune A", "Commune B")),
        ):
            text = self._text(PAGE, user)
            with self.subTest(user=user.login):
                for name in own:
                    self.assertIn(f"EPP of {name}", text)
                for name in others:
                    self.assertNotIn(f"EPP of {name}", text)

    def test_without_the_rule_and_the_domain_it_leaks(self):
        """Negative control: the record rule is what hides the others."""
        theirs = self.data_b["allocation"].with_user(self.user_a)
        self.assertFalse(theirs.search([("id", "=", theirs.id)]))
        self.env.ref("cdg47_convention.cdg47_allocation_rule_portal").active = False
        self.assertTrue(theirs.search([("id", "=", theirs.id)]))

    def test_verdict_and_expiry(self):
        allocation = self.data_a["allocation"]
        allocation.date_end = self.today + timedelta(days=12)
        text = self._text(PAGE)
        self.assertIn(" ".join(allocation.verdict.split()), text)
        self.assertIn("Expires in 12 days", text)

    def test_unknown_keys_and_filters(self):
        identifier = self.data_a["allocation"].identifier
        for query in (
            "?sortby=zzz&filterby=zzz&collectivite=zzz",
            f"?collectivite={self.commune_b.id}",
            f"?collectivite={self.commune_a.id}&sortby=expiry",
            "?sortby=start&filterby=held",
        ):
            with self.subTest(query):
                text = self._text(PAGE + query)
                self.assertIn(identifier, text)
                self.assertNotIn("EPP of Commune B", text)
        for query in ("?filterby=over", "?filterby=ended", "?filterby=expiring"):
            with self.subTest(query):
                self.assertNotIn(identifier, self._text(PAGE + query))
        self.data_a["allocation"].action_revoke()
        self.assertIn(identifier, self._text(PAGE + "?filterby=ended"))

    def test_counter(self):
        self.authenticate(self.user_a.login, PASSWORD)
        counters = self.url_open(
            "/my/counters",
            json={"params": {"counters": ["allocation_count"]}},
        ).json()["result"]
        self.assertEqual(counters["allocation_count"], 2)
