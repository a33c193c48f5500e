# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What makes a contact a collectivité. Writes nothing."""

import re
from datetime import date

from odoo.exceptions import ValidationError

INSEE_CODE = re.compile(r"^(\d{2}|2[AB])\d{3}$")
SIRET = re.compile(r"[0-9]{14}")
# A census older than that many years before a year is not that of the year.
CENSUS_AGE = 1


def has_siret(partner):
    """Tell whether a debtor has a SIRET of 14 digits, spaces apart (R17).

    :param res.partner partner: a collectivité
    :rtype: bool
    """
    return bool(SIRET.fullmatch("".join((partner.company_registry or "").split())))


def chorus_lacks(debtor, service, engagement=None):
    """Return which reference required by a debtor is missing (R12, R17).

    :param res.partner debtor: who owes
    :param service: its service code, if any
    :param engagement: the engagement number, if any
    :return: service, engagement, either; empty when nothing is missing
    :rtype: set[str]
    """
    needs = debtor.commercial_partner_id.chorus_requirement
    missing = set()
    if needs in ("service", "both") and not service:
        missing.add("service")
    if needs in ("engagement", "both") and not engagement:
        missing.add("engagement")
    if needs == "either" and not (service or engagement):
        missing.add("either")
    return missing


def outdated_census(partner, facts, basis, year):
    """Return since when the population that prices a commune is too old for a year.

    Only the affiliated communes are priced by a population (Annexe 1).

    :param res.partner partner: a collectivité
    :param dict facts: those in force at the beginning of the year, by kind
    :param str basis: the kind of population, a setting of the company
    :param int year: a civil year
    :return: the day of the census, ``date.min`` without any, None when it will do
    :rtype: datetime.date | None
    """
    if (
        partner.collectivite_type != "commune"
        or facts.get("host")
        or facts.get("affiliation") == "non_affiliated"
    ):
        return None
    _value, since = facts.get(basis) or (None, date.min)
    return since if since.year < year - CENSUS_AGE else None


def check_shape(partner):
    """Refuse a collectivité that is none, wrongly attached or wrongly coded.

    :raise ValidationError: with what is wrong
    """
    env = partner.env
    if not partner.is_company:
        raise ValidationError(
            env._(
                "%(name)s: a collectivité is a company, not a person.",
                name=partner.name,
            )
        )
    is_annexe = partner.collectivite_type == "budget_annexe"
    if is_annexe != bool(partner.parent_id.collectivite_type):
        raise ValidationError(
            env._(
                "%(name)s: an annexed budget, and only it, is attached to a "
                "commune or an establishment.",
                name=partner.name,
            )
        )
    if partner.insee_code and not INSEE_CODE.match(partner.insee_code):
        raise ValidationError(
            env._(
                "%(name)s: the INSEE code « %(code)s » must have five "
                "characters, such as 47001 or 2A004.",
                name=partner.name,
                code=partner.insee_code,
            )
        )
