# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Collectivités by stratum, EPCI, forfaits, editor: grouped, filtered, sorted."""

from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .ledger_common import LedgerCase


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestCollectiviteGroups(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.epci = cls.make_establishment(40, name="CC des essais")
        cls.small, cls.large, cls.unknown = (
            cls.make_commune(population, epci_id=cls.epci.id)
            for population in (150, 3000, None)
        )
        for commune, forfaits in (
            (cls.small, cls.metiers),
            (cls.large, cls.metiers | cls.techno),
        ):
            cls.make_convention_since("2026-01-01", commune, forfaits)
        cls.ours = cls.small | cls.large | cls.unknown

    def groups(self, field, user=None):
        """Return the collectivités of each group, as the list opens them."""
        partners = self.env["res.partner"].with_user(user or self.user_employee)
        domain = [("id", "in", self.ours.ids)]
        return {
            group[field]: partners.search(group["__extra_domain"] + domain)
            for group in partners.formatted_read_group(domain, [field], ["__count"])
        }

    def test_by_stratum_as_it_is_decided(self):
        groups = self.groups("stratum_id")
        self.assertEqual(len(groups), 3)
        for value, partners in groups.items():
            stratum = self.env["cdg47.stratum"].browse(value and value[0])
            self.assertEqual(partners.stratum_id, stratum)
            self.assertEqual(len(partners), 1)

    def test_by_the_forfaits_of_today(self):
        names = {
            self.metiers.name: self.small,
            ", ".join(sorted((self.metiers | self.techno).mapped("name"))): self.large,
            False: self.unknown,
        }
        self.assertEqual(self.groups("cdg47_forfaits"), names)
        for partner in self.ours:
            shown = partner.with_user(self.user_employee).cdg47_forfaits
            self.assertEqual(names[shown], partner)
        # A convention that has ended gives nothing any more.
        self.small.convention_ids.date_end = date(2026, 6, 14)
        self.env.invalidate_all()
        self.assertEqual(
            self.groups("cdg47_forfaits")[False], self.small | self.unknown
        )

    def test_by_epci(self):
        (value,) = self.groups("epci_id")
        self.assertEqual(value[0], self.epci.id)

    def test_offered_to_the_list_and_decided_for_nobody(self):
        partners = self.env["res.partner"].with_user(self.user_employee)
        names = ["stratum_id", "cdg47_forfaits", "epci_id"]
        self.env.invalidate_all()
        found = partners.fields_get(names, ["groupable"])
        self.assertEqual([found[name]["groupable"] for name in names], [True] * 3)
        few = self.queries_of(lambda: partners.fields_get(names, ["groupable"]))
        for _ in range(10):
            self.make_commune(100)
        self.assertLessEqual(
            self.queries_of(lambda: partners.fields_get(names, ["groupable"])), few
        )

    def test_same_queries_for_few_and_many(self):
        def read():
            self.env["res.partner"].with_user(self.user_employee).formatted_read_group(
                [("collectivite_type", "!=", False)], ["stratum_id"], ["__count"]
            )

        read()
        few = self.queries_of(read)
        for _ in range(15):
            self.make_commune(100)
        self.assertLessEqual(self.queries_of(read), few)

    def test_sorted_by_stratum(self):
        found = self.env["res.partner"].search(
            [("id", "in", (self.small | self.large).ids)], order="stratum_id DESC"
        )
        self.assertEqual(found, self.large | self.small)
