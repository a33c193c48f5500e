# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The SIRET that a collectivité completes itself."""

from stdnum.fr import siret as rules


def digits_of(text):
    """Return what is typed without spaces nor signs: « 214 700 016 00015 »."""
    return "".join(filter(str.isdigit, text or ""))


def siret_refusal(partner, text):
    """Return why a SIRET is not that of this collectivité, or None.

    :rtype: str or None
    """
    digits = digits_of(text)
    known = digits_of(partner.company_registry)
    if not rules.is_valid(digits):
        return partner.env._(
            "« %(text)s » is not a SIRET: it has 14 digits, the last ones being a "
            "check.",
            text=(text or "")[:20],
        )
    if known and not digits.startswith(known[:9]):
        return partner.env._(
            "This SIRET is not that of %(name)s, whose SIREN is %(siren)s.",
            name=partner.name,
            siren=known[:9],
        )
    return None
