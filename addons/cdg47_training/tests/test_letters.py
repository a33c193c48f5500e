# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Ten letters a year to each forfait: readers, opt-out, numbers, the duty rendered."""

from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.cdg47_convention.reading.duties import duty_balance

from .common import TrainingCase


@tagged("post_install", "-at_install")
class TestLetters(TrainingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metiers_list = cls.env.ref("cdg47_training.mailing_list_metiers")
        cls.techno_list = cls.env.ref("cdg47_training.mailing_list_techno")
        cls.secretary = cls.commune.mandate_ids.contact_id

    def readers(self, mailing_list):
        mailing_list._sync_letter()
        return set(
            mailing_list.subscription_ids.filtered(
                lambda s: not s.opt_out
            ).contact_id.mapped("email_normalized")
        )

    def letter(self, mailing_list=None, **values):
        return self.env["mailing.mailing"].create(
            {
                "subject": "Lettre",
                "body_html": "<p>Actualités</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": (mailing_list or self.metiers_list).ids,
                **values,
            }
        )

    def test_readers_follow_the_conventions(self):
        """57, 59: one list per forfait; who left it is no longer a reader."""
        only = self.make_member("Métiers seul", self.metiers)
        contact = only.mandate_ids.contact_id
        self.assertIn(contact.email, self.readers(self.metiers_list))
        self.assertNotIn(contact.email, self.readers(self.techno_list))
        for mailing_list in self.metiers_list | self.techno_list:
            self.assertIn(self.secretary.email, self.readers(mailing_list))
        before = len(self.metiers_list.subscription_ids)
        self.assertTrue(self.readers(self.metiers_list))
        self.assertEqual(len(self.metiers_list.subscription_ids), before)
        only.convention_ids.line_ids.date_end = self.in_days(-1)
        self.assertNotIn(contact.email, self.readers(self.metiers_list))

    def test_opt_out_survives(self):
        """58: unsubscribed before leaving and after coming back."""
        self.readers(self.metiers_list)
        subscription = self.metiers_list.subscription_ids.filtered(
            lambda s: s.contact_id.email_normalized == self.secretary.email
        )
        subscription.opt_out = True
        self.assertNotIn(self.secretary.email, self.readers(self.metiers_list))
        lines = self.commune.convention_ids.line_ids
        lines.date_end = self.in_days(-1)
        self.readers(self.metiers_list)
        lines.date_end = False
        self.assertNotIn(self.secretary.email, self.readers(self.metiers_list))
        self.assertTrue(subscription.exists().opt_out)
        self.assertIn(self.secretary.email, self.readers(self.techno_list))

    def test_who_has_no_address_is_told(self):
        before = self.metiers_list.unreachable_count
        silent = self.make_member("Sans adresse")
        silent.mandate_ids.contact_id.email = False
        self.metiers_list.invalidate_recordset()
        self.assertEqual(self.metiers_list.unreachable_count, before + 1)

    def test_one_letter_one_list(self):
        with self.assertRefused(ValidationError, "one forfait only"):
            self.letter(self.metiers_list | self.techno_list)

    def test_numbers_and_the_eleventh(self):
        """60: n/10 by year and forfait, the eleventh with a reason only."""
        letters = [self.letter() for _ in range(11)]
        for number, letter in enumerate(letters[:10], start=1):
            letter.action_put_in_queue()
            self.assertEqual(letter.letter_number, number)
        self.assertIn("10 of 10", letters[9].letter_label)
        with self.assertRefused(UserError, "the 10 letters of"):
            letters[10].action_put_in_queue()
        self.assertEqual(letters[10].state, "draft")
        letters[10].letter_extra_reason = "Réforme en cours d'année"
        letters[10].action_put_in_queue()
        self.assertEqual(letters[10].letter_number, 11)
        other = self.letter(self.techno_list)
        other.action_put_in_queue()
        self.assertEqual(other.letter_number, 1, "each forfait counts its own")
        again = letters[0].letter_number
        letters[0].action_put_in_queue()
        self.assertEqual(letters[0].letter_number, again, "sent again: same number")

    def test_sent_letter_is_a_duty_rendered_once(self):
        letter = self.letter()
        letter.action_put_in_queue()
        letter.action_send_mail()
        self.assertEqual(letter.state, "done")
        convention = self.commune.convention_ids
        duty = convention.duty_ids
        self.assertEqual(duty.product_id, self.service("VEILLE-METIERS"))
        self.assertIn("No. 1 of 10", duty.name)
        letter._render_letter()
        self.assertEqual(convention.duty_ids, duty)
        balance = duty_balance(convention, self.service("VEILLE-METIERS"), self.today)
        self.assertEqual((balance["rendered"], balance["owed"]), (1, 10))
        traces = letter.mailing_trace_ids.mapped("email")
        self.assertIn(self.secretary.email, traces)

    def test_alarm_when_late(self):
        forfait = self.metiers_list.cdg47_forfait_id
        with freeze_time(f"{self.year}-04-10 10:00:00"):
            for _ in range(2):
                self.metiers_list._warn_if_late()
            late = forfait.activity_ids.filtered(lambda a: "Letters of" in a.summary)
            self.assertEqual(len(late), 1)
            self.assertIn("0 sent, 3 expected", late.summary)
        expected = self.env["mailing.mailing"]._letters_expected
        self.assertEqual(expected(date(self.year, 1, 31), 10), 0)
        self.assertEqual(expected(date(self.year, 9, 1), 10), 7, "August is off")

    def test_a_failed_sending_keeps_its_number(self):
        """61: retried after a failure, the letter has the same number and goes once."""
        letter = self.letter()
        letter.action_put_in_queue()
        with (
            patch.object(
                type(self.env["mail.compose.message"]),
                "_action_send_mail",
                side_effect=OSError("smtp"),
            ),
            self.assertRaises(OSError),
            self.env.cr.savepoint(),
        ):
            letter.action_send_mail()
        self.assertFalse(self.commune.convention_ids.duty_ids)
        letter.action_send_mail()
        self.assertEqual((letter.state, letter.letter_number), ("done", 1))
        self.assertEqual(len(self.commune.convention_ids.duty_ids), 1)
