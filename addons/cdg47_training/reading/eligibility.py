# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may register: read here, for the portal, the back office and an import.

An active forfait on the date of the session, the kind, the software editor
(Annexe 3 I b, III; R9). Never writes.
"""

from odoo.addons.cdg47_convention.lib.dates import day_in_paris
from odoo.addons.cdg47_convention.reading.annexe1 import editor_refusal, lines_at
from odoo.addons.cdg47_convention.reading.in_force import InForce


def refusals(sessions, collectivite):
    """Tell why a collectivité may not register to each session.

    The number of queries does not depend on the number of sessions.

    :param event.event sessions: any
    :param res.partner collectivite: the one the agents work for
    :return: session → (code, sentence), or None where it may register
    :rtype: dict[event.event, tuple[str, str] | None]
    """
    # Conventions and services are read to decide, whoever asks.
    sessions_sudo = sessions.sudo()
    partner_sudo = collectivite.sudo()
    in_force = InForce(partner_sudo.env, partner_sudo)
    return {
        session: (
            _refusal_of_life(session_sudo)
            or _refusal_of_convention(session_sudo, partner_sudo, in_force)
            or _refusal_of_editor(session_sudo, partner_sudo)
        )
        for session, session_sudo in zip(sessions, sessions_sudo, strict=True)
    }


def refusal(session, collectivite):
    """Return (code, sentence) when a collectivité may not register, or None."""
    session.ensure_one()
    return refusals(session, collectivite)[session]


def refusal_of_walk_in(session, collectivite):
    """Who came unregistered: only the convention and the editor matter then."""
    session.ensure_one()
    session_sudo, partner_sudo = session.sudo(), collectivite.sudo()
    in_force = InForce(partner_sudo.env, partner_sudo)
    return _refusal_of_convention(
        session_sudo, partner_sudo, in_force
    ) or _refusal_of_editor(session_sudo, partner_sudo)


def _refusal_of_life(session):
    if session.training_state == "cancelled":
        return "cancelled", session.env._("This session is cancelled.")
    if session.training_state != "published":
        return "closed", session.env._("Registrations to this session are not open.")
    if session.training_request_ids._is_refused():
        return "refused", session.env._(
            "The quotation of this training (%(order)s) was refused or cancelled.",
            order=session.training_request_ids.order_id[:1].name,
        )
    if session._training_has_started():
        return "started", session.env._("This session has started already.")
    return None


def _refusal_of_convention(session, partner, in_force):
    day = day_in_paris(session.date_begin)
    values = {"name": partner.name, "date": partner._cdg47_format_date(day)}
    if session.reserved_partner_ids and partner not in session.reserved_partner_ids:
        return "reserved", session.env._(
            "This session is reserved for the collectivités that asked for it."
        )
    if not in_force.convention_at(partner, day):
        return "convention", session.env._(
            "%(name)s has no convention in force on %(date)s. Ask us to propose "
            "one, or to quote this training apart.",
            **values,
        )
    held = in_force.forfaits_at(partner, day)
    if not held:
        return "forfait", session.env._(
            "%(name)s holds no forfait on %(date)s.", **values
        )
    needed = session.training_forfait_id
    if needed and needed not in held:
        return "forfait", session.env._(
            "Your forfait is: %(held)s. This training belongs to %(needed)s: ask "
            "us to add it to your convention, or to quote a training on request.",
            held=", ".join(held.mapped("name")),
            needed=needed.name,
        )
    return None


def _refusal_of_editor(session, partner):
    editor = partner.software_editor_id
    wanted = session.software_editor_ids
    if wanted and editor not in wanted:
        return "editor", session.env._(
            "This session is for the software of %(wanted)s; yours: %(editor)s.",
            wanted=", ".join(wanted.mapped("name")),
            editor=editor.name or session.env._("not known"),
        )
    if session.training_kind != "group":
        return None
    day = day_in_paris(session.date_begin)
    product = session.training_product_id
    refused = editor_refusal(partner, product, lines_at(product, day))
    if not refused:
        return None
    other = session.env._("A workshop or a training on request remains possible.")
    return "editor", f"{refused} {other}"
