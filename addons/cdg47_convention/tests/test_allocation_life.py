# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Expiry, reminders, change of mayor, measured volumes."""

from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MODULE
from .test_allocation import AllocationCase

EXPIRY = date(2027, 12, 31)


def days_before(days):
    return freeze_time(f"{EXPIRY - timedelta(days=days)} 10:00:00")


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestExpiry(AllocationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secretary = cls.make_contact("Secrétaire de mairie")
        cls.make_mandate(cls.secretary, cls.commune)
        cls.agent = cls.make_contact("Agent")
        cls.make_mandate(cls.agent, cls.commune, "agent")
        cls.mayor = cls.commune._cdg47_signatories()

    def certificate(self, **values):
        return self.allocate("CERT", holder_name="Maire", date_end=EXPIRY, **values)

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref(f"{MODULE}.cron_expire_allocations").method_direct_trigger()

    def mails(self, certificate):
        """Return the mails to the collectivité: Odoo tells the technician by itself."""
        contacts = self.commune.mandate_ids.contact_id
        return self.env["mail.mail"].search(
            [
                ("model", "=", certificate._name),
                ("res_id", "=", certificate.id),
                ("recipient_ids", "in", contacts.ids),
            ]
        )

    def test_reminded_once_by_threshold(self):
        certificate = self.certificate()
        expected = {91: 0, 90: 1, 89: 1, 61: 1, 60: 2, 31: 2, 30: 3, 29: 3, 0: 3}
        for days, count in expected.items():
            with self.subTest(days=days), days_before(days):
                self.run_cron()
                self.run_cron()
                self.assertEqual(len(self.mails(certificate)), count)
                self.assertEqual(len(certificate.activity_ids), min(count, 1))
        self.assertEqual(certificate.state, "active")

    def test_the_mail(self):
        certificate = self.certificate()
        with days_before(90):
            self.run_cron()
        mail = self.mails(certificate)
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(mail.recipient_ids, self.secretary | self.mayor)
        self.assertIn("Certificat expirant le 31", mail.subject)
        self.assertIn("ne se prolonge pas", mail.body_html)
        self.assertEqual(certificate.activity_ids.date_deadline, EXPIRY)

    def test_days_skipped_send_the_nearest_only(self):
        certificate = self.certificate()
        with days_before(45):
            self.run_cron()
        self.assertEqual(certificate.reminded_days, 60)
        with days_before(10):
            self.run_cron()
        self.assertEqual(certificate.reminded_days, 30)
        self.assertEqual(len(self.mails(certificate)), 2)

    def test_a_new_expiry_is_reminded_anew(self):
        certificate = self.certificate()
        with days_before(30):
            self.run_cron()
            certificate.identifier = "unchanged"
            self.assertEqual(certificate.reminded_days, 30)
            certificate.date_end = EXPIRY + timedelta(days=50)
            self.assertFalse(certificate.reminded_days)
            self.run_cron()
        self.assertEqual(certificate.reminded_days, 90)

    def test_what_is_not_reminded(self):
        former = self.certificate()
        self.certificate(replaces_id=former.id).date_end = False
        revoked = self.certificate()
        revoked.action_revoke()
        licence = self.allocate("EPP", date_end=EXPIRY)
        with days_before(30):
            self.run_cron()
        for allocation in (former, revoked, licence):
            self.assertFalse(self.mails(allocation))

    def test_nobody_to_write_to(self):
        certificate = self.certificate()
        self.commune.mandate_ids.date_end = date(2027, 1, 31)
        with days_before(30):
            self.run_cron()
        self.assertFalse(self.mails(certificate))
        self.assertEqual(len(certificate.activity_ids), 1)

    def test_expires_however_late(self):
        certificate, licence = self.certificate(), self.allocate("EPP")
        with days_before(0):
            self.run_cron()
            self.assertEqual(certificate.state, "active", "the last day is included")
        with freeze_time("2028-06-01 10:00:00"):
            self.run_cron()
        self.assertEqual(certificate.state, "expired")
        self.assertEqual(licence.state, "active")
        self.assertTrue(certificate._is_held_on(EXPIRY))

    def test_setting(self):
        company = self.env.company
        with self.assertRefused(ValidationError, "virgules"):
            company.cdg47_reminder_days = "bientôt"
        with self.assertRefused(ValidationError, "virgules"):
            company.cdg47_reminder_days = "0"
        company.cdg47_reminder_days = ""
        certificate = self.certificate()
        with days_before(30):
            self.run_cron()
        self.assertFalse(self.mails(certificate))


@freeze_time("2027-01-05 10:00:00")
@tagged("post_install", "-at_install")
class TestMayorChange(AllocationCase):
    def setUp(self):
        super().setUp()
        self.former = self.commune._cdg47_signatories()
        self.next = self.make_contact("Nouvelle maire")
        self.own = self.allocate("CERT", holder_id=self.former.id)
        self.other = self.allocate("CERT", holder_name="Secrétaire de mairie")
        self.access = self.commune.convention_ids.activation_ids.filtered(
            lambda a: a.product_id.default_code == "CONVOCATION"
        )

    def wizard(self, user=None):
        wizards = self.env["cdg47.mayor.change"].with_user(user or self.user_manager)
        return wizards.create(
            {
                "partner_id": self.commune.id,
                "contact_id": self.next.id,
                "date_start": "2027-01-10",
            }
        )

    def test_what_is_to_replace(self):
        wizard = self.wizard()
        self.assertEqual(wizard.mandate_ids.contact_id, self.former)
        self.assertEqual(wizard.allocation_ids, self.own)
        self.assertEqual(wizard.activation_ids, self.access)
        self.assertTrue(self.access)
        self.assertEqual(wizard.title, "Maire")

    def test_once(self):
        self.wizard().action_apply()
        signatories = self.commune._cdg47_signatories
        self.assertEqual(signatories(date(2027, 1, 9)), self.former)
        self.assertEqual(signatories(date(2027, 1, 10)), self.next)
        for record in (self.own, self.access):
            self.assertEqual(len(record.activity_ids), 1)
        self.assertFalse(self.other.activity_ids)
        with self.assertRefused(UserError, "déjà signataire"):
            self.wizard().action_apply()
        self.assertEqual(len(self.own.activity_ids), 1)

    def test_the_signatory_is_asked(self):
        wizard = self.wizard()
        wizard.contact_id = False
        with self.assertRefused(UserError, "Choisissez"):
            wizard.action_apply()

    def test_employees_do_not(self):
        with self.assertRaises(AccessError):
            self.wizard(self.user_employee)


@freeze_time("2027-03-15 10:00:00")
@tagged("post_install", "-at_install")
class TestVolumeImport(AllocationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.commune.insee_code = "47001"

    def load(self, *lines):
        content = "\n".join(("collectivite,code,quantite,date", *lines)).encode()
        wizards = self.env["cdg47.volume.import"].with_user(self.user_user)
        return wizards._import_file(content, "mesures.csv")

    def volumes(self):
        return self.commune.allocation_ids.filtered(lambda a: a.kind == "storage")

    def test_levels_follow_the_measures(self):
        self.load("47001,BACKUP,10,2027-01-31")
        self.load("47001,BACKUP,10,2027-02-28")
        volume = self.volumes()
        self.assertEqual(volume.measured_on, date(2027, 2, 28))
        self.assertFalse(volume.is_over)
        wizard = self.load('47001,BACKUP,"20,2",2027-03-10')
        self.assertEqual(wizard.updated_count, 1)
        former, latest = self.volumes().sorted("date_start")
        self.assertEqual((former.state, former.quantity), ("expired", 10))
        self.assertEqual((latest.quantity, latest.over_quantity), (21, 3))
        self.assertTrue(former._is_held_on(date(2027, 3, 9)))
        self.assertFalse(former._is_held_on(date(2027, 3, 10)))
        wizard = self.load('47001,BACKUP,"20,2",2027-03-10')
        self.assertEqual((wizard.unchanged_count, wizard.updated_count), (1, 0))
        self.load("47001,BACKUP,12,2027-03-10")
        self.assertEqual(latest.quantity, 12)

    def test_faults_write_nothing(self):
        for line, sentence in (
            ("47001,EPP,10,2027-01-31", "Go"),
            ("47002,BACKUP,10,2027-01-31", "identifiant"),
            ("47001,BACKUP,0,2027-01-31", "révoquez"),
            ("47001,BACKUP,-3,2027-01-31", "négatif"),
            ("47001,BACKUP,10,2027-03-16", "futur"),
            ("47001,BACKUP,10,", "date"),
            ("47001,BACKUP,10,2027-01-31\n47001,BACKUP,11,2027-02-01", "ligne 2"),
        ):
            with self.subTest(line), self.assertRefused(UserError, sentence):
                self.load(line)
        self.load("47001,BACKUP,10,2027-02-28")
        with self.assertRefused(UserError, "plus récente"):
            self.load("47001,BACKUP,9,2027-01-31")
        self.assertEqual(self.volumes().quantity, 10)

    def test_columns(self):
        wizards = self.env["cdg47.volume.import"]
        with self.assertRefused(UserError, "colonnes manquent"):
            wizards._import_file(b"code,date\nBACKUP,2027-01-01", "x.csv")
