# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Alerts at 80 and 100 % of a right: once by window and threshold, whatever happens."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MODULE
from .ledger_common import LedgerCase

LOGGER = "odoo.addons.cdg47_convention.models.base.ir_cron"


@freeze_time("2026-06-15 10:00:00")
@tagged("post_install", "-at_install")
class TestQuotaAlert(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secretary = cls.make_contact("Secrétaire de mairie")
        cls.make_mandate(cls.secretary, cls.commune)
        cls.agent = cls.make_contact("Agent")
        cls.make_mandate(cls.agent, cls.commune, "agent")
        cls.convention.user_id = cls.user_manager

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref(f"{MODULE}.cron_alert_thresholds").method_direct_trigger()

    def mails(self, partner=None):
        rights = (partner or self.commune).entitlement_ids
        return self.env["mail.mail"].search(
            [("model", "=", "cdg47.entitlement"), ("res_id", "in", rights.ids)],
            order="id",
        )

    def minutes(self, minutes, day="2026-06-01", code="AUDIT-SECU", convention=None):
        hour = self.env.ref("uom.product_uom_hour")
        return (convention or self.convention)._consume(
            self.service(code), minutes / 60, hour, day
        )

    def test_once_by_threshold(self):
        """420 minutes: 336 are 80 %."""
        for minutes, count in ((335, 0), (1, 1), (83, 1), (1, 2), (60, 2)):
            self.minutes(minutes)
            self.run_cron()
            self.run_cron()
            self.assertEqual(len(self.mails()), count, minutes)
            self.assertEqual(len(self.convention.activity_ids), count, minutes)
        mails = self.mails()
        self.assertEqual(mails.recipient_ids, self.secretary)
        self.assertIn("80", mails[0].subject)
        self.assertIn("100", mails[1].subject)
        self.assertEqual(self.convention.activity_ids.user_id, self.user_manager)

    def test_who_follows_reads_it_in_each_language(self):
        self.minutes(336)
        right = self.commune.entitlement_ids
        for lang, words in (("en_US", "80 % of a right used"), ("fr_FR", "à 80 %")):
            self.user_manager.lang = lang
            right._plan_follow_up()
            summaries = self.convention.activity_ids.mapped("summary")
            self.assertIn(words, " ".join(summaries).replace("\xa0", " "))

    def test_straight_to_the_end_is_one_alert(self):
        self.minutes(500)
        self.run_cron()
        self.assertEqual(len(self.mails()), 1)
        self.assertEqual(self.commune.entitlement_ids.alerted_threshold, 100)

    def test_given_back_and_used_again(self):
        """A reversal below a threshold, then across it again: told once."""
        self.minutes(10)
        fact = self.minutes(400)
        self.run_cron()
        fact._reverse("Erreur")
        self.run_cron()
        self.minutes(400)
        self.run_cron()
        self.assertEqual(len(self.mails()), 1)

    def test_a_new_window_is_told_anew(self):
        self.minutes(420, "2025-06-01", "FORM-GROUPE")
        self.minutes(420, "2026-06-01", "FORM-GROUPE")
        self.run_cron()
        self.assertEqual(len(self.mails()), 1, "the window of last year is over")
        self.minutes(420, "2027-06-01", "FORM-GROUPE")
        self.run_cron()
        self.assertEqual(len(self.mails()), 2)

    def test_switched_off(self):
        self.env.company.cdg47_alert_by_mail = False
        self.minutes(420)
        self.run_cron()
        self.assertFalse(self.mails())
        self.assertEqual(len(self.convention.activity_ids), 1)

    def test_a_failure_does_not_stop_the_others(self):
        other = self.make_convention_since("2024-01-01")
        self.make_mandate(self.make_contact(), other.partner_id)
        self.minutes(420)
        self.minutes(420, convention=other)
        rights = type(self.env["cdg47.entitlement"])
        plan = rights._plan_follow_up

        def broken(right):
            if right.partner_id == self.commune:
                raise ValueError("no activity today")
            return plan(right)

        with patch.object(rights, "_plan_follow_up", broken), mute_logger(LOGGER):
            self.run_cron()
        self.assertEqual(len(self.mails(other.partner_id)), 1)
        self.assertFalse(self.mails())
        self.assertEqual(self.commune.entitlement_ids.alerted_threshold, 0)
        self.run_cron()
        self.assertEqual(len(self.mails(other.partner_id)), 1)
        self.assertEqual(len(self.mails()), 1)

    def test_taken_over_is_no_news(self):
        self.minutes(420)
        self.commune.entitlement_ids._mark_alerted()
        self.run_cron()
        self.assertFalse(self.mails())
