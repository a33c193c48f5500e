# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Words compared whatever their accents, capitals, spaces and punctuation."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss"})
_CIVILITIES = {"m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle"}
_NO_WORD = re.compile(r"[\W_]+")
_IN_SHORT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_NUMBER = re.compile(r"[+\d][\d .\-/()\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]*")


def folded(text):
    """Return what two spellings of one name have in common.

    « Non affiliée », « NON-AFFILIEE » and a decomposed « non affiliée » are one word.

    :rtype: str
    """
    return _NO_WORD.sub("", _plain(text))


def spaced(text):
    """Return the same, one space between the words.

    :rtype: str
    """
    return _NO_WORD.sub(" ", _plain(text)).strip()


def _plain(text):
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    letters = (c for c in decomposed if not unicodedata.combining(c))
    return "".join(letters).casefold()


def tidy(text):
    """Return a text as it is kept: composed accents, plain spaces, no margin."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def same_person(known, name):
    """Tell whether two names are of one person, whatever their order and civility."""
    words, others = _name_words(known), _name_words(name)
    return min(len(words), len(others)) > 1 and (words <= others or others <= words)


def _name_words(name):
    return set(spaced(name or "").split()) - _CIVILITIES


def words_of(text):
    """Return the words of a name as people type them: « St-Sylvestre » is « saint
    sylvestre ».

    :param str text: anything, empty included
    :rtype: list[str]
    """
    return [_IN_SHORT.get(word, word) for word in spaced(text or "").split()]


def figures_of(text):
    """Return the figures of a code or a telephone number, as typed without spaces.

    « +33 5 53 48 00 70 » and « 05.53.48.00.70 » are one number; a text that holds
    letters is none.

    :rtype: str
    """
    if not _NUMBER.fullmatch((text or "").strip()):
        return ""
    figures = re.sub(r"\D", "", text)
    for prefix in ("0033", "33") if text.strip()[0] in "+0" else ():
        if figures.startswith(prefix):
            return "0" + figures[len(prefix) :].removeprefix("0")
    return figures


def registry_name(number):
    """Return what a number of the SIRENE register is called: 9 digits or 14.

    :rtype: str
    """
    return "SIREN" if len(number) == 9 else "SIRET"
