# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every mail of the requests, sent for a real one and read in French."""

from odoo.tests import tagged

from odoo.addons.cdg47_convention.tests.mail_common import MailsMixin

from .common import HelpdeskCase
from .test_mail_in import SOFTWARE, raw

MODULE = "cdg47_helpdesk"


@tagged("post_install", "-at_install")
class TestMailsOut(MailsMixin, HelpdeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].create(
            {"name": "mails.example.com", "catchall_alias": "divers"}
        )
        cls.env.company.alias_domain_id = domain
        cls.software = cls.env.ref("cdg47_helpdesk.team_software")
        cls.software.alias_id.alias_domain_id = domain
        cls.commune.name = "Agmé"
        cls.secretary = cls.make_contact(email="mairie.a@collectivite47.fr")
        cls.make_mandate(cls.secretary, cls.commune)
        cls.mayor = cls.make_signatory(cls.commune)

    def estimated(self):
        """Return a request whose estimate is sent, and this estimate."""
        ticket = self.ttim(hours=21)
        ticket.write({"partner_id": self.secretary.id, "team_id": self.software.id})
        ticket.with_user(self.technician).action_estimate()
        ticket.with_user(self.technician).action_send_estimate()
        return ticket, ticket.order_ids

    def mail_of(self, record):
        return self.env["mail.mail"].search(
            [
                ("model", "=", record._name),
                ("res_id", "=", record.id),
                ("subject", "!=", False),
            ],
            order="id desc",
            limit=1,
        )

    def test_each_is_fit_to_leave(self):
        ticket, order = self.estimated()
        records = {
            "mail_template_receipt": ticket,
            "mail_template_which_collectivite": ticket,
            "mail_template_closed": ticket,
            "mail_template_estimate": order,
        }
        templates = self._templates(MODULE)
        self.assertEqual(set(templates), set(records))
        for name, template in templates.items():
            template = template.with_context(
                lang="fr_FR", cdg47_collectivites="Agmé, Agen"
            )
            with self.subTest(name):
                self._check_mail(self._send(template, records[name]))

    def test_an_answer_reaches_its_request(self):
        """Whatever mail of ours is answered, by the address it gives."""
        ticket, order = self.estimated()
        estimate = self.mail_of(order)
        self._check_mail(estimate)
        self.assertRegex(estimate.body_html, "1[\u202f\xa0]260,00\xa0€")
        self.cr.flush()
        ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        self.cr.flush()
        closed = self.mail_of(ticket)
        self.assertIn("terminée", closed.subject)
        for number, mail in enumerate((closed, estimate)):
            with self.subTest(mail.subject):
                self.assertIn(SOFTWARE, mail.reply_to)
                self._check_mail(mail)
                known = self.env["helpdesk.ticket"].search([])
                count = len(ticket.message_ids)
                self.env["mail.thread"].message_process(
                    False,
                    raw(
                        f"answer-{number}",
                        "Maire <mairie.a@collectivite47.fr>",
                        subject=f"RE: {mail.subject}",
                        headers=f"References: {mail.message_id}",
                    ),
                )
                self.assertEqual(self.env["helpdesk.ticket"].search([]), known)
                self.assertGreater(len(ticket.message_ids), count)

    def test_an_answer_to_what_is_no_discussion_is_a_request(self):
        """Odoo refuses an answer to a record without discussion: nobody reads it."""
        self.use(self.convention, "AUDIT-SECU", 1, "day", "2026-06-01")
        right = self.commune.entitlement_ids.filtered("consumed_amount")[:1]
        mail = self._send(
            self.env.ref("cdg47_convention.mail_template_right_threshold"), right
        )
        self.assertIn(SOFTWARE, mail.reply_to)
        known = self.env["helpdesk.ticket"].search([])
        self.env["mail.thread"].message_process(
            False,
            raw(
                "right",
                "Mairie A <mairie.a@collectivite47.fr>",
                subject=f"RE: {mail.subject}",
                headers=f"References: {mail.message_id}",
            ),
        )
        ticket = self.env["helpdesk.ticket"].search([]) - known
        self.assertEqual(ticket.collectivite_id, self.commune)

    def test_a_refused_estimate_is_told(self):
        ticket, order = self.estimated()
        ticket.user_id = self.technician
        login = self.make_portal_user(self.mayor)
        order.with_user(login).sudo()._action_cancel()
        self.assertEqual(ticket.activity_ids.user_id, self.technician)
        self.assertIn(order.name, ticket.activity_ids.summary)
        self.assertIn(order.name, ticket.message_ids[0].body)
        self.assertTrue(order.activity_ids.user_id)

    def test_an_estimate_taken_back_by_us_alarms_nobody(self):
        ticket, order = self.estimated()
        order.with_user(self.technician).sudo()._action_cancel()
        self.assertFalse(ticket.activity_ids)
        self.assertFalse(order.activity_ids)
