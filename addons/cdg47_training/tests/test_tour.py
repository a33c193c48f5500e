# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A year in a browser: registered, billed, convoked, moved, signed in, invoiced."""

import io
import re

from pypdf import PdfReader

from odoo.tests import tagged

from .portal_common import PortalTrainingCase


@tagged("post_install", "-at_install")
class TestYear(PortalTrainingCase):
    browser_size = "375x812"

    def browse(self, path, tour, user):
        self.env.flush_all()
        self.start_tour(path, tour, login=user.login)
        self.env.invalidate_all()

    def start_half_day(self, session):
        """Bring the half-day to now: the server has the real clock."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE cdg47_training_half_day SET start = now() - interval '1 hour' "
            "WHERE event_id = %s",
            [session.id],
        )
        self.env.invalidate_all()

    def test_a_year(self):
        # The helper logs in with the login as password.
        for user in self.secretary, self.trainer:
            user.password = user.login
        first, second = self.make_session(), self.make_session()
        third = self.make_session(days=[self.in_days(12)], name="Troisième session")
        year = third._training_day().year
        for session in (first, second):
            session.half_day_ids.date = self.in_days(13 + session.id % 2)
        self.assertEqual(first._training_day().year, year)

        # 1. Two agents, included; the half-day counts once.
        self.browse(
            f"/my/formations/{first.id}", "cdg47_training_included", self.secretary
        )
        self.assertEqual(len(first.registration_ids), 2)
        self.assertEqual(self.left(self.commune, year), 1)
        self.register(second, self.commune)

        # 2. The third session is billed, and accepted with its price shown.
        self.browse(
            f"/my/formations/{third.id}", "cdg47_training_billed", self.secretary
        )
        registration = third.registration_ids[0]
        line = third.registration_ids.sale_line_id
        self.assertEqual((line.price_subtotal, line.order_id.state), (225, "sale"))
        self.assertEqual(registration.acceptance, "portal")

        # 3. Convoked about 15 days before: the queue, and the PDF read back.
        registration = registration.with_context(force_report_rendering=True)
        convocation = registration._training_convoke()
        reader = PdfReader(io.BytesIO(convocation.attachment_id.raw))
        text = re.sub(r"\s+", " ", reader.pages[0].extract_text())
        self.assertIn("Troisième session", text)
        mail = self.mails_of(registration).sorted("id")[-1]
        self.assertEqual(mail.state, "outgoing")
        self.assertIn(convocation.attachment_id, mail.attachment_ids)

        # 4. Moved to another room: a new version replaces it.
        third.half_day_ids.room = "Salle B"
        self.assertTrue(registration._is_convocation_due())
        again = registration._training_convoke()
        text = PdfReader(io.BytesIO(again.attachment_id.raw)).pages[0].extract_text()
        self.assertIn("Salle", text)
        self.assertIn("replaces", text)

        # 5. Signed in on a screen of 375 px, then locked.
        self.start_half_day(third)
        self.browse(
            f"/formation/emargement/{third.half_day_ids.id}",
            "cdg47_training_sheet",
            self.trainer,
        )
        self.assertEqual(third.training_state, "held")

        # 6. The attestation is downloaded by the collectivité.
        attestation = registration.attestation_ids
        attestation.with_context(force_report_rendering=True)._pdf()
        self.env.flush_all()
        self.authenticate(self.secretary.login, self.secretary.login)
        content = self.get(f"/my/attestations/{attestation.id}").content
        text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
        self.assertIn(attestation.code, text)

        # 7. The invoice, by the ordinary way.
        invoice = line.order_id.with_user(self.user_accountant)._create_invoices()
        self.assertEqual(invoice.amount_untaxed, 225)
        self.assertEqual(invoice.partner_id, self.commune)
