# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""In a browser: asked, estimated, signed, worked, invoiced, read."""

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_convention.tests.common import ConventionMixin
from odoo.addons.cdg47_helpdesk.portal.ticket_page import TicketPage

from .common import HelpdeskMixin

PASSWORD = "password-of-the-tour"


@tagged("post_install", "-at_install")
class TestTour(HelpdeskMixin, ConventionMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Sentences, amounts and dates are read on the screen: one language.
        cls.env["res.lang"]._activate_lang("en_US")
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})
        cls._set_up_convention()
        cls.tariff.item_ids.unlink()
        cls._set_up_helpdesk()
        year = today_in_paris().year
        cls.convention = cls.make_convention_since(f"{year}-01-01")
        cls.commune = cls.convention.partner_id
        cls.commune.lang = "en_US"
        cls.convention.invoice_partner_id = cls.commune
        cls.secretary = cls.contact("tour_secretary", "Secretary", "secretary")
        cls.mayor = cls.contact("tour_mayor", "Mayor", "signatory")
        cls.accountant = new_test_user(
            cls.env,
            "tour_accountant",
            groups="account.group_account_manager,"
            "sales_team.group_sale_salesman_all_leads",
            lang="en_US",
        )

    @classmethod
    def contact(cls, login, name, role):
        user = new_test_user(
            cls.env,
            login,
            groups="base.group_portal",
            password=login,
            name=name,
            email=f"{login}@example.com",
            lang="en_US",
        )
        user.partner_id.parent_id = cls.commune
        cls.make_mandate(user.partner_id, cls.commune, role)
        return user

    def ticket_form(self, ticket):
        return f"/odoo/action-cdg47_helpdesk.helpdesk_ticket_action/{ticket.id}"

    def test_from_the_request_to_the_invoice(self):
        self.start_tour("/my/tickets", "cdg47_helpdesk_ask", login="tour_secretary")
        ticket = self.env["helpdesk.ticket"].search([], order="id desc", limit=1)
        self.assertEqual(ticket.collectivite_id, self.commune)
        self.assertEqual(TicketPage(ticket).files().raw, b"screen")

        self.start_tour(
            self.ticket_form(ticket),
            "cdg47_helpdesk_estimate",
            login="technicien-essai",
        )
        self.env.invalidate_all()
        self.assertEqual(ticket.coverage, "ttim")
        order = ticket.order_ids
        self.assertRecordValues(order, [{"state": "sent", "amount_total": 120}])
        mail = self.env["mail.mail"].search(
            [("model", "=", "sale.order"), ("res_id", "=", order.id)]
        )
        self.assertIn(self.mayor.partner_id, mail.recipient_ids)

        self.start_tour(
            f"/my/ticket/{ticket.id}", "cdg47_helpdesk_sign", login="tour_mayor"
        )
        self.env.invalidate_all()
        self.assertRecordValues(order, [{"state": "sale", "signed_by": "Mayor"}])
        self.assertEqual(ticket.written_request_by, "Mayor")

        self.start_tour(
            self.ticket_form(ticket), "cdg47_helpdesk_work", login="technicien-essai"
        )
        self.env.invalidate_all()
        self.assertEqual(
            self.parts(ticket), [("beyond", 20, 20), ("billable", 120, 120)]
        )

        self.start_tour(
            f"/odoo/action-sale.action_orders/{order.id}",
            "cdg47_helpdesk_invoice",
            login="tour_accountant",
        )
        self.env.invalidate_all()
        invoice = order.invoice_ids
        self.assertRecordValues(invoice, [{"state": "posted", "amount_total": 120}])
        self.assertEqual(order.order_line.qty_to_invoice, 0)

        self.start_tour(
            f"/my/invoices/{invoice.id}", "cdg47_helpdesk_read", login="tour_secretary"
        )
        # The file itself is read in test_billing: here, that it is hers to download.
        self.authenticate("tour_secretary", "tour_secretary")
        pdf = self.url_open(f"/my/invoices/{invoice.id}?report_type=pdf&download=true")
        self.assertEqual(pdf.headers["Content-Type"], "application/pdf")
        for words in ("120.00", "Annexe 3 V", "repair"):
            self.assertIn(words, pdf.text)

    def test_who_asks_is_read_beside_the_request(self):
        ticket = self.make_ticket()
        self.start_tour(
            self.ticket_form(ticket), "cdg47_helpdesk_panel", login="technicien-essai"
        )
        self.env.invalidate_all()
        self.assertEqual(ticket.name, "Payroll no longer opens")

    def test_the_timer_from_any_screen(self):
        ticket = self.make_ticket()
        ticket.with_user(self.technician).action_start_timer()
        self.start_tour(
            self.ticket_form(ticket), "cdg47_helpdesk_timer", login="technicien-essai"
        )
        self.env.invalidate_all()
        self.assertEqual(ticket.timesheet_ids.name, "Restarted")
        self.assertFalse(self.technician._ticket_timer())
