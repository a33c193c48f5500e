# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which company (CDG) a collectivité belongs to, where several share a database.

Odoo shares its contacts between companies: a collectivité is of the company that it
bears, else of that of its convention. What it used, holds and counts follows it.
"""

from odoo.fields import Domain


def owner(partner):
    """Return the company of a collectivité, empty while any company may propose.

    :rtype: res.company
    """
    conventions = partner.convention_ids
    signed = conventions.filtered(lambda convention: convention._is_signed())
    return (
        partner.company_id
        or (signed or conventions)[:1].company_id
        or partner.parent_id.cdg47_company_id
    )


def domain_of(company, path="partner_id"):
    """Return the domain of what belongs to a company, or to none yet.

    :param str path: link to the collectivité, empty for itself
    :rtype: Domain
    """
    name = f"{path}.cdg47_company_id" if path else "cdg47_company_id"
    return Domain(name, "in", [company.id, False])


def values_of_new(env):
    """Return what tells whose a new collectivité is, where several companies are."""
    several = env["res.company"].sudo().search_count([], limit=2) > 1
    return {"company_id": env.company.id} if several else {}
