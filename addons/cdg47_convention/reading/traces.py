# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What nobody enters, by any route: only what receives it writes it (R15).

Who receives it checks who asks, then writes as superuser.
"""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..lib.dates import today_in_paris
from ..lib.doors import is_pressed
from ..lib.states import SIGNED_STATES
from .accepted import differs, is_accepted
from .authority import check_manager

# What a signature, a counter-signature or an end decides.
DECIDED_FIELDS = {
    "state",
    "signed_by",
    "signed_on",
    "signature",
    "signature_kind",
    "countersigned_by_id",
    "countersigned_on",
    "notice_date",
    "termination_date",
    "termination_reason",
    "agreed_date_end",
}
# What only a signature writes on an order.
FIELDS_OF_SIGNATURE = {"signed_by", "signed_on", "signature"}
# What an order was drawn for.
FIELDS_OF_DRAWN = {"convention_id", "term_id", "cdg47_campaign_line_id"}
# What an accepted order is worth, under which number and from which day.
FIELDS_OF_ACCEPTED = {"company_id", "currency_id", "date_order", "name"}
# What was signed, from then on.
FIELDS_OF_SIGNED = {
    "partner_id",
    "company_id",
    "date_start",
    "date_end",
    "renewal",
    "signed_document_id",
}
# Who owes, who signed and why it ended: once signed, a manager's.
FIELDS_OF_MANAGER = {
    "invoice_partner_id",
    "signatory_id",
    "signatory_title",
    "end_reason_id",
    "gdpr_attachment_id",
}

# What the catalogue makes of an order line.
FIELDS_OF_CATALOGUE = {"cdg47_kind", "cdg47_asked_quantity", "qty_delivered_method"}


def check_convention(conventions, vals):
    """Refuse to every user what signing a convention or a button decides."""
    if conventions.env.su:
        return
    signed = any(convention.state in SIGNED_STATES for convention in conventions)
    decided = DECIDED_FIELDS | (FIELDS_OF_SIGNED if signed else set())
    if decided.intersection(vals):
        raise AccessError(
            conventions.env._(
                "The signature, the state and the dates of a convention are never "
                "entered: signing, counter-signing and ending it write them."
            )
        )
    if signed and FIELDS_OF_MANAGER.intersection(vals):
        check_manager(conventions.env)


def check_partner(partners, vals):
    """Refuse to every user to change what a ledger is kept on.

    Nor to give its orders and invoices to the readers of another one. And to who is
    no manager, the address by which a signatory gets a password.
    """
    if "active" in vals and not vals["active"]:
        # The refusal names a convention: not to who may write nothing here.
        partners.check_access("write")
        _check_no_convention(partners)
    watched = {"collectivite_type", "email", "commercial_partner_id"}
    if partners.env.su or not watched & set(vals):
        return
    for partner in partners:
        if differs(
            partner,
            "commercial_partner_id",
            vals.get("commercial_partner_id", partner.commercial_partner_id.id),
        ):
            raise UserError(
                partners.env._(
                    "Whom %(name)s is billed with follows from who it is attached to: "
                    "it is never entered.",
                    name=partner.name,
                )
            )
        kind = vals.get("collectivite_type", partner.collectivite_type)
        if kind != partner.collectivite_type and partner.sudo().ledger_ids:
            raise UserError(
                partners.env._(
                    "%(name)s has a ledger: its kind no longer changes.",
                    name=partner.name,
                )
            )
        email = vals.get("email", partner.email)
        if email != partner.email and _signs_by_login(partner):
            check_manager(partners.env)


def _check_no_convention(partners):
    """Refuse to archive who has a convention in force, or pays for one (R16)."""
    conventions_sudo = partners.env["cdg47.convention"].sudo()
    in_force = conventions_sudo.search(
        (
            Domain("partner_id", "in", partners.ids)
            | Domain("partner_id.parent_id", "in", partners.ids)
            | Domain("invoice_partner_id", "in", partners.ids)
        )
        & Domain("state", "=", "active")
        & Domain("date_end", ">=", today_in_paris()),
        limit=1,
    )
    if in_force:
        raise UserError(
            partners.env._(
                "%(name)s has convention %(convention)s in force until %(end)s: it is "
                "archived after that day. « End the convention », on the convention, "
                "ends it earlier.",
                name=in_force.partner_id.name,
                convention=in_force.name,
                end=in_force.partner_id._cdg47_format_date(in_force.date_end),
            )
        )


def _signs_by_login(partner):
    """Tell whether this contact commits a collectivité by a login of their own."""
    partner_sudo = partner.sudo()
    if not partner_sudo.user_ids or partner.env.user in partner_sudo.user_ids:
        return False
    return any(
        mandate.role == "signatory" and mandate.is_current
        for mandate in partner_sudo.own_mandate_ids
    )


def check_order(orders, vals):
    """Refuse a signature that nobody gave, by any route and to every user."""
    given = {name for name in FIELDS_OF_SIGNATURE if vals.get(name)}
    taken = {
        name
        for name in FIELDS_OF_SIGNATURE & set(vals)
        if any(order.convention_id and order[name] for order in orders)
    }
    _check_signed_state(orders, vals)
    if (given or taken) and not orders.env.su:
        raise AccessError(
            orders.env._(
                "A signature is never entered: the signatory gives it in the "
                "portal, or its document is recorded."
            )
        )
    if not orders.env.su:
        _check_drawn_for(orders, vals)
        _check_accepted(orders, vals)
        if "state" in vals and not is_pressed():
            _check_state(orders, vals["state"])
    if vals.get("state") == "sale":
        for order in orders.filtered(lambda o: o.state != "sale"):
            if message := order._cdg47_unsigned_message():
                raise UserError(message)


def _check_drawn_for(orders, vals):
    """Refuse another convention or year, and the convention of another (R13, R15)."""
    drawn = FIELDS_OF_DRAWN & set(vals)
    for order in orders.filtered("convention_id"):
        if any(differs(order, name, vals[name]) for name in drawn):
            raise UserError(
                orders.env._(
                    "%(order)s keeps the convention and the year that it was drawn "
                    "for: draw another one.",
                    order=order.name,
                )
            )
    partners = orders.partner_id.browse(vals.get("partner_id")) or orders.partner_id
    conventions = orders.env["cdg47.convention"].browse(vals.get("convention_id"))
    # Who sells may read no convention.
    owner_sudo = conventions.sudo().partner_id
    if owner_sudo and partners - owner_sudo:
        raise UserError(
            orders.env._(
                "This convention is that of %(owner)s: nobody else is quoted under it.",
                owner=owner_sudo.name,
            )
        )


def _check_accepted(orders, vals):
    """Refuse another currency, number or day of what was accepted (R15).

    From that day time is billable, and what is bought is served.
    """
    fixed = FIELDS_OF_ACCEPTED & set(vals)
    for order in orders.filtered(lambda o: o.convention_id and o.state == "sale"):
        if any(differs(order, name, vals[name]) for name in fixed):
            raise UserError(
                orders.env._(
                    "%(order)s is accepted: its number, its day and its currency are "
                    "fixed since then.",
                    order=order.name,
                )
            )


def _check_state(orders, state):
    """Refuse to write the state alone: its button opens or takes back rights (R14)."""
    for order in orders.filtered("convention_id"):
        if order.state != state and "sale" in (state, order.state):
            raise UserError(
                orders.env._(
                    "%(order)s is accepted or cancelled by its buttons: they open, or "
                    "take back, what it sells.",
                    order=order.name,
                )
            )


def _check_signed_state(orders, vals):
    """What was signed is in force or cancelled: it is no quotation again (R15).

    Its lines would change, and the old signature would accept them.
    """
    if orders.env.su or vals.get("state", "cancel") == "cancel":
        return
    for order in orders.filtered(lambda o: o.convention_id and o.signed_by):
        if order.state in ("sale", "cancel") and order.state != vals["state"]:
            raise UserError(
                orders.env._(
                    "%(order)s was signed by %(name)s: its signature is kept, and it "
                    "is no quotation again. Duplicate it to propose the same anew.",
                    order=order.name,
                    name=order.signed_by,
                )
            )


def check_kept(orders):
    """Refuse to delete a signature, or what a convention was proposed by (R15)."""
    for order in orders.filtered("convention_id"):
        if order.signed_by or order.term_id.order_id == order:
            raise UserError(
                orders.env._(
                    "%(order)s is kept with convention %(convention)s, even cancelled.",
                    order=order.name,
                    convention=order.convention_id.sudo().name,
                )
            )


def check_fee_cancelled(order):
    """Refuse to cancel the forfait of a convention in force: it would be held for free.

    Ending the convention is what gives it back, with its reason and its date (R16).
    """
    convention_sudo = order.convention_id.sudo()
    if (
        order.state == "sale"
        and order.signed_by
        and convention_sudo.state == "active"
        and "fee" in order.order_line.mapped("cdg47_kind")
    ):
        raise UserError(
            order.env._(
                "%(order)s sells a forfait of convention %(convention)s, which is in "
                "force: « End the convention », on the convention, gives it back.",
                order=order.name,
                convention=convention_sudo.name,
            )
        )


def check_allocation(allocations, vals):
    """Refuse to every user what accepting a quotation writes on what is held."""
    if allocations.env.su:
        return
    known = allocations.mapped("accepted_quantity") or [0]
    given = vals.get("accepted_quantity")
    entered = given is not None and any(units != given for units in known)
    detached = "sale_line_id" in vals and not vals["sale_line_id"] and any(known)
    if entered or detached:
        raise AccessError(
            allocations.env._(
                "What was accepted beyond a quota is never entered: the quotation that "
                "is accepted writes it."
            )
        )


def without_kind(env, vals):
    """Return the values of an order line without what the catalogue decides of it.

    :rtype: dict
    """
    if env.su:
        return vals
    return {name: vals[name] for name in vals if name not in FIELDS_OF_CATALOGUE}


def check_kind(lines, vals):
    """Refuse to every user to say who accepts a line, and what delivers it."""
    if lines.env.su:
        return
    for name in FIELDS_OF_CATALOGUE & set(vals):
        if any(line[name] != (vals[name] or False) for line in lines):
            raise UserError(
                lines.env._(
                    "What a line of a convention is, and what was asked for, is "
                    "decided by its service: choose the service and the quantity."
                )
            )


def check_delivered(lines, vals):
    """Refuse to every user to type what uses, time or an acceptance deliver (R16)."""
    if lines.env.su or "qty_delivered" not in vals:
        return
    for line in lines.filtered(is_accepted):
        if line.qty_delivered != vals["qty_delivered"] and line._cdg47_is_counted():
            raise UserError(
                lines.env._(
                    "What is delivered of « %(line)s » (%(order)s) is counted by its "
                    "uses, its time or its sheets: nobody enters it.",
                    line=line.name,
                    order=line.order_id.name,
                )
            )
