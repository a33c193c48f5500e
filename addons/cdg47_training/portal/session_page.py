# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which sessions a contact sees: no right opens them, pages name what they show."""

from odoo.fields import Domain


def visible_domain(env):
    """Return the domain of the sessions that the user may see in the portal.

    Neither those in preparation nor those reserved for others; nobody who acts for no
    collectivité sees any. An employee previews them all.

    :rtype: odoo.fields.Domain
    """
    known = Domain("training_kind", "!=", False) & Domain(
        "training_state", "!=", "draft"
    )
    if not env.user.share:
        return known
    mine = env["res.partner"]._cdg47_mine()
    if not mine:
        return Domain.FALSE
    return known & (
        Domain("reserved_partner_ids", "=", False)
        | Domain("reserved_partner_ids", "in", mine.ids)
        | Domain("registration_ids.collectivite_id", "in", mine.ids)
    )
