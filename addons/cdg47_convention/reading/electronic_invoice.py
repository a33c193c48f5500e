# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the XML of an invoice says beyond its lines and sums. Writes nothing."""

from ..lib.cii import Facts, Party

# Codes of the notes that the French reform asks of every invoice.
DISCOUNT, PENALTIES, COSTS = "AAB", "PMD", "PMT"


def facts_of(move):
    """Return what an invoice says of its parties, its days and what it corrects.

    :param account.move move: an invoice or a credit note of a collectivité
    :rtype: cdg47_convention.lib.cii.Facts
    """
    start, end = move._cdg47_period()
    origin = move.reversed_entry_id
    return Facts(
        seller=_party(move.company_id),
        buyer=_party(move.commercial_partner_id),
        period=(start, end) if start and end else None,
        corrected=(origin.name, origin.invoice_date) if origin.invoice_date else None,
        notes=_notes(move.with_context(lang=move.partner_id.lang)),
    )


def _party(record):
    return Party("".join((record.company_registry or "").split()))


def _notes(move):
    env = move.env
    return {
        PENALTIES: env._("No penalty is asked for a late payment."),
        COSTS: env._("No fixed sum is asked for the costs of collection."),
        DISCOUNT: env._("No discount is given for an early payment."),
    }
