# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reads the cells of a row: each fault becomes one sentence, an empty cell None."""

import re
from datetime import date, timedelta

from dateutil.parser import ParserError, parse, parserinfo
from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number

from .table import TableIssue
from .words import folded

INSEE_CODE = re.compile(r"(\d{2}|2[AB])\d{3}", re.ASCII)
NUMBER = re.compile(r"(\d{1,12})(?:[.,](\d{1,10}))?", re.ASCII)
NEGATIVE_NUMBER = re.compile(r"[-\N{MINUS SIGN}]\d")
# Three digits after a comma: thousands in English, thousandths in French.
THOUSANDS = re.compile(r"\d{1,3}([.,]\d{3})+", re.ASCII)
NUMBER_NOISE = re.compile(
    r"[\s'\N{RIGHT SINGLE QUOTATION MARK}]|€$|eur(os?)?$", re.IGNORECASE
)
SHORTENED = re.compile(r"\d([.,]\d+)?e\+?\d+", re.IGNORECASE)
UNKNOWN_VALUES = {"nd", "nc", "nr", "so", "na", "nondisponible", "noncommunique"}
ISO_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})([ T][\d:.]+Z?)?", re.ASCII)
FRENCH_DATE = re.compile(
    r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})( [\d:]+)?", re.ASCII
)
SERIAL = re.compile(r"\d{5}", re.ASCII)
SPREADSHEET_EPOCH = date(1899, 12, 30)
# Whole numbers that a date column takes for days: 1954 to 2064.
SERIALS = range(20_000, 60_200)
LINES_SHOWN = 10


class FrenchDates(parserinfo):
    """Dates written in words, the day first."""

    MONTHS = [
        ("janv", "janvier"), ("févr", "fév", "février", "fevr", "fev", "fevrier"),
        ("mars",), ("avr", "avril"), ("mai",), ("juin",), ("juil", "juillet"),
        ("août", "aout"), ("sept", "septembre"), ("oct", "octobre"),
        ("nov", "novembre"), ("déc", "décembre", "dec", "decembre"),
    ]  # fmt: skip
    WEEKDAYS = [
        ("lun", "lundi"), ("mar", "mardi"), ("mer", "mercredi"), ("jeu", "jeudi"),
        ("ven", "vendredi"), ("sam", "samedi"), ("dim", "dimanche"),
    ]  # fmt: skip


FRENCH_DATES = FrenchDates(dayfirst=True)


class CellReader:
    """Reads typed cells and gathers the faults of all rows.

    Every reader returns None for an empty or absent cell, and for a faulty one after
    having noted the fault. What is understood beyond what is written, such as a zero
    restored in front of a code, is said once for all the lines.

    :param odoo.api.Environment env: gives the language of the sentences
    :param list[TableIssue] issues: where faults are added
    :param dict labels: name of a column → as the file writes it
    """

    def __init__(self, env, issues, labels=()):
        self.env = env
        self.issues = issues
        self.labels = dict(labels)
        self._remarks = {}

    def fault(self, row, value, message):
        """Note what is wrong with a row."""
        self.issues.append(TableIssue(row.line, value, message))

    def remarks(self):
        """Return what was understood beyond what is written, each once.

        :rtype: list[TableIssue]
        """
        issues = []
        for (_column, message), lines in self._remarks.items():
            first_line, first_value = lines[0]
            if len(lines) > 1:
                shown = ", ".join(str(line) for line, _v in lines[:LINES_SHOWN])
                more = "…" if len(lines) > LINES_SHOWN else ""
                message += " " + self.env._(
                    "(%(count)s lines: %(lines)s)",
                    count=len(lines),
                    lines=shown + more,
                )
            issues.append(TableIssue(first_line, first_value, message))
        return issues

    def _remark(self, row, column, value, message):
        self._remarks.setdefault((column, message), []).append((row.line, value))

    def label(self, column):
        """Return a column as the file names it."""
        return self.labels.get(column, column)

    def text(self, row, column):
        return row.cells.get(column) or None

    def required(self, row, column):
        """Return a text that must be there."""
        value = self.text(row, column)
        if value is None:
            self.fault(
                row,
                "",
                self.env._(
                    "« %(column)s » is empty: fill it in.", column=self.label(column)
                ),
            )
        return value

    # === Numbers ===
    def _figure(self, row, column):
        """Return the text of a number or a date, None where it says « unknown »."""
        value = self.text(row, column)
        if value is None:
            return None
        if folded(value) and folded(value) not in UNKNOWN_VALUES:
            return value
        message = self.env._(
            "« %(column)s » says « %(value)s »: nothing is recorded there.",
            column=self.label(column),
            value=value,
        )
        self._remark(row, column, value, message)
        return None

    def whole_number(self, row, column):
        """Return a count, 0 included.

        :rtype: int | None
        """
        value = self._figure(row, column)
        if value is None:
            return None
        plain = NUMBER_NOISE.sub("", value)
        number = NUMBER.fullmatch(plain)
        is_whole = number and not (number[2] or "").strip("0")
        if is_whole and len(number[1]) <= 9 and not THOUSANDS.fullmatch(plain):
            return int(number[1])
        self.fault(row, value, self._whole_number_message(column, plain))
        return None

    def _whole_number_message(self, column, plain):
        label = self.label(column)
        if NEGATIVE_NUMBER.match(plain):
            return self.env._("« %(column)s » cannot be negative.", column=label)
        if THOUSANDS.fullmatch(plain):
            return self.env._(
                "« %(column)s » must be a whole number: write it without a point nor "
                "a comma, such as 32988.",
                column=label,
            )
        return self.env._(
            "« %(column)s » must be a whole number, such as 111 or 32 988.",
            column=label,
        )

    def decimal(self, row, column, places=10):
        """Return a positive quantity, with a comma or a point.

        :param int places: decimals that it may have
        :rtype: float | None
        """
        value = self._figure(row, column)
        if value is None:
            return None
        plain = _with_one_mark(NUMBER_NOISE.sub("", value))
        number = NUMBER.fullmatch(plain)
        is_unsure = places < 3 and THOUSANDS.fullmatch(plain)
        if number and len((number[2] or "").rstrip("0")) <= places and not is_unsure:
            return float(plain.replace(",", "."))
        label = self.label(column)
        if NEGATIVE_NUMBER.match(plain):
            message = self.env._("« %(column)s » cannot be negative.", column=label)
        else:
            message = self.env._(
                "« %(column)s » must be a number, such as 12,5 or 1 234,56.",
                column=label,
            )
        self.fault(row, value, message)
        return None

    def amount(self, row, column):
        """Return a sum of euros.

        :rtype: float | None
        """
        return self.decimal(row, column, places=2)

    # === Codes ===
    def insee_code(self, row, column):
        """Return an INSEE code of five characters, its leading zero restored."""
        value = self.text(row, column)
        if value is None:
            return None
        code = self._completed(row, column, "".join(value.split()).upper(), 4, 5)
        if INSEE_CODE.fullmatch(code):
            return code
        self.fault(
            row,
            value,
            self.env._(
                "The INSEE code must have five characters, such as 47001, 01001 or "
                "2A004."
            ),
        )
        return None

    def post_code(self, row, column):
        """Return a post code, its leading zero restored."""
        value = self.text(row, column)
        return value and self._completed(row, column, value, 4, 5)

    def _completed(self, row, column, value, length, full_length):
        """Restore the zero that a spreadsheet drops in front of a code, and say so."""
        if len(value) != length or not (value.isascii() and value.isdigit()):
            return value
        message = self.env._(
            "The zero in front of « %(column)s » was missing: it is restored.",
            column=self.label(column),
        )
        completed = value.zfill(full_length)
        self._remark(row, column, f"{value} → {completed}", message)
        return completed

    def siren(self, row, column):
        """Return a SIREN or a SIRET without spaces, its check digit verified."""
        value = self.text(row, column)
        if value is None:
            return None
        digits = re.sub(r"[\s.\-]", "", value)
        if digits.isascii() and digits.isdigit() and len(digits) in (8, 13):
            full = digits.zfill(len(digits) + 1)
            if _is_registry(full):
                digits = self._completed(row, column, digits, len(digits), len(full))
        if _is_registry(digits):
            return digits
        if SHORTENED.fullmatch(digits):
            message = self.env._(
                "The spreadsheet has shortened this number: format the column as text "
                "and enter it whole."
            )
        elif digits.isascii() and digits.isdigit() and len(digits) in (9, 14):
            message = self.env._("The check digit of this SIREN or SIRET is wrong.")
        else:
            message = self.env._("A SIREN has nine digits, a SIRET fourteen.")
        self.fault(row, value, message)
        return None

    def identity(self, row, column):
        """Return an INSEE code, a SIREN or a SIRET, whichever the cell holds."""
        value = self.text(row, column) or ""
        if len("".join(value.split())) <= 5:
            return self.insee_code(row, column)
        return self.siren(row, column)

    # === Words ===
    def choice(self, row, column, choices):
        """Return what a word stands for, however it is written.

        :param dict choices: meaning by accepted word; the words of a list of choices
            come first, those of one meaning together
        """
        value = self.text(row, column)
        if value is None:
            return None
        meanings = {folded(word): meaning for word, meaning in choices.items()}
        word = folded(value)
        for spelling in (word, word.removesuffix("s")):
            if spelling in meanings:
                return meanings[spelling]
        firsts = {}
        for word, meaning in choices.items():
            firsts.setdefault(meaning, word)
        self.fault(
            row,
            value,
            self.env._(
                "« %(column)s » must be one of: %(choices)s.",
                column=self.label(column),
                choices=", ".join(firsts.values()),
            ),
        )
        return None

    # === Dates ===
    def date(self, row, column):
        """Return a date, the day first where figures alone would not say.

        :rtype: datetime.date | None
        """
        value = self._figure(row, column)
        if value is None:
            return None
        day = parse_date(value)
        if day:
            return day
        self.fault(
            row,
            value,
            self.env._(
                "« %(column)s » must be a date such as 31/12/2025, the day first.",
                column=self.label(column),
            ),
        )
        return None


def parse_date(text):
    """Return the date that a text writes, None where it writes none.

    :rtype: datetime.date | None
    """
    text = " ".join(text.split())
    iso, french = ISO_DATE.fullmatch(text), FRENCH_DATE.fullmatch(text)
    try:
        if iso:
            return date(*map(int, iso.groups()[:3]))
        if french:
            day, month, year = map(int, french.groups()[:3])
            return date(_full_year(year), month, day)
        if SERIAL.fullmatch(text) and int(text) in SERIALS:
            return SPREADSHEET_EPOCH + timedelta(days=int(text))
        return _parse_words(text)
    except (ValueError, OverflowError):  # such as 30 February
        return None


def _full_year(year):
    """Return a year of two digits as people mean it: 26 is 2026, 68 is 1968."""
    if year > 99:
        return year
    return year + (2000 if year < 50 else 1900)


def _parse_words(text):
    """Return a date such as « 1er janvier 2026 »; all of it must be said."""
    words = re.fullmatch(r"(?:\D+ )?(\d{1,2})(?:er)? ([^\W\d]+)\.? (\d{4})", text)
    if not words:
        return None
    day, month, year = words.groups()
    try:
        return parse(f"{day} {month} {year}", parserinfo=FRENCH_DATES).date()
    except ParserError:
        return None


def _with_one_mark(text):
    """Leave one decimal mark in « 1.234,56 » and « 1,234.56 »."""
    point, comma = text.rfind("."), text.rfind(",")
    if point < 0 or comma < 0:
        return text
    thousands = "." if point < comma else ","
    return text.replace(thousands, "")


def _is_registry(digits):
    numbers = {9: siren_number, 14: siret_number}
    return len(digits) in numbers and numbers[len(digits)].is_valid(digits)
