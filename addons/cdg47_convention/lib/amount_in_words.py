# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""« Arrêtée à la somme de »: an amount in euros, in French words.

``num2words`` is only asked for whole numbers, as its currency mode has traps: an
integer is read as cents, 0.5 gives « zéro euros », and millions lose their « d' ».
"""

from decimal import ROUND_HALF_UP, Decimal

from num2words import num2words


def amount_in_words(amount):
    """Write an amount in euros in French words.

    :param amount: euros, as a number or a decimal string; rounded to the cent
    :return: e.g. « mille deux cent cinquante euros et quatre-vingts centimes »
    :rtype: str
    """
    cents_total = int(
        (Decimal(str(amount)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    )
    sign = "moins " if cents_total < 0 else ""
    euros, cents = divmod(abs(cents_total), 100)
    parts = []
    if euros or not cents:
        parts.append(_count(euros, "euro"))
    if cents:
        parts.append(_count(cents, "centime"))
    return sign + " et ".join(parts)


def _count(number, noun):
    """Count a noun: « un euro », « deux euros », « un million d'euros »."""
    words = num2words(number, lang="fr")
    plural = noun if number < 2 else f"{noun}s"
    # Millions and milliards are nouns: they take « de » when nothing follows them.
    link = " d'" if number and number % 1_000_000 == 0 else " "
    return f"{words}{link}{plural}"
