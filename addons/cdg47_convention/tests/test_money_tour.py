# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""In a browser: what a salesperson quotes, then the month of an accountant."""

from odoo.tests import HttpCase, new_test_user, tagged

from ..lib.dates import today_in_paris
from .common import ConventionMixin
from .ledger_common import LedgerMixin

SELLER = "sales_team.group_sale_salesman_all_leads"


@tagged("post_install", "-at_install")
class TestMoneyTour(LedgerMixin, ConventionMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_convention()
        # Amounts and dates are read on the screen: one language for every database.
        cls.env["res.lang"]._activate_lang("en_US")
        cls.year = today_in_paris().year
        for login, groups in (
            ("vendeuse-du-parcours", SELLER),
            ("comptable-du-mois", f"account.group_account_invoice,{SELLER}"),
        ):
            new_test_user(cls.env, login, groups=groups, lang="en_US")
        # Made during the tour, they would hold its requests back on a loaded machine.
        cls.env["ir.qweb"]._pregenerate_assets_bundles()

    def member(self, name):
        """Make a commune that holds the two certificates of its stratum."""
        commune = self.make_commune(2500, name=name, lang="en_US")
        self.make_signatory(commune)
        convention = self.make_convention_since(f"{self.year}-01-01", commune)
        convention.term_ids.stratum_id = self.stratum("S6")
        held = {
            "partner_id": commune.id,
            "product_id": self.service("CERT").id,
            "date_start": f"{self.year}-01-01",
            "state": "active",
        }
        self.env["cdg47.allocation"].create([held] * 2)
        return convention

    def accepted(self, convention, code, quantity, kind="supplement", **values):
        order = convention._quote_services(
            [
                {
                    "product_id": self.service(code),
                    "quantity": quantity,
                    "kind": kind,
                    **values,
                }
            ]
        )
        return self.draw_signature(order, "Maire", f"{today_in_paris()} 09:00:00")

    def papers(self, order):
        moves = order.invoice_ids.sorted("id")
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        return [(move.move_type, move.amount_total) for move in moves]

    def test_three_services_quoted_by_who_sells(self):
        convention = self.member("Commune aux trois services")
        self.start_tour(
            "/odoo/action-sale.action_quotations_with_onboarding",
            "cdg47_quote_three_services",
            login="vendeuse-du-parcours",
        )
        self.env.invalidate_all()
        order = convention.order_ids
        self.assertEqual((order.state, order.amount_total), ("sent", 630))
        self.assertEqual(order.order_line.mapped("price_unit"), [180, 420, 30])
        self.assertNotIn(False, order.order_line.mapped("cdg47_kind"))

    def test_the_month_of_an_accountant(self):
        certificates = self.accepted(
            self.member("Commune aux quatre certificats"), "CERT", 2
        )
        convention = self.member("Commune du second audit")
        self.use(convention, "AUDIT-SECU", 1, "day", f"{self.year}-01-01")
        beyond = self.use(convention, "AUDIT-SECU", 1, "day", str(today_in_paris()))
        audit = self.accepted(
            convention, "AUDIT-SECU", 1, "overage", consumptions=beyond
        )
        self.start_tour(
            "/odoo/action-cdg47_convention.cdg47_title_action",
            "cdg47_month_of_an_accountant",
            login="comptable-du-mois",
            timeout=240,
        )
        self.env.invalidate_all()
        self.assertEqual(
            self.papers(certificates), [("out_invoice", 360), ("out_refund", 360)]
        )
        self.assertEqual(
            self.papers(audit),
            [("out_invoice", 420), ("out_refund", 420), ("out_invoice", 420)],
        )
        again = audit.invoice_ids.sorted("id")[-1]
        self.assertEqual(
            (again.cdg47_title_number, again.cdg47_collection), ("123", "issued")
        )
        left = (certificates | audit).order_line.mapped("qty_to_invoice")
        self.assertEqual(left, [0, 0])
