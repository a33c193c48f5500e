# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The ledger of a collectivité as a file that proves itself.

Each row holds a fact as it was sealed (JSON) and its seal: the SHA-256 of the seal of
the row before it, followed by the fact. Whoever has the file can compute every seal
again with any tool: a row changed, moved, added or removed breaks the chain. The other
columns are there to be read; those that repeat a fact are checked against it.
"""

import csv
import hashlib
import io
import json

COLUMNS = (
    "rank", "date", "service", "quantity", "unit", "covered", "billable", "frozen",
    "verdict", "sealed", "seal",
)  # fmt: skip
# Where the sealed fact holds what other columns repeat.
SEALED_RANK, SEALED_DATE, SEALED_QUANTITY = 0, 4, 5

# What a spreadsheet would take for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutral(text):
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def seal(previous, content):
    """Return the seal of a fact.

    :param str previous: seal of the fact before it, None for the first
    :param str content: the fact, as :meth:`cdg47.consumption._sealed_content` writes it
    """
    return hashlib.sha256(f"{previous or ''}{content}".encode()).hexdigest()


def write_ledger(facts):
    """Write facts, in the order of their ranks, as a CSV file (UTF-8, comma).

    :param cdg47.consumption facts: all the facts of one collectivité
    :rtype: bytes
    """
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for fact in facts:
        content = fact._own_content()
        writer.writerow(
            [
                fact.rank,
                fact.date.isoformat(),
                neutral(fact.product_id.default_code or fact.product_id.name),
                f"{fact.quantity:.4f}",
                neutral(fact.uom_id.name),
                f"{fact.covered:.4f}",
                f"{fact.billable:.4f}",
                int(fact.frozen),
                neutral(fact.verdict or ""),
                content,
                fact.hash,
            ]
        )
    return stream.getvalue().encode()


def check_ledger(content):
    """Check a file from itself alone.

    :param bytes content: what :func:`write_ledger` wrote
    :return: the number of facts, the last seal, and the ranks of the broken rows
    :rtype: tuple[int, str | None, list[int]]
    :raise ValueError: when it is not such a file
    """
    rows = csv.reader(io.StringIO(content.decode(), newline=""))
    if tuple(next(rows, ())) != COLUMNS:
        raise ValueError("not an export of a ledger")
    previous, broken, count = None, [], 0
    for count, cells in enumerate(rows, 1):
        if len(cells) != len(COLUMNS):
            raise ValueError(f"row {count} is cut")
        row = dict(zip(COLUMNS, cells, strict=True))
        if not _is_whole(row, count, previous):
            broken.append(count)
        previous = row["seal"]
    return count, previous, broken


def _is_whole(row, rank, previous):
    fact = json.loads(row["sealed"])
    return (
        seal(previous, row["sealed"]) == row["seal"]
        and fact[SEALED_RANK] == rank == int(row["rank"])
        and (fact[SEALED_DATE], fact[SEALED_QUANTITY]) == (row["date"], row["quantity"])
    )
