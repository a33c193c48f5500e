# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reads the cells of a CSV row: each fault becomes one sentence, an empty cell None."""

import re
from datetime import date

from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from .csv_reader import CsvIssue

INSEE_CODE = re.compile(r"(\d{2}|2[AB])\d{3}", re.ASCII)
WHOLE_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
NEGATIVE_NUMBER = re.compile(r"[-\N{MINUS SIGN}]\s*\d+([.,]\d+)?", re.ASCII)
DECIMAL_NUMBER = re.compile(r"\d{1,9}([.,]\d{1,4})?", re.ASCII)
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
FRENCH_DATE = re.compile(r"(\d{2})/(\d{2})/(\d{4})", re.ASCII)


class CellReader:
    """Reads typed cells and gathers the faults of all rows.

    Every reader returns None for an empty or absent cell, and for a faulty one after
    having noted the fault.

    :param odoo.api.Environment env: gives the language of the sentences
    :param list[CsvIssue] issues: where faults are added
    """

    def __init__(self, env, issues):
        self.env = env
        self.issues = issues

    def fault(self, row, value, message):
        """Note what is wrong with a row."""
        self.issues.append(CsvIssue(row.line, value, message))

    def text(self, row, column):
        return row.cells.get(column) or None

    def required(self, row, column):
        """Return a text that must be there."""
        value = self.text(row, column)
        if value is None:
            self.fault(
                row,
                "",
                self.env._("« %(column)s » is empty: fill it in.", column=column),
            )
        return value

    def whole_number(self, row, column):
        """Return a count, 0 included.

        :rtype: int | None
        """
        value = self.text(row, column)
        if value is None:
            return None
        if WHOLE_NUMBER.fullmatch(value):
            return int(value)
        self.fault(row, value, self._number_message(column, value))
        return None

    def decimal(self, row, column):
        """Return a positive quantity, with a comma or a point.

        :rtype: float | None
        """
        value = self.text(row, column)
        if value is None:
            return None
        if DECIMAL_NUMBER.fullmatch(value):
            return float(value.replace(",", "."))
        self.fault(row, value, self._number_message(column, value))
        return None

    def _number_message(self, column, value):
        if NEGATIVE_NUMBER.fullmatch(value):
            return self.env._("« %(column)s » cannot be negative.", column=column)
        return self.env._(
            "« %(column)s » must be a whole number, written with digits only.",
            column=column,
        )

    def insee_code(self, row, column):
        """Return an INSEE code of five characters, leading zero kept."""
        value = self.text(row, column)
        if value is None:
            return None
        if INSEE_CODE.fullmatch(value.upper()):
            return value.upper()
        self.fault(
            row,
            value,
            self.env._(
                "The INSEE code must have five characters, such as 47001, 01001 or "
                "2A004 (spreadsheets drop the leading zero: format the column as text)."
            ),
        )
        return None

    def siren(self, row, column, siret_allowed=False):
        """Return a SIREN (or SIRET) without spaces, its check digit verified."""
        value = "".join((self.text(row, column) or "").split())
        if not value:
            return None
        is_siret = siret_allowed and len(value) == 14
        if (siret_number if is_siret else siren_number).is_valid(value):
            return value
        if (
            value.isascii()
            and value.isdigit()
            and len(value) == (14 if is_siret else 9)
        ):
            message = self.env._("The check digit of this SIREN or SIRET is wrong.")
        else:
            message = self.env._("A SIREN has nine digits.")
        self.fault(row, value, message)
        return None

    def identity(self, row, column):
        """Return an INSEE code, a SIREN or a SIRET, whichever the cell holds."""
        value = self.text(row, column) or ""
        if len(value) <= 5:
            return self.insee_code(row, column)
        return self.siren(row, column, siret_allowed=True)

    def choice(self, row, column, choices):
        """Return what a word stands for.

        :param dict choices: meaning by accepted word
        """
        value = self.text(row, column)
        if value is None:
            return None
        if value.lower() in choices:
            return choices[value.lower()]
        self.fault(
            row,
            value,
            self.env._(
                "« %(column)s » must be one of: %(choices)s.",
                column=column,
                choices=", ".join(choices),
            ),
        )
        return None

    def date(self, row, column):
        """Return a date written 2025-12-31 or 31/12/2025.

        :rtype: datetime.date | None
        """
        value = self.text(row, column)
        if value is None:
            return None
        day = _parse_date(value)
        if day:
            return day
        self.fault(
            row,
            value,
            self.env._(
                "« %(column)s » must be a date such as 2025-12-31 or 31/12/2025.",
                column=column,
            ),
        )
        return None


def _parse_date(text):
    """Return a date written in one of the two accepted ways, None otherwise."""
    iso, french = ISO_DATE.fullmatch(text), FRENCH_DATE.fullmatch(text)
    if not (iso or french):
        return None
    parts = iso.groups() if iso else reversed(french.groups())
    try:
        return date(*map(int, parts))
    except ValueError:  # such as 30 February
        return None
