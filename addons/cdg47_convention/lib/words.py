# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Words compared whatever their accents, capitals, spaces and punctuation."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss"})
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
