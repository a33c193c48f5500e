# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What makes a contact a collectivité. Writes nothing."""

import re

from odoo.exceptions import ValidationError

INSEE_CODE = re.compile(r"^(\d{2}|2[AB])\d{3}$")
SIRET = re.compile(r"[0-9]{14}")


def has_siret(partner):
    """Tell whether a debtor has a SIRET of 14 digits, spaces apart (R17).

    :param res.partner partner: a collectivité
    :rtype: bool
    """
    return bool(SIRET.fullmatch("".join((partner.company_registry or "").split())))


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
