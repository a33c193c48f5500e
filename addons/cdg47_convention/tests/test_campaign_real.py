# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The campaign of 2025 on the 319 communes and the 12 intercommunalités of the Lot-et-
Garonne, against a computation made here from the CSV files alone."""

import json
from collections import Counter

from odoo.tests import tagged

from .campaign_common import CampaignMixin, rows_of
from .common import ConventionCase, annexe

CHANGES = {"47045", "47064", "47071", "47281", "47289"}
FORFAITS = ("FORFAIT-METIERS", "FORFAIT-TECHNO")
# The commune that has one option more, with a tax of its own.
ODD, OPTION = "47157", "FORFAIT-PARAPHEUR"
QUOTAS = {"EPP": "licences", "BACKUP": "sauvegarde_go", "CERT": "certificats"}


def stratum_of(strata, size, low, high):
    """Read the table of Annexe 1 as it is printed."""
    for row in strata:
        bounds = row[f"{low}"], row[f"{high}"]
        if bounds == ("", ""):
            continue
        if int(bounds[0] or 0) <= size <= int(bounds[1] or 10**9):
            return row["code"]
    raise AssertionError(size)


def held(code):
    return (*FORFAITS, OPTION) if code == ODD else FORFAITS


def expected_from_csv():
    """Return stratum before, stratum, euros and quotas by code, from the CSV alone.

    :rtype: dict[str, tuple]
    """
    strata = annexe("annexe1_strates")
    quotas = {row["code"]: row for row in strata}
    prices = {
        (row["code"], row["strate"]): float(row["prix_eur_an"])
        for row in annexe("annexe2_tarif_strates_demo")
    }
    found = {}
    before = {r["code_insee"]: r for r in rows_of("communes_47_2024.csv")}
    for row in rows_of("communes_47_2025.csv"):
        code = row["code_insee"]
        found[code] = [
            stratum_of(
                strata, int(r["population_totale"]), "commune_min", "commune_max"
            )
            for r in (before[code], row)
        ]
    for row in rows_of("epci_47.csv"):
        if row["affiliation_demo"] == "non_affiliee":
            stratum = "S9"
        else:
            agents = int(row["agents_demo"])
            stratum = stratum_of(strata, agents, "agents_min", "agents_max")
        found[row["siren"]] = [stratum, stratum]
    return {
        code: (
            old,
            new,
            sum(prices[forfait, old] for forfait in held(code)),
            sum(prices[forfait, new] for forfait in held(code)),
            {q: (int(quotas[old][c]), int(quotas[new][c])) for q, c in QUOTAS.items()},
        )
        for code, (old, new) in found.items()
    }


@tagged("post_install", "-at_install")
class TestRealCampaign(CampaignMixin, ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "fr_FR"})
        known = cls.env["res.partner"].with_context(active_test=False)
        known.search([("collectivite_type", "!=", False)]).write(
            {"insee_code": False, "company_registry": False}
        )
        cls.env["cdg47.convention"].search([]).company_id = cls.env[
            "res.company"
        ].create({"name": "Autre"})
        cls.import_census("communes_47_2024.csv")
        cls.import_census("epci_47.csv", "epci_47_2024.csv")
        partners = cls.env["res.partner"].search(
            [
                ("collectivite_type", "!=", False),
                "|",
                ("insee_code", "!=", False),
                ("company_registry", "!=", False),
            ]
        )
        cls.conventions = cls.make_conventions_in_bulk(
            partners, cls.metiers | cls.techno
        )
        cls.import_census("communes_47_2025.csv")
        cls.expected = expected_from_csv()

    def code(self, partner):
        return partner.insee_code or partner.company_registry

    def test_campaign_of_2025(self):
        self.assertEqual(len(self.conventions), 319 + 12)
        odd, tax = self.sell_with_a_tax_of_its_own()
        campaign = self.make_campaign()
        orders = self.env["sale.order"].search_count([])
        campaign.action_simulate()
        self.assertEqual(self.env["sale.order"].search_count([]), orders)
        self.check_simulation(campaign)
        tax.active = False
        self.run_all(campaign)
        self.check_parked_alone(campaign, odd)
        tax.active = True
        self.line_of(campaign, odd).action_retry()
        self.assertFalse(odd.activity_ids)
        self.check_run(campaign)
        self.check_twice(campaign)

    def sell_with_a_tax_of_its_own(self):
        """Add to one convention an option whose tax will be archived."""
        odd = self.conventions.filtered(lambda c: c.partner_id.insee_code == ODD)
        self.env["cdg47.convention.line"].create(
            {
                "convention_id": odd.id,
                "forfait_id": self.parapheur.id,
                "date_start": odd.date_start,
            }
        )
        tax = self.company._cdg47_taxes_by_regime()["out_of_scope"].copy()
        self.parapheur.taxes_id = tax
        return odd, tax

    def check_simulation(self, campaign):
        lines = campaign.line_ids
        self.assertEqual(Counter(lines.mapped("state")), {"todo": 331})
        changed = {
            self.code(line.partner_id) for line in lines.filtered("stratum_changed")
        }
        self.assertEqual(changed, CHANGES)
        for line in lines:
            old, new, before, after, quotas = self.expected[self.code(line.partner_id)]
            self.assertEqual(
                (
                    line.old_stratum_id.code,
                    line.stratum_id.code,
                    line.old_amount,
                    line.amount,
                    line.difference,
                    {q[1]: (q[2], q[3]) for q in json.loads(json.dumps(line.quotas))},
                ),
                (old, new, before, after, after - before, quotas),
                line.partner_id.name,
            )
        total = sum(after for *_codes, after, _quotas in self.expected.values())
        self.assertEqual(campaign.amount, total)

    def check_run(self, campaign):
        self.assertEqual(campaign.state, "done")
        self.assertEqual((campaign.done_count, campaign.progress), (331, 100))
        year = self.env["cdg47.convention.term"].search(
            [
                ("convention_id", "in", self.conventions.ids),
                ("date_start", "=", "2025-01-01"),
                ("state", "=", "open"),
            ]
        )
        self.assertEqual(year.convention_id, self.conventions)
        self.assertEqual(len(year), 331)
        invoices = self.env["account.move"].search(
            [("cdg47_campaign_id", "=", campaign.id)]
        )
        # A tax that is not one of ours is not mixed with them: one invoice more.
        self.assertEqual(len(invoices), 332)
        self.assertEqual(set(invoices.mapped("state")), {"draft"})
        for line in campaign.line_ids:
            _old, new, _before, after, _quotas = self.expected[
                self.code(line.partner_id)
            ]
            is_odd = self.code(line.partner_id) == ODD
            self.assertEqual(len(line.invoice_ids), 2 if is_odd else 1)
            self.assertEqual(
                (
                    line.term_id.stratum_id.code,
                    line.order_id.state,
                    line.order_id.invoice_status,
                    line.order_id.amount_total,
                    sum(line.invoice_ids.mapped("amount_total")),
                    line.invoice_ids.cdg47_term_id,
                    line.term_id.order_id,
                    line.term_id.amount_total,
                ),
                (new, "sale", "invoiced", after, after, line.term_id, line.order_id,
                 after),
                line.partner_id.name,
            )  # fmt: skip

    def check_twice(self, campaign):
        """A campaign simulated and run again changes nothing."""
        world = self.world()
        campaign.action_simulate()
        self.run_all(campaign)
        self.assertEqual(self.world(), world)

    def check_parked_alone(self, campaign, odd):
        """Its archived tax parks one collectivité; the other 330 pass."""
        parked = self.line_of(campaign, odd)
        passed = campaign.line_ids - parked
        self.assertEqual((parked.state, campaign.state), ("parked", "done"))
        self.assertIn("taxe", parked.reason)
        self.assertEqual(odd.activity_ids.note.striptags(), parked.reason)
        self.assertFalse(odd.order_ids | parked.order_id)
        self.assertEqual(len(odd.term_ids), 1)
        self.assertEqual(Counter(passed.mapped("state")), {"done": 330})
        self.assertEqual(len(passed.invoice_ids), 330)

    def world(self):
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT (SELECT COUNT(*) FROM cdg47_convention_term),
                   (SELECT COUNT(*) FROM sale_order),
                   (SELECT COUNT(*) FROM account_move),
                   (SELECT SUM(amount_total) FROM account_move),
                   (SELECT COUNT(*) FROM mail_mail)
            """
        )
        return self.env.cr.fetchone()
