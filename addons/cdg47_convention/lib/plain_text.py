# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What people paste without seeing it, and no database or mail header takes."""

import re

from markupsafe import Markup

# Controls but tabulations and ends of lines; halves of a character.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def plain(value):
    """Take the unseen characters out of a text, and of all the texts of a structure.

    Anything else than texts, lists and dictionaries is returned as it is.
    """
    if isinstance(value, str):
        return _UNSEEN.sub("", value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {plain(key): plain(item) for key, item in value.items()}
    return value


def one_line(text):
    """Put a text on one line, as a name or an address is."""
    return " ".join(plain(text or "").split())


def as_html(text):
    """Put a text in a note as text: neither its tags nor its addresses live there."""
    return Markup("<p>%s</p>") % Markup("<br/>").join((text or "").splitlines())
