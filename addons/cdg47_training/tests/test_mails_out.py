# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every mail of the trainings, sent for a real record and read in French."""

from datetime import date, timedelta

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.cdg47_convention.tests.mail_common import MailsMixin

from .common import MODULE, TrainingCase


@tagged("post_install", "-at_install")
class TestMailsOut(MailsMixin, TrainingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "fr_FR"})
        cls.commune = cls.commune.with_env(cls.env)
        cls.commune.write({"name": "Agmé", "lang": "fr_FR"})
        cls.organiser.email = "formation@cdg.example.com"
        cls.company.cdg47_headcount_days = 10

    def mails(self, registration):
        return self.mails_of(registration).sorted("id")

    def records(self):
        """Return a real record for each template."""
        session = self.make_session(name="Gestion de la paie")
        other = self.make_session(name="Élections")
        full = self.make_session(name="Finances", seats=1)
        registration = self.register(session, self.commune)
        self.register(full, self.commune)
        waiting = self.register(full, self.commune, waiting="any")
        waiting.offer_until = f"{self.year}-01-02 10:00:00"
        cancelled = self.register(session, self.commune)
        session.training_other_session_ids = [Command.set(other.ids)]
        surveyed = self.register(other, self.commune)
        survey = self.env["survey.survey"].create({"title": "Votre avis"})
        surveyed.survey_answer_id = survey._create_answer(
            partner=surveyed.agent_id, check_attempts=False
        )
        request = self.env["cdg47.training.request"].create(
            {
                "name": "Élections",
                "collectivite_id": self.commune.id,
                "contact_id": self.commune.mandate_ids.contact_id[:1].id,
            }
        )
        by_name = {
            "receipt": registration,
            "waiting": waiting,
            "offer": waiting,
            "convocation": registration,
            "cancellation": cancelled,
            "moved": registration,
            "attestation": registration,
            "survey": surveyed,
            "interest": session,
            "request_answer": request,
        }
        return {f"mail_template_{name}": record for name, record in by_name.items()}

    def test_each_is_fit_to_leave(self):
        templates = self._templates(MODULE)
        records = self.records()
        self.assertEqual(set(templates), set(records))
        for name, template in templates.items():
            template = template.with_context(lang="fr_FR", interest_name="Paie")
            with self.subTest(name):
                mail = self._send(template, records[name])
                self._check_mail(mail)
        cancelled = records["mail_template_cancellation"]
        cancelled.event_id.training_state = "cancelled"
        cancelled.event_id.training_cancel_reason = "Formateur absent"
        mail = self._send(templates["mail_template_cancellation"], cancelled)
        self._check_mail(mail)
        self.assertIn("Élections", mail.body_html)

    def test_answered_by_the_organiser(self):
        domain = self.env["mail.alias.domain"].create(
            {"name": "mails.example.com", "catchall_alias": "divers"}
        )
        self.company.alias_domain_id = domain
        registration = self.register(self.make_session(), self.commune)
        self.assertIn(self.organiser.email, self.mails(registration)[-1].reply_to)

    # === Moved before the convocation ===
    def tell(self):
        with self.enter_registry_test_mode():
            self.env.ref(f"{MODULE}.cron_convocations").method_direct_trigger()

    def test_other_dates_are_told_before_the_convocation(self):
        """Once for each change, to who was told others; a convocation says it else."""
        day = date(self.year, 6, 1)
        session = self.make_session(days=[day], seats=2)
        seated = self.register(session, self.commune)
        self.register(session, self.commune)
        waiting = self.register(session, self.commune, waiting="any")
        self.assertTrue(waiting.is_waiting)
        self.tell()
        counts = [len(self.mails(r)) for r in (seated, waiting)]
        half_day = session.half_day_ids
        half_day.with_user(self.organiser).date = day + timedelta(days=1)
        for _time in range(2):
            self.tell()
        for registration, count in zip((seated, waiting), counts, strict=True):
            self.assertEqual(len(self.mails(registration)), count + 1)
            mail = self.mails(registration)[-1]
            self.assertIn("2 juin", mail.body_html)
            self._check_mail(mail)
        newcomer = self.register(self.make_session(days=[day]), self.commune)
        count = len(self.mails(newcomer))
        self.tell()
        self.assertEqual(len(self.mails(newcomer)), count)

    def test_a_convocation_says_it_by_itself(self):
        session = self.make_session(days=[self.in_days(20)])
        registration = self.register(session, self.commune)
        count = len(self.mails(registration))
        session.half_day_ids.with_user(self.organiser).date = self.in_days(12)
        self.tell()
        mails = self.mails(registration)[count:]
        self.assertEqual(len(mails), 1)
        self.assertTrue(registration.convocation_ids)

    # === Attestations ===
    def test_an_attestation_is_told_to_its_agent_and_its_commune(self):
        day = date(self.year, 5, 12)
        session = self.make_session(days=[day])
        registration = self.register(session, self.commune)
        with freeze_time(f"{day} 16:00:00"):
            sheet = session.half_day_ids.with_user(self.trainer)
            sheet._fill_sheet({line: ("present", None) for line in sheet._open_sheet()})
            sheet.action_lock()
        mail = self.mails(registration).filtered(lambda m: "ttestation" in m.subject)
        self.assertEqual(len(mail), 1)
        self.assertIn(registration.agent_id, mail.recipient_ids)
        self.assertIn(self.commune.mandate_ids.contact_id[-1:], mail.recipient_ids)
        self._check_mail(mail)
        # Issued again without a change, nothing more is said.
        session.with_user(self.organiser).action_issue_attestations()
        again = self.mails(registration).filtered(lambda m: "ttestation" in m.subject)
        self.assertEqual(again, mail)
