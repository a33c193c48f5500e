# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Words compared whatever their accents, capitals, spaces and punctuation."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss"})
_CIVILITIES = {"m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle"}
_NO_WORD = re.compile(r"[\W_]+")


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
