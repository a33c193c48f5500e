# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the button of a refusal does for a collectivité, in one click (R9)."""

from ...lib.dates import today_in_paris
from ...reading.held_levels import HeldLevels


def use_cdg_domain(partners):
    """Record that these collectivités use the CDG's domain, once each."""
    service = partners.env.ref("cdg47_convention.service_domaine_cdg")
    today = today_in_paris()
    levels = HeldLevels(partners.env, partners)
    partners.env["cdg47.allocation"].create(
        [
            {
                "partner_id": partner.id,
                "product_id": service.id,
                "date_start": today,
                "state": "active",
            }
            for partner in partners
            if not levels.meets(partner, "cdg_domain", today)
        ]
    )
    return _notify(
        partners.env._("The use of the CDG's domain is recorded: save again.")
    )


def request_study(partners):
    """Plan the study of a service for these collectivités, once each."""
    product = partners.env["product.product"].browse(
        partners.env.context.get("cdg47_product_id")
    )
    summary = partners.env._("Study: %(service)s", service=product.name or "")
    for partner in partners:
        if summary not in partner.activity_ids.mapped("summary"):
            partner.activity_schedule("mail.mail_activity_data_todo", summary=summary)
    return _notify(partners.env._("The study is among the activities."))


def _notify(message):
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": {"message": message, "type": "success"},
    }
