# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Names as people type them: without accents, hyphens, in short, in figures."""

import re
import unicodedata

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
IN_SHORT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
SEPARATORS = re.compile(r"[^a-z0-9]+")
NUMBER = re.compile(r"[+\d][\d .\-/()\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]*")


def words_of(text):
    """Return the words of a text, comparable: « St-Sylvestre » is « saint sylvestre ».

    :param str text: anything, empty included
    :rtype: list[str]
    """
    letters = unicodedata.normalize(
        "NFKD", (text or "").casefold().translate(LIGATURES)
    )
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    return [IN_SHORT.get(word, word) for word in SEPARATORS.split(plain) if word]


def figures_of(text):
    """Return the figures of a code or a telephone number, as typed without spaces.

    « +33 5 53 48 00 70 » and « 05.53.48.00.70 » are one number; a text that holds
    letters is none.

    :rtype: str
    """
    if not NUMBER.fullmatch((text or "").strip()):
        return ""
    figures = re.sub(r"\D", "", text)
    for prefix in ("0033", "33") if text.strip()[0] in "+0" else ():
        if figures.startswith(prefix):
            return "0" + figures[len(prefix) :].removeprefix("0")
    return figures
