# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A civil year of four communes across the three add-ons, from March to January.

Real communes of the census of 2024, whose stratum changes in that of 2025. Each step is
cut short, played, then played again; at the end the ledger replays and the invoices
equal a computation made from the CSV files alone.
"""

from datetime import date
from decimal import Decimal

from year_story_accounts import (
    CALIGNAC,
    CAZIDEROQUE,
    COULX,
    SAUVETAT,
    invoices_of_the_year,
)
from year_story_services import YearServicesCase

from odoo.tests import tagged

YEAR = (
    ("2024-03-04", "conventions_are_proposed"),
    ("2024-03-11", "mayors_sign"),
    ("2024-03-12", "first_year_is_invoiced_by_month"),
    ("2024-03-18", "services_are_put_in_service"),
    ("2024-03-20", "beyond_the_quotas_is_accepted"),
    ("2024-04-03", "agent_is_registered"),
    ("2024-04-09", "agent_is_convoked"),
    ("2024-04-10", "quarter_is_invoiced"),
    ("2024-04-16", "everyday_help_is_included"),
    ("2024-04-22", "session_is_held", "Budget"),
    ("2024-05-06", "letters_are_sent"),
    ("2024-05-14", "audit_overruns_and_is_accepted"),
    ("2024-05-21", "giga_more_is_accepted", "Volume de mai"),
    ("2024-06-04", "session_is_held", "Paie"),
    ("2024-06-18", "option_is_added_for_july"),
    ("2024-07-10", "quarter_is_invoiced"),
    ("2024-08-20", "giga_more_is_accepted", "Volume d'août"),
    ("2024-09-02", "stratum_rises_on_a_date"),
    ("2024-09-10", "exceptional_help_is_accepted_in_writing"),
    ("2024-09-16", "exceptional_help_takes_longer"),
    ("2024-09-20", "notice_is_received"),
    ("2024-10-10", "quarter_is_invoiced"),
    ("2024-10-15", "session_is_held", "Fin d'année"),
    ("2024-11-12", "audit_is_credited"),
    ("2024-12-16", "technician_is_accepted"),
    ("2024-12-31", "what_is_held_is_revoked"),
    ("2025-01-02", "convention_ends"),
    ("2025-01-06", "late_hours_are_entered"),
    ("2025-01-07", "census_arrives"),
    ("2025-01-08", "campaign_is_simulated"),
    ("2025-01-09", "campaign_is_run_and_posted"),
    ("2025-01-10", "quarter_is_invoiced"),
)


@tagged("post_install", "-at_install")
class TestYearStory(YearServicesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calignac, cls.cazideroque, cls.coulx, cls.sauvetat = cls.make_members(
            CALIGNAC, CAZIDEROQUE, COULX, SAUVETAT
        )
        both = cls.metiers | cls.techno
        cls.chosen = {
            cls.calignac: both,
            cls.cazideroque: both,
            cls.coulx: cls.techno,
            cls.sauvetat: both,
        }

    def test_the_year(self):
        for day, step, *of_what in YEAR:
            with self.on(day):
                self.play(getattr(self, step), *of_what)
        self.assertEqual(self.env["cdg47.ledger"]._differences(), [])
        with self.on("2025-01-31"):
            self.one_licence_is_to_settle()
        expected = invoices_of_the_year()
        for commune in self.chosen:
            with self.subTest(commune.name):
                self.assertEqual(
                    self.invoices_of(commune), expected[commune.insee_code]
                )

    def one_licence_is_to_settle(self):
        """A stratum lower includes one licence: the second waits, never invoiced."""
        partners = self.env["res.partner"].union(*self.chosen)
        self.assertRecordValues(
            self.env["cdg47.overage"].search([("partner_id", "in", partners.ids)]),
            [
                {
                    "partner_id": self.sauvetat.id,
                    "product_id": self.service("EPP").id,
                    "state": "open",
                    "over": 1,
                }
            ],
        )

    def test_what_is_done_twice_is_seen(self):
        """A step that does its work again is no step of this story."""

        def careless_step():
            self.env["cdg47.allocation"].create(
                {"partner_id": self.coulx.id, "product_id": self.service("EPP").id}
            )

        with self.assertRaisesRegex(AssertionError, "careless_step, repeated"):
            self.play(careless_step)

    def invoices_of(self, commune):
        """Return the day and the amount of each invoice or credit note, all posted.

        Every line says why it is invoiced.
        """
        moves = self.env["account.move"].search([("partner_id", "=", commune.id)])
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertTrue(all(moves.invoice_line_ids.mapped("cdg47_explanation")))
        return sorted(
            (str(move.invoice_date), Decimal(f"{move.amount_total_signed:.2f}"))
            for move in moves
        )

    # === March: conventions, by month ===
    def conventions_are_proposed(self):
        for commune, forfaits in self.chosen.items():
            if not commune.convention_ids:
                self.propose(
                    commune, forfaits, date_start=date(2024, 3, 15)
                ).action_propose()
                commune.convention_ids.with_user(self.user_manager).action_send()

    def mayors_sign(self):
        for commune in self.chosen:
            order = commune.convention_ids.order_ids
            order.sudo()._cdg47_complete(
                {"deliberation_number": "2024-7", "deliberation_date": "2024-03-08"}
            )
            self.click(self.sign_in_portal, order)
            convention = commune.convention_ids.with_user(self.user_manager)
            self.click(convention.action_countersign)
            self.assertEqual(convention.state, "active")

    def first_year_is_invoiced_by_month(self):
        for commune in self.chosen:
            self.invoice_fees(commune)

    # === Activations, allocations ===
    def services_are_put_in_service(self):
        activations = self.calignac.convention_ids.activation_ids
        actes = activations.filtered(lambda a: a.product_id == self.service("ACTES"))
        actes.step_ids.done = True
        actes.action_activate()
        for number in (1, 2):
            self.hold(self.calignac, "EPP", f"Poste {number}")
            self.hold(self.calignac, "CERT", f"Certificat {number}")
        self.hold(self.calignac, "BACKUP", "Sauvegarde", 12)
        self.hold(self.cazideroque, "BACKUP", "Sauvegarde", 9)
        self.hold(self.coulx, "BACKUP", "Sauvegarde", 6)
        for number in (1, 2):
            self.hold(self.sauvetat, "EPP", f"Poste {number}")
        self.hold(self.sauvetat, "VPN", "Accès de la mairie")

    def beyond_the_quotas_is_accepted(self):
        for commune in (self.calignac, self.cazideroque, self.sauvetat):
            self.accept_beyond(commune)

    def giga_more_is_accepted(self, identifier):
        self.hold(self.coulx, "BACKUP", identifier)
        self.accept_beyond(self.coulx)

    # === What changes in the year ===
    def option_is_added_for_july(self):
        convention = self.calignac.convention_ids
        if self.parapheur not in convention.forfait_ids | convention.option_ids:
            order = self.amend(convention, self.parapheur, date(2024, 7, 1))
            order.action_cdg47_send()
            self.sign_in_portal(order)
        self.invoice_fees(self.calignac)

    def stratum_rises_on_a_date(self):
        """A count taken in the year gives what the census of 2025 will."""
        self.once(
            "cdg47.census",
            {"partner_id": self.cazideroque.id, "date_from": date(2024, 9, 1)},
            population_total=252,
            source="Décompte de la commune",
        )
        wizard = self.env["cdg47.stratum.change"].with_user(self.user_manager).create(
            {
                "convention_id": self.cazideroque.convention_ids.id,
                "when": "date",
                "date": date(2024, 9, 1),
            }
        )  # fmt: skip
        self.click(wizard.action_change)
        self.invoice_fees(self.cazideroque)

    def notice_is_received(self):
        wizard = self.env["cdg47.convention.terminate"].with_user(self.user_manager)
        self.click(
            wizard.create(
                {
                    "convention_id": self.coulx.convention_ids.id,
                    "end_reason_id": self.env.ref(
                        "cdg47_convention.end_reason_withdrawal"
                    ).id,
                    "reason": "Délibération du conseil municipal",
                }
            ).action_terminate
        )
        self.assertEqual(str(self.coulx.convention_ids.date_end), "2024-12-31")

    def audit_is_credited(self):
        """The credit note gives the right back, as it is asked to."""
        invoice = self.calignac.convention_ids.order_ids.invoice_ids.filtered(
            lambda move: str(move.invoice_date) == "2024-07-10"
        )
        if not invoice.reversal_move_ids:
            wizard = self.env["account.move.reversal"].with_user(self.user_accountant)
            wizard.with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create(
                {
                    "journal_id": invoice.journal_id.id,
                    "reason": "Audit à refaire",
                    "cdg47_gives_back": True,
                }
            ).reverse_moves()
        self.post(invoice.reversal_move_ids)
        answer = self.check(
            self.calignac.convention_ids, "AUDIT-SECU", 1, "day", "2024-11-12"
        )
        self.assertEqual((answer["covered"], answer["billable"]), (1, 0))

    def what_is_held_is_revoked(self):
        self.env["cdg47.allocation"].search(
            [("partner_id", "=", self.coulx.id)]
        ).action_revoke()

    def convention_ends(self):
        self.env["cdg47.convention"]._cron_expire()
        held = self.env["cdg47.allocation"].search([("partner_id", "=", self.coulx.id)])
        held.action_revoke()
        self.assertEqual(self.coulx.convention_ids.state, "terminated")

    # === January: the campaign ===
    def census_arrives(self):
        codes = [commune.insee_code for commune in self.chosen]
        self.import_facts("communes_47_2025.csv", *codes)

    def campaign_is_simulated(self):
        campaign = self.once("cdg47.campaign", {"year": 2025}, user=self.user_manager)
        self.click(campaign.action_simulate)
        self.assertEqual(
            {line.partner_id: line.mode for line in campaign.line_ids},
            {c: "none" if c == self.coulx else "renewal" for c in self.chosen},
        )

    def campaign_is_run_and_posted(self):
        campaign = self.once("cdg47.campaign", {"year": 2025}, user=self.user_manager)
        self.run_all(campaign)
        self.assertEqual((campaign.state, campaign.done_count), ("done", 3))
        self.post(campaign.line_ids.sudo().invoice_ids)

    def quarter_is_invoiced(self):
        wizard = self.env["cdg47.quarter.invoice"].with_user(self.user_accountant)
        wizard = wizard.create({})
        self.click(wizard.action_invoice)
        self.post(wizard.invoice_ids)
