# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every mail of the convention, sent for a real record and read in French."""

from datetime import timedelta

from lxml import html

from odoo.tests import tagged

from ..lib.dates import today_in_paris
from ..models.money.sending import transmit
from .common import MODULE
from .ledger_common import LedgerCase
from .mail_common import MailsMixin


@tagged("post_install", "-at_install")
class TestMailsOut(MailsMixin, LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commune.name = "Agmé"
        cls.secretary = cls.make_contact()
        cls.mandate = cls.make_mandate(cls.secretary, cls.commune)
        cls.set_price("CONSEIL-EQUIP", 1234)

    def services(self):
        """Return a quotation of services."""
        return self.convention._quote_services(
            [
                {
                    "product_id": self.service("CONSEIL-EQUIP"),
                    "quantity": 1,
                    "kind": "supplement",
                }
            ]
        )

    def records(self):
        """Return a real record for each template."""
        partner = self.make_commune(name="Agmé")
        self.make_signatory(partner)
        stratum = self.stratum("S4")
        forfaits = (self.metiers, self.techno)
        self.tariff._cdg47_set_prices(
            2027, {forfait._cdg47_sold_to(stratum): 1400 for forfait in forfaits}
        )
        requested = self.services()
        requested.cdg47_requested_by_id = self.secretary
        certificate = self.env["cdg47.allocation"].create(
            {
                "partner_id": self.commune.id,
                "product_id": self.service("CERT").id,
                "quantity": 1,
                "holder_id": self.secretary.id,
                "date_start": "2026-01-01",
                "date_end": "2028-12-31",
            }
        )
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-06-01")
        self.mandate.date_end = today_in_paris()
        return {
            "mail_template_convention_to_sign": self.make_convention(
                partner, self.metiers | self.techno
            ).pending_order_id,
            "mail_template_services_to_sign": self.services(),
            "mail_template_service_requested": requested,
            "mail_template_certificate_expires": certificate,
            "mail_template_right_threshold": self.commune.entitlement_ids.filtered(
                "consumed_amount"
            )[:1],
            "mail_template_mandate_ended": self.mandate,
        }

    def test_each_is_fit_to_leave(self):
        templates = self._templates(MODULE)
        records = self.records()
        self.assertEqual(set(templates), set(records))
        for name, template in templates.items():
            with self.subTest(name):
                record = records[name]
                names = record._alert_name() if "right" in name else ""
                self._check_mail(self._send(template, record), names)

    def test_money_is_in_euros(self):
        mail = self._send(
            self.env.ref(f"{MODULE}.mail_template_services_to_sign"), self.services()
        )
        self.assertRegex(mail.body_html, "1[\u202f\xa0]234,00\xa0€")

    def test_answered_by_who_signs_it(self):
        """Or by where the CDG reads, not by Odoo's catch-all."""
        domain = self.env["mail.alias.domain"].create(
            {"name": "mails.example.com", "catchall_alias": "divers"}
        )
        self.company.alias_domain_id = domain
        template = self.env.ref(f"{MODULE}.mail_template_services_to_sign")
        order = self.services()
        order.user_id = self.user_manager
        self.user_manager.email = "responsable@cdg.example.com"
        mail = self._send(template, order)
        self.assertIn("responsable@cdg.example.com", mail.reply_to)
        order.user_id = False
        mail = self._send(template, order)
        self.assertNotIn("divers@", mail.reply_to)
        # Mails that are not ours are left to Odoo.
        other = self.env["mail.template"].create(
            {"model_id": template.model_id.id, "subject": "x", "email_from": "a@ex.fr"}
        )
        self.assertFalse(self._send(other, order).reply_to)
        self.assertNotIn("Auto-Submitted", self._send(other, order).headers or "")

    def test_who_had_a_login_learns_that_it_ends(self):
        """Once, and not who never had one, nor who still acts for it."""
        user = self.make_portal_user(self.secretary)
        silent = self.make_mandate(self.make_contact(), self.commune)
        mails = self.env["mail.mail"]

        def told():
            return mails.search([("model", "=", "cdg47.mandate")])

        known = told()
        (self.mandate | silent).date_end = today_in_paris() - timedelta(days=1)
        for _day in range(2):
            self.env["cdg47.mandate"]._end_links_of_the_week()
        mail = told() - known
        self.assertEqual(mail.recipient_ids, user.partner_id)
        self._check_mail(mail)
        again = self.make_mandate(
            self.secretary, self.commune, date_start=today_in_paris()
        )
        other = self.make_mandate(
            self.secretary, self.commune, "agent", date_end="2020-12-31"
        )
        other.date_end = "2021-12-31"
        self.assertEqual(told() - known, mail)
        self.assertTrue(again.is_current)

    def test_a_document_passed_on_has_one_button(self):
        order = self.services()
        order.action_quotation_sent()
        secretary = self.make_portal_user(self.secretary)
        mayor = self.make_signatory(self.commune)
        known = self.env["mail.mail"].search([])
        transmit(order.sudo(), secretary, "Merci.")
        mail = self.env["mail.mail"].search([]) - known
        self.assertEqual(mail.recipient_ids, mayor)
        body = html.fromstring(f"<div>{mail.body_html}</div>")
        links = [a for a in body.xpath("//a/@href") if "/my/" in a or "/mail/" in a]
        self.assertLessEqual(len(links), 1, links)
