# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A second company sees and counts nothing of the first."""

from odoo.tests import new_test_user, tagged

from ..imports.collectivite_index import CollectiviteIndex
from ..reading.year_round import YearRound
from .common import MODULE
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestCompanies(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.env["res.company"].create({"name": "CDG voisin"})
        cls.neighbour = new_test_user(
            cls.env,
            "neighbour",
            groups=f"{MODULE}.group_convention_manager",
            company_id=cls.second.id,
            company_ids=[(6, 0, cls.second.ids)],
        )

    def test_nothing_is_listed(self):
        for key in (
            "convention", "line", "term", "activation", "step", "duty", "order",
            "order_line", "invoice", "invoice_line", "allocation", "census", "mandate",
        ):  # fmt: skip
            record = self.data_a[key]
            with self.subTest(key):
                theirs = record.with_user(self.neighbour)
                self.assertFalse(theirs.has_access("read"))
                self.assertFalse(theirs.search([("id", "in", record.ids)]))
                mine = record.with_user(self.user_manager)
                self.assertTrue(mine.has_access("read"))

    def test_nothing_is_counted(self):
        commune = self.commune_a
        self.assertEqual(commune.with_user(self.user_manager).convention_count, 2)
        self.assertEqual(commune.with_user(self.neighbour).convention_count, 0)
        self.assertFalse(commune.with_user(self.neighbour).active_convention_id)
        action = self.env["cdg47.campaign"].with_user(self.neighbour)
        campaign = action.create({"year": self.today.year + 1})
        campaign.action_simulate()
        self.assertFalse(campaign.line_ids)

    def test_each_has_a_campaign_of_its_own(self):
        year = self.today.year + 1
        ours = self.env["cdg47.campaign"].with_user(self.user_manager)
        ours = ours.create({"year": year})
        theirs = self.env["cdg47.campaign"].with_user(self.neighbour)
        self.assertFalse(theirs.search([("id", "=", ours.id)]))

    def test_what_was_used_and_what_is_owed(self):
        """Its ledger, its rights and what is beyond follow the collectivité."""
        convention = self.data_a["convention"]
        fact = convention._consume(
            self.service("RECUEIL"), 20, self.env.ref("uom.product_uom_day"), self.today
        )
        self.env.flush_all()
        commune = self.commune_a
        own = [("partner_id", "=", commune.id)]
        self.assertTrue(fact.billable)
        for model in (
            "cdg47.consumption", "cdg47.entitlement", "cdg47.grant", "cdg47.ledger",
            "cdg47.overage", "cdg47.use.report",
        ):  # fmt: skip
            with self.subTest(model):
                records = self.env[model]
                self.assertTrue(records.with_user(self.user_manager).search(own))
                self.assertFalse(records.with_user(self.neighbour).search(own))
        theirs = commune.with_user(self.neighbour)
        self.assertFalse(theirs.entitlement_count or theirs.cdg47_overage_count)
        # A control: without its rule, it is read.
        self.env.ref(f"{MODULE}.cdg47_consumption_comp_rule").active = False
        facts = self.env["cdg47.consumption"].with_user(self.neighbour)
        self.assertTrue(facts.search(own))

    def both(self, company):
        """Return a manager of both companies who works in one of them."""
        login = f"both_{company.id}"
        user = self.env["res.users"].search([("login", "=", login)])
        user = user or new_test_user(
            self.env,
            login,
            groups=f"{MODULE}.group_convention_manager",
            company_id=company.id,
            company_ids=[(6, 0, (self.env.company | self.second).ids)],
        )
        ids = (company | self.env.company | self.second).ids
        return self.env(user=user, context={"allowed_company_ids": ids})

    def test_two_communes_of_one_name(self):
        """Each CDG counts its own, even when both companies are ticked."""
        name, code = self.commune_a.name, "47999"
        self.commune_a.insee_code = code
        twin = self.make_commune(
            620, name=name, company_id=self.second.id, insee_code=code
        )
        self.assertEqual(self.commune_a.cdg47_company_id, self.env.company)
        self.assertEqual(twin.cdg47_company_id, self.second)
        for company, expected in (
            (self.env.company, self.commune_a),
            (self.second, twin),
        ):
            env = self.both(company)
            with self.subTest(company=company.name):
                index = CollectiviteIndex(env, [code])
                self.assertEqual(index.named(code), list(expected.with_env(env)))
                step = YearRound(env, self.today.year)._of_overage()
                mine = env["cdg47.overage"].search_count(
                    [("state", "=", "open"), ("partner_id", "=", expected.id)]
                )
                self.assertEqual(step.left == 0, company == self.second or not mine)

    def test_census_of_a_neighbour(self):
        """The same commune in the file of another CDG: theirs is made, ours kept."""
        self.commune_a.insee_code = "47998"
        facts = self.commune_a.census_ids
        env = self.both(self.second)
        row = f"47998;{self.commune_a.name};1200;1190"
        columns = "code_insee;nom;population_totale;population_municipale"
        content = f"{columns}\n{row}\n"
        env["cdg47.census.import"]._import_file(
            content.encode(),
            f"populations_{self.today.year - 3}_en_vigueur_"
            f"1er_janvier_{self.today.year}.csv",
        )
        self.assertEqual(self.commune_a.census_ids, facts)
        made = self.env["res.partner"].search([("insee_code", "=", "47998")])
        self.assertEqual(
            (made - self.commune_a).mapped("company_id.name"), [self.second.name]
        )

    def test_statements_of_each(self):
        ours = self.env["cdg47.statement.batch"].create({"year": self.today.year})
        self.assertIn(self.commune_a, ours._collectivites())
        theirs = ours.with_user(self.neighbour)
        self.assertFalse(theirs.search([("id", "=", ours.id)]))
        self.assertFalse(theirs.create({"year": self.today.year})._collectivites())
