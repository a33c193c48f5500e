# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a collectivité must hold before a service, and the way on (R9)."""

from odoo.exceptions import RedirectWarning, UserError

from ..lib.dates import today_in_paris
from .annexe1 import editor_refusal, lines_at
from .held_levels import CDG_DOMAIN, HeldLevels

MODULE = "cdg47_convention"
# Bought beyond the forfait, they need what the included mailbox needs.
PAID_MAILBOXES = ("MAIL-5", "MAIL-10", "MAIL-25")


def check_prerequisites(partners, wanted):
    """Refuse the services that cannot be held yet.

    :param wanted: list of (collectivité, service, day)
    :raise RedirectWarning: with the button that leads on
    """
    rules = partners.env["cdg47.quota.rule"]
    levels = None
    for partner, product, day in wanted:
        ruled = rules._naming(_ruled_as(product))
        if not levels and ruled._depends_on_holdings():
            levels = HeldLevels(partners.env, partners)
        found = obstacle(partner, product, day, levels)
        if not found:
            continue
        lead_on(partners.env, *found)


def lead_on(env, message, action, button, context=None):
    """Refuse with the button that leads on; in an import, where nobody could click,
    with the sentence alone.

    :param context: context of the action
    :raise RedirectWarning: or a plain refusal
    """
    if env.context.get("import_file"):
        raise UserError(message)
    raise RedirectWarning(message, action, button, context)


def _ruled_as(product):
    """Return the service whose lines of Annexe 1 say what must be held first."""
    if product.default_code in PAID_MAILBOXES:
        return product.env.ref(f"{MODULE}.service_mail")
    return product


def is_studied(partner, product):
    """Tell whether the quotation that a study led to is accepted."""
    # Who opens an access may read no order.
    lines_sudo = partner.env["sale.order.line"].sudo()
    return bool(
        lines_sudo.search_count(
            [
                ("order_id.convention_id.partner_id", "=", partner.id),
                ("product_id", "=", product.id),
                ("state", "=", "sale"),
                ("product_uom_qty", ">", 0),
            ],
            limit=1,
        )
    )


def obstacle(partner, product, day=None, levels=None):
    """Return what prevents this collectivité from having a service, and the way on.

    :param product.product product: a service of Annexe 1
    :param datetime.date day: today by default
    :param HeldLevels levels: already loaded for this collectivité, if it is
    :return: sentence, action and label of its button; None when nothing prevents
    :rtype: tuple[str, dict, str] or None
    """
    day = day or today_in_paris()
    ruled = _ruled_as(product)
    rules = partner.env["cdg47.quota.rule"]._naming(ruled)
    if not rules._depends_on_holdings():
        return obstacle_of_editor(partner, product, lines_at(ruled, day))
    levels = levels or HeldLevels(partner.env, partner)
    known = levels.partners.browse(partner.id)
    product, ruled = product.with_env(levels.env), ruled.with_env(levels.env)
    held = levels.forfaits_at(known, day)
    rules = lines_at(ruled, day, held) or lines_at(ruled, day)
    fitting = rules.filtered(lambda r: levels.meets(known, r.condition, day))
    if rules and not fitting:
        return _obstacle_of_situation(partner, product, rules)
    if fitting and set(fitting.mapped("coverage")) == {"study"}:
        if is_studied(partner, product):
            return None
        return _obstacle_of_study(partner, product)
    for rule in fitting.filtered(lambda rule: rule.coverage != "study"):
        needed = rule.prerequisite_ids
        if needed and not any(levels.has(known, p, day) for p in needed):
            return _obstacle_of_prerequisite(partner, product, needed)
    return obstacle_of_editor(partner, product, fitting)


def _obstacle_of_situation(partner, product, rules):
    """The line is for collectivités in another situation, of domain names."""
    if "cdg_domain" in rules.mapped("condition"):
        return (
            partner.env._(
                "%(service)s: %(name)s does not use the CDG's domain name. Record "
                "that it does, then save again.",
                service=product.name,
                name=partner.name,
            ),
            _action_use_cdg_domain(partner),
            partner.env._("It uses the CDG's domain"),
        )
    return (
        partner.env._(
            "%(service)s: %(name)s already has a domain name of its own. Revoke it "
            "first.",
            service=product.name,
            name=partner.name,
        ),
        {**partner.action_view_allocations(), "target": "current"},
        partner.env._("See its allocations"),
    )


def _obstacle_of_study(partner, product):
    return (
        partner.env._(
            "%(service)s: with a domain name of one's own it needs a study and a "
            "quotation first.",
            service=product.name,
        ),
        _server_action(partner, "action_request_study", cdg47_product_id=product.id),
        partner.env._("Ask for the study"),
    )


def _obstacle_of_prerequisite(partner, product, needed):
    sentence = partner.env._(
        "%(service)s: %(name)s must first hold one of: %(needed)s.",
        service=product.name,
        name=partner.name,
        needed=", ".join(needed.mapped("name")),
    )
    if CDG_DOMAIN in needed.mapped("default_code"):
        action = _action_use_cdg_domain(partner)
        return sentence, action, partner.env._("It uses the CDG's domain")
    return (
        sentence,
        {
            "type": "ir.actions.act_window",
            "res_model": "cdg47.allocation",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_partner_id": partner.id,
                "default_product_id": needed[:1].id,
                "default_state": "active",
            },
        },
        partner.env._("Record it"),
    )


def obstacle_of_editor(partner, product, rules):
    """The Métiers editor must be known, and support the service."""
    sentence = editor_refusal(partner, product, rules)
    if not sentence:
        return None
    action = {
        "type": "ir.actions.act_window",
        "res_model": "res.partner",
        "res_id": partner.id,
        "views": [(False, "form")],
    }
    return sentence, action, partner.env._("Open the collectivité")


def _action_use_cdg_domain(partner):
    return _server_action(partner, "action_use_cdg_domain")


def _server_action(partner, name, **context):
    """Return a server action that acts on this collectivité in one click."""
    return {
        "type": "ir.actions.server",
        "id": partner.env.ref(f"{MODULE}.{name}").id,
        "context": {
            "active_model": partner._name,
            "active_id": partner.id,
            "active_ids": partner.ids,
            **context,
        },
    }
