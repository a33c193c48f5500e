# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..lib.amount_in_words import amount_in_words

AMOUNTS = [
    (0, "zéro euro"),
    (0.01, "un centime"),
    (0.5, "cinquante centimes"),
    (0.8, "quatre-vingts centimes"),
    (1, "un euro"),
    (1.01, "un euro et un centime"),
    (1.99, "un euro et quatre-vingt-dix-neuf centimes"),
    (2, "deux euros"),
    (21, "vingt et un euros"),
    (71, "soixante et onze euros"),
    (80, "quatre-vingts euros"),
    (81, "quatre-vingt-un euros"),
    (91, "quatre-vingt-onze euros"),
    (99.99, "quatre-vingt-dix-neuf euros et quatre-vingt-dix-neuf centimes"),
    (100, "cent euros"),
    (200, "deux cents euros"),
    (201, "deux cent un euros"),
    (1000, "mille euros"),
    (1250.80, "mille deux cent cinquante euros et quatre-vingts centimes"),
    (80_000, "quatre-vingt mille euros"),
    (200_000, "deux cent mille euros"),
    (1_000_000, "un million d'euros"),
    (1_000_000.01, "un million d'euros et un centime"),
    (1_200_000, "un million deux cent mille euros"),
    (2_000_000, "deux millions d'euros"),
    (80_000_000, "quatre-vingts millions d'euros"),
    (80_000_080, "quatre-vingts millions quatre-vingts euros"),
    (1e9, "un milliard d'euros"),
    (2_000_000_000, "deux milliards d'euros"),
    (1_001_000_000, "un milliard un million d'euros"),
]


@tagged("post_install", "-at_install")
class TestAmountInWords(BaseCase):
    def test_amounts(self):
        for amount, words in AMOUNTS:
            with self.subTest(amount=amount):
                self.assertEqual(amount_in_words(amount), words)

    def test_a_credit_begins_with_moins(self):
        for amount, words in AMOUNTS[1:]:
            with self.subTest(amount=-amount):
                self.assertEqual(amount_in_words(-amount), f"moins {words}")

    def test_nothing_owed_is_never_negative(self):
        self.assertEqual(amount_in_words(-0.0), "zéro euro")
        self.assertEqual(amount_in_words(-0.004), "zéro euro")

    def test_half_a_cent_rounds_up(self):
        for amount in (1.005, "1.005", Decimal("1.005")):
            with self.subTest(amount=amount):
                self.assertEqual(amount_in_words(amount), "un euro et un centime")
        self.assertEqual(amount_in_words(1.0049), "un euro")
        self.assertEqual(amount_in_words(0.995), "un euro")

    def test_the_type_of_the_number_does_not_matter(self):
        for amount in (1250, 1250.0, "1250", "1250.00", Decimal("1250.0")):
            with self.subTest(amount=amount):
                self.assertEqual(
                    amount_in_words(amount), "mille deux cent cinquante euros"
                )

    def test_sums_of_floats_are_written_to_the_cent(self):
        self.assertEqual(amount_in_words(0.1 + 0.2), "trente centimes")
        self.assertEqual(
            amount_in_words(103.33 + 63.33 + 16.67),
            "cent quatre-vingt-trois euros et trente-trois centimes",
        )
