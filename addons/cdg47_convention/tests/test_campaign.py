# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The yearly campaign: shown, run once, parked, stopped, undone."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..reading.next_year import estimate
from .campaign_common import CampaignMixin
from .common import ConventionCase


class CampaignCase(CampaignMixin, ConventionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "fr_FR"})
        # What other conventions the database holds is not ours to renew.
        cls.env["cdg47.convention"].search([]).company_id = cls.env[
            "res.company"
        ].create({"name": "Autre"})
        cls.both = cls.metiers | cls.techno

    @classmethod
    def hold(cls, population=750, forfaits=None, year=2026, **values):
        """Create a commune and its convention in force since a year."""
        commune = cls.make_commune(population)
        return cls.make_conventions_in_bulk(
            commune, cls.both if forfaits is None else forfaits, year, **values
        )

    def simulated(self, **values):
        campaign = self.make_campaign(2027, **values)
        campaign.action_simulate()
        return campaign

    def line(self, campaign, convention):
        return self.line_of(campaign, convention)


@tagged("post_install", "-at_install")
@freeze_time("2026-12-10 10:00:00")
class TestSimulation(CampaignCase):
    def test_writes_nothing_outside(self):
        convention = self.hold()
        campaign = self.simulated()
        self.assertEqual(campaign.state, "simulated")
        self.assertEqual(len(convention.term_ids), 1)
        self.assertFalse(convention.order_ids)
        line = self.line(campaign, convention)
        self.assertRecordValues(
            line,
            [
                {
                    "state": "todo",
                    "mode": "renewal",
                    "old_amount": 1470,
                    "amount": 1470,
                    "difference": 0,
                    "stratum_changed": False,
                }
            ],
        )

    def test_a_new_tariff_is_shown_with_its_difference(self):
        convention = self.hold(forfaits=self.metiers)
        variant = self.metiers._cdg47_variant_for(self.stratum("S4"))
        self.tariff.item_ids.filtered(
            lambda i: i.product_id == variant
        ).date_end = "2026-12-31 22:59:59"
        self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.tariff.id,
                "applied_on": "0_product_variant",
                "product_id": variant.id,
                "compute_price": "fixed",
                "fixed_price": 924.30,
                "date_start": "2026-12-31 23:00:00",
            }
        )
        line = self.line(self.simulated(), convention)
        self.assertEqual(
            (line.old_amount, line.amount, line.difference), (880, 924.30, 44.30)
        )

    def test_what_if_touches_no_price(self):
        convention = self.hold()
        campaign = self.simulated(whatif_kind="percent", whatif_percent=3.3)
        line = self.line(campaign, convention)
        self.assertEqual(line.amount, 1470)
        self.assertAlmostEqual(line.whatif_amount, 909.04 + 609.47, places=2)
        other = self.tariff.copy({"name": "Tarif à l'essai"})
        for item in other.item_ids:
            item.fixed_price += 10
        campaign.write({"whatif_kind": "pricelist", "whatif_pricelist_id": other.id})
        campaign.action_simulate()
        self.assertEqual(line.whatif_amount, 1490)
        self.assertEqual(line.amount, 1470)

    def test_stratum_change_says_why_and_what_quotas(self):
        convention = self.hold(498)
        self.make_census(
            convention.partner_id,
            "2027-01-01",
            population_total=502,
            population_municipal=495,
        )
        line = self.line(self.simulated(), convention)
        self.assertEqual((line.old_stratum_id.code, line.stratum_id.code), ("S3", "S4"))
        self.assertIn("502", line.stratum_reason)
        self.assertEqual(line.quota_changes, "EPP : 1 → 2 ; BACKUP : 9 → 12")
        self.assertEqual(line.difference, 1470 - 1070)

    def test_alerts(self):
        convention = self.hold(498)
        commune = convention.partner_id
        commune.write({"chorus_requirement": "both", "company_registry": False})
        for code, quantity in (("EPP", 3), ("CERT", 1)):
            self.env["cdg47.allocation"].create(
                {
                    "partner_id": commune.id,
                    "product_id": self.service(code).id,
                    "quantity": quantity,
                    "date_start": "2026-02-01",
                    "date_end": "2027-06-30" if code == "CERT" else False,
                    "state": "active",
                }
            )
        line = self.line(self.simulated(), convention)
        self.assertEqual(line.alert_codes, "quota,census,siret,chorus,certificate")
        self.assertIn("EPP", line.alerts)
        self.assertEqual(
            line.alert_labels,
            "quota dépassé, recensement, SIRET manquant, référence Chorus Pro, "
            "certificat",
        )
        other = self.hold(498).partner_id
        other.company_registry = False
        line.campaign_id.action_simulate()
        self.assertEqual(line.campaign_id.alert_count, 2)
        summary = line.campaign_id.alert_summary.replace("\N{NO-BREAK SPACE}", " ")
        self.assertTrue(summary.startswith("recensement : 2, SIRET manquant : 2, "))
        self.make_census(
            other, "2026-01-01", population_total=498, population_municipal=498
        )
        other.company_registry = self.siret(991)
        commune.write(
            {"company_registry": "21220016600016", "chorus_requirement": "none"}
        )
        self.make_census(
            commune, "2026-01-01", population_total=498, population_municipal=498
        )
        self.env["cdg47.allocation"].search(
            [("partner_id", "=", commune.id)]
        ).action_revoke()
        line.campaign_id.action_simulate()
        self.assertFalse(line.alert_codes)

    def test_no_census_at_all_will_not_pass(self):
        commune = self.make_commune(750)
        convention = self.make_conventions_in_bulk(commune, self.both, 2026)
        commune.census_ids.unlink()
        campaign = self.simulated()
        line = self.line(campaign, convention)
        self.assertEqual(line.state, "todo")
        self.assertIn("obstacle", line.alert_codes)
        self.assertIn(commune.name, line.reason)
        self.run_all(campaign)
        self.assertEqual(line.state, "parked")

    # === Who is renewed ===
    def test_notice_and_termination_are_listed(self):
        noticed, ended, living = self.hold(), self.hold(), self.hold()
        noticed._terminate(date(2026, 12, 31), "Retrait", date(2026, 6, 1))
        ended._terminate(date(2026, 12, 31), "Fusion")
        campaign = self.simulated()
        self.assertEqual(self.line(campaign, noticed).mode, "none")
        self.assertIn("01/06/2026", self.line(campaign, noticed).reason)
        self.assertIn("Fusion", self.line(campaign, ended).reason)
        self.assertEqual(self.line(campaign, living).state, "todo")
        self.run_all(campaign)
        self.assertEqual(set(campaign.line_ids.mapped("state")), {"done"})
        self.assertEqual(len(noticed.term_ids), 1)
        self.assertEqual((campaign.done_count, campaign.left_count), (1, 2))
        self.assertEqual(campaign.progress, 100)
        campaign.action_simulate()
        self.assertEqual((campaign.state, campaign.todo_count), ("done", 0))

    def test_a_notice_withdrawn_after_the_simulation_is_not_renewed_unread(self):
        convention = self.hold()
        convention._terminate(date(2026, 12, 31), "Retrait", date(2026, 6, 1))
        campaign = self.simulated()
        convention.action_cancel_termination()
        self.run_all(campaign)
        line = self.line(campaign, convention)
        self.assertEqual(line.state, "parked")
        line.action_retry()
        self.assertEqual((line.state, line.amount), ("done", 1470))
        self.assertEqual(line.invoice_ids.amount_total, 1470)

    def test_ended_in_the_year_before_is_not_in_the_campaign(self):
        convention = self.hold()
        convention._terminate(date(2026, 6, 30), "Fusion")
        self.assertFalse(self.line(self.simulated(), convention))

    def test_end_within_the_year_shortens_the_term_only(self):
        convention = self.hold()
        convention._terminate(date(2027, 6, 30), "Fusion")
        campaign = self.simulated()
        self.run_all(campaign)
        line = self.line(campaign, convention)
        self.assertEqual(line.term_id.date_end, date(2027, 6, 30))
        self.assertEqual(line.invoice_ids.amount_total, 1470)

    def test_option_ended_is_not_renewed_and_one_added_is(self):
        convention = self.hold()
        techno = convention.line_ids.filtered(lambda ln: ln.forfait_id == self.techno)
        techno.date_end = "2026-12-31"
        line = self.line(self.simulated(), convention)
        self.assertEqual(line.fee_ids.forfait_id, self.metiers)
        self.assertEqual(line.amount, 880)

    def test_forced_stratum_is_kept(self):
        convention = self.hold()
        campaign = self.simulated()
        line = self.line(campaign, convention)
        with self.assertRaises(ValidationError):
            line.forced_stratum_id = self.stratum("S2")
        line.write(
            {"forced_stratum_id": self.stratum("S2").id, "forced_reason": "Décision"}
        )
        self.assertEqual(line.amount, 800)
        campaign.action_simulate()
        self.assertEqual((line.stratum_id.code, line.amount), ("S2", 800))
        self.run_all(campaign)
        self.assertEqual(line.term_id.stratum_reason, "Décision")

    def test_same_queries_for_5_and_50(self):
        counts = []
        for size in (5, 50):
            campaign = self.make_campaign(2027 + size)
            for _index in range(size):
                self.hold(year=2026 + size)
            campaign.action_simulate()
            counts.append(self.queries_of(campaign.action_simulate))
            self.assertEqual(campaign.line_count, size)
        self.assertLessEqual(counts[1] - counts[0], 5)

    def test_only_a_manager(self):
        self.hold()
        campaign = self.simulated()
        for method in (
            "action_simulate", "action_run", "action_stop", "action_undo",
            "action_retry_parked",
        ):  # fmt: skip
            for user in (self.user_user, self.user_accountant, self.user_employee):
                with (
                    self.subTest(method, user=user.login),
                    self.assertRaises(AccessError),
                ):
                    getattr(campaign.with_user(user), method)()
        campaign.with_user(self.user_manager).action_simulate()


@tagged("post_install", "-at_install")
@freeze_time("2026-12-10 10:00:00")
class TestRun(CampaignCase):
    def test_terms_orders_and_drafts(self):
        convention = self.hold()
        convention.partner_id.chorus_service_code = "SERV"
        campaign = self.simulated(invoice_date=date(2027, 1, 4))
        self.run_all(campaign)
        line = self.line(campaign, convention)
        self.assertEqual((campaign.state, line.state), ("done", "done"))
        self.assertRecordValues(
            line.term_id,
            [
                {
                    "date_start": date(2027, 1, 1),
                    "date_end": date(2027, 12, 31),
                    "state": "open",
                    "order_id": line.order_id.id,
                    "amount_total": 1470,
                }
            ],
        )
        self.assertRecordValues(
            line.invoice_ids,
            [
                {
                    "state": "draft",
                    "invoice_date": date(2027, 1, 4),
                    "amount_total": 1470,
                    "buyer_reference": "SERV",
                    "cdg47_convention_id": convention.id,
                    "cdg47_term_id": line.term_id.id,
                }
            ],
        )
        self.assertEqual(convention._term_at(date(2027, 5, 1)), line.term_id)
        self.assertIn("2027", line.order_id.order_line[0].name)
        self.assertFalse(self.env["mail.mail"].search_count(
            [("model", "in", ("sale.order", "account.move")),
             ("res_id", "in", (line.order_id.id, line.invoice_ids.id))]
        ))  # fmt: skip

    def test_run_needs_a_simulation(self):
        self.hold()
        with self.assertRaises(UserError):
            self.make_campaign(2027).action_run()

    def test_by_the_manager_and_by_the_cron(self):
        convention = self.hold()
        campaign = self.simulated()
        campaign.with_user(self.user_manager).action_run()
        self.assertEqual(campaign.state, "running")
        with self.enter_registry_test_mode():
            self.env.ref("cdg47_convention.cron_campaign_2").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(campaign.state, "done")
        self.assertEqual(self.line(campaign, convention).state, "done")

    def test_it_speaks_the_language_of_who_follows_it(self):
        """The job runs as a technical user, whose language is no one's."""
        self.user_manager.lang = "fr_FR"
        convention = self.hold(498, user_id=self.user_manager.id)
        campaign = self.simulated(user_id=self.user_manager.id)
        self.make_census(
            convention.partner_id,
            "2027-01-01",
            population_total=502,
            population_municipal=502,
        )
        campaign.action_run()
        workers = self.env["cdg47.campaign"].with_context(lang="en_US")
        while workers._run_batch():
            pass
        reason = self.line(campaign, convention).reason
        self.assertIn("La situation a changé", reason)
        self.assertIn("mises de côté", campaign.message_ids[0].body)

    def test_twice_and_late_changes_nothing(self):
        convention = self.hold()
        campaign = self.simulated()
        self.run_all(campaign)
        said = campaign.message_ids
        self.run_all(campaign)
        self.assertEqual((campaign.state, campaign.message_ids), ("done", said))
        campaign.action_simulate()
        self.run_all(campaign)
        self.assertEqual(len(convention.term_ids), 2)
        self.assertEqual(len(convention.order_ids), 1)
        self.assertEqual(len(convention.order_ids.invoice_ids), 1)

    @mute_logger("odoo.sql_db")
    def test_database_refuses_a_second_term_order_or_campaign(self):
        convention = self.hold()
        campaign = self.simulated()
        self.run_all(campaign)
        line = self.line(campaign, convention)
        for copy in (
            lambda: line.term_id.copy({"state": "open"}),
            lambda: line.order_id.copy({"cdg47_campaign_line_id": line.id}),
            lambda: campaign.copy(),
            lambda: line.copy({"convention_id": convention.id, "term_id": False}),
        ):
            with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
                copy()
                self.env.flush_all()
            self.assertIn("unique", str(caught.exception).lower())

    def test_already_opened_by_hand(self):
        convention = self.hold()
        campaign = self.simulated()
        self.env["cdg47.convention.term"].create(
            {
                "convention_id": convention.id,
                "date_start": "2027-01-01",
                "date_end": "2027-12-31",
                "stratum_id": self.stratum("S4").id,
                "stratum_reason": "À la main",
                "state": "open",
            }
        )
        self.run_all(campaign)
        line = self.line(campaign, convention)
        self.assertEqual((line.state, line.mode), ("done", "none"))
        self.assertFalse(convention.order_ids)

    # === Parked ===
    def archived_tax(self):
        """Leave one collectivité with an option whose only tax is archived."""
        odd = self.hold(forfaits=self.both | self.parapheur)
        tax = self.company._cdg47_taxes_by_regime()["out_of_scope"].copy()
        self.parapheur.taxes_id = tax
        return odd, tax

    def test_an_archived_tax_parks_one_and_the_others_pass(self):
        odd, tax = self.archived_tax()
        others = self.hold() | self.hold() | self.hold()
        campaign = self.simulated()
        tax.active = False
        self.run_all(campaign)
        parked = self.line(campaign, odd)
        self.assertEqual((campaign.state, parked.state), ("done", "parked"))
        self.assertIn("taxe", parked.reason)
        self.assertEqual(len(odd.term_ids), 1)
        self.assertFalse(odd.order_ids)
        for convention in others:
            self.assertEqual(self.line(campaign, convention).state, "done")
        kind = self.env.ref("cdg47_convention.mail_activity_type_campaign")
        activity = odd.activity_ids.filtered(lambda a: a.activity_type_id == kind)
        self.assertEqual(len(activity), 1)
        self.assertIn("taxe", activity.note)
        # Still in the way: parked again, one activity.
        parked.action_retry()
        self.assertEqual(parked.state, "parked")
        self.assertEqual(len(odd.activity_ids), 1)
        tax.active = True
        parked.with_user(self.user_manager).action_retry()
        self.assertEqual(parked.state, "done")
        # Another tax makes another invoice: Factur-X does not mix them.
        self.assertEqual(sum(parked.invoice_ids.mapped("amount_total")), 1620)
        self.assertFalse(odd.activity_ids)

    def test_an_unforeseen_refusal_parks_its_line_alone(self):
        """What no plan foresees is refused in the batch, then line by line."""
        odd, others = self.hold(), self.hold() | self.hold()
        campaign = self.simulated()
        orders = type(self.env["sale.order"])
        original = orders._prepare_invoice

        reason = "Compte client manquant"

        def refuse(order):
            if order.convention_id == odd:
                raise UserError(reason)
            return original(order)

        self.patch(orders, "_prepare_invoice", refuse)
        self.run_all(campaign)
        self.assertEqual(self.line(campaign, odd).state, "parked")
        self.assertEqual(self.line(campaign, odd).reason, "Compte client manquant")
        self.assertEqual(len(odd.term_ids), 1)
        for convention in others:
            self.assertEqual(len(self.line(campaign, convention).invoice_ids), 1)

    def test_changed_since_the_simulation_is_parked(self):
        convention = self.hold(498)
        campaign = self.simulated()
        self.make_census(
            convention.partner_id,
            "2027-01-01",
            population_total=502,
            population_municipal=502,
        )
        self.run_all(campaign)
        line = self.line(campaign, convention)
        self.assertEqual(line.state, "parked")
        line.action_retry()
        self.assertEqual((line.state, line.stratum_id.code), ("done", "S4"))

    # === Stop and undo ===
    def test_stop_then_resume(self):
        for _index in range(4):
            self.hold()
        campaign = self.simulated()
        campaign.action_run()
        campaign._run_batch(1)
        campaign.action_stop()
        self.assertEqual(campaign._run_batch(10), 0)
        self.assertEqual((campaign.done_count, campaign.todo_count), (1, 3))
        self.run_all(campaign)
        self.assertEqual((campaign.state, campaign.done_count), ("done", 4))

    def test_undo_leaves_nothing(self):
        conventions = self.hold() | self.hold()
        campaign = self.simulated()
        self.run_all(campaign)
        lines = campaign.line_ids
        invoices, orders, terms = lines.invoice_ids, lines.order_id, lines.term_id
        campaign.action_undo()
        while campaign._run_batch(10):
            pass
        self.assertFalse(invoices.exists())
        self.assertEqual(set(orders.mapped("state")), {"cancel"})
        self.assertEqual(set(terms.mapped("state")), {"cancelled"})
        self.assertEqual((campaign.state, campaign.todo_count), ("simulated", 2))
        self.run_all(campaign)
        self.assertEqual(len(conventions.order_ids.invoice_ids), 2)

    def test_undo_stops_at_a_posted_invoice(self):
        convention = self.hold()
        campaign = self.simulated()
        self.run_all(campaign)
        line = self.line(campaign, convention)
        line.invoice_ids.action_post()
        with self.assertRaises(UserError):
            campaign.action_undo()
        with self.assertRaises(UserError):
            line.action_undo()
        self.assertEqual(line.state, "done")

    def test_undo_one_line_by_the_manager(self):
        convention = self.hold()
        campaign = self.simulated()
        self.run_all(campaign)
        line = self.line(campaign, convention)
        line.with_user(self.user_manager).action_undo()
        self.assertEqual(line.state, "todo")
        self.assertFalse(line.invoice_ids)

    # === Express ===
    def test_an_express_convention_is_proposed_again(self):
        convention = self.hold(renewal="express")
        self.assertEqual(convention.date_end, date(2026, 12, 31))
        campaign = self.simulated()
        line = self.line(campaign, convention)
        self.assertEqual(line.mode, "proposal")
        self.run_all(campaign)
        new = line.new_convention_id
        self.assertEqual((new.state, new.date_start), ("draft", date(2027, 1, 1)))
        self.assertEqual(new.pending_order_id.amount_total, 1470)
        self.assertFalse(line.invoice_ids)
        campaign.action_undo()
        while campaign._run_batch(10):
            pass
        self.assertFalse(new.exists())
        self.assertEqual(line.state, "todo")

    def test_used_before_the_campaign_is_split_again(self):
        """A campaign run late gives its stratum to what was used in January."""
        convention = self.hold()
        with freeze_time("2027-01-20"):
            fact = convention._consume(
                self.service("AUDIT-SECU"),
                7,
                self.env.ref("cdg47_convention.uom_hour"),
                "2027-01-10",
            )
            campaign = self.simulated()
            self.run_all(campaign)
        self.assertEqual(fact.covered_amount, 420)
        self.assertEqual(self.env["cdg47.ledger"]._differences(), [])


@tagged("post_install", "-at_install")
@freeze_time("2026-12-10 10:00:00")
class TestSupplements(CampaignCase):
    def setUp(self):
        super().setUp()
        self.convention = self.hold(498)
        commune = self.convention.partner_id
        order = self.env["sale.order"].create(
            {
                "partner_id": commune.id,
                "convention_id": self.convention.id,
                "pricelist_id": self.tariff.id,
                "signed_by": "Maire",
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.service("EPP").id,
                            "product_uom_qty": 2,
                            "cdg47_kind": "supplement",
                        },
                    )
                ],
            }
        )
        order.action_confirm()
        self.env["cdg47.allocation"].create(
            {
                "partner_id": commune.id,
                "product_id": self.service("EPP").id,
                "date_start": "2026-02-01",
                "state": "active",
            }
        )
        order.order_line.cdg47_allocation_ids.action_activate()

    def test_accepted_supplements_go_on_and_may_be_refused(self):
        campaign = self.simulated()
        line = self.line(campaign, self.convention)
        fee = line.fee_ids.filtered(lambda f: f.kind == "supplement")
        self.assertEqual((fee.quantity, fee.amount), (2, 56))
        self.assertEqual(line.amount, 1070 + 56)
        fee.write({"is_refused": True, "refusal_reason": "Appel du 3 décembre"})
        self.assertEqual(line.amount, 1070)
        campaign.action_simulate()
        fee = line.fee_ids.filtered(lambda f: f.kind == "supplement")
        self.assertTrue(fee.is_refused)
        fee.is_refused = False
        self.run_all(campaign)
        self.assertEqual(line.invoice_ids.amount_total, 1070 + 56)
        self.assertEqual(
            line.order_id.order_line.mapped("cdg47_kind"), ["fee", "fee", "supplement"]
        )
        renewed = line.invoice_ids.invoice_line_ids.filtered(
            lambda ln: ln.product_id == self.service("EPP")
        )
        self.assertIn(self.convention.order_ids[-1].name, renewed.cdg47_explanation)
        self.assertIn("28,00", renewed.cdg47_explanation)

    def test_the_budget_of_the_collectivite_says_the_same(self):
        line = self.line(self.simulated(), self.convention)
        budget = estimate(self.convention, 2027)
        self.assertEqual(
            [(row["quantity"], row["price"]) for row in budget["supplements"]],
            [(2, 56)],
        )
        self.assertEqual(budget["total"], line.amount)

    def test_a_higher_quota_takes_them_in(self):
        self.make_census(
            self.convention.partner_id,
            "2027-01-01",
            population_total=502,
            population_municipal=502,
        )
        line = self.line(self.simulated(), self.convention)
        fee = line.fee_ids.filtered(lambda f: f.kind == "supplement")
        self.assertEqual(fee.quantity, 1)

    def test_a_forfait_is_not_refused_here(self):
        line = self.line(self.simulated(), self.convention)
        with self.assertRaises(ValidationError):
            line.fee_ids.filtered(lambda f: f.kind == "fee")[0].is_refused = True
