# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What data files cannot say: services delivered by time, OCA's own rules."""

from odoo.fields import Domain

# Rules and rights of helpdesk_mgmt that security/ replaces, as OCA ships them.
STOCK_RULES = {
    "helpdesk_mgmt.helpdesk_ticket_rule_portal": (
        "['|', ('partner_id', 'child_of', [user.commercial_partner_id.id]), "
        "('message_partner_ids','child_of',[user.commercial_partner_id.id])]"
    ),
}
STOCK_PUBLIC_WRITE = "helpdesk_mgmt.access_helpdesk_ticket_stage_public"
TRAINING_FAMILY = "Formations"


def post_init_hook(env):
    """Deliver by timesheets the priced services that are sold by the hour or day."""
    _time_services(env).product_tmpl_id.service_type = "timesheet"


def uninstall_hook(env):
    """Give OCA its own rules back, and the services their manual delivery."""
    for xml_id, domain in STOCK_RULES.items():
        rule = env.ref(xml_id, raise_if_not_found=False)
        if rule:
            rule.domain_force = domain
    access = env.ref(STOCK_PUBLIC_WRITE, raise_if_not_found=False)
    if access:
        access.perm_write = True
    menu = env.ref("helpdesk_mgmt.helpdesk_ticket_main_menu", raise_if_not_found=False)
    if menu:
        menu.group_ids = env.ref("helpdesk_mgmt.group_helpdesk_user_own")
    _time_services(env).product_tmpl_id.service_type = "manual"


def _time_services(env):
    """Return the services of the tariff sold by time, trainings apart.

    :rtype: product.product
    """
    services = env["product.product"].search(
        Domain("cdg47_is_service", "=", True)
        & Domain("sale_ok", "=", True)
        & Domain("cdg47_family", "!=", TRAINING_FAMILY)
    )
    return services.filtered(lambda product: product.uom_id._cdg47_is_time())
