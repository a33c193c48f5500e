# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models

from odoo.addons.cdg47_convention.lib.dates import day_in_paris
from odoo.addons.cdg47_convention.reading.annexe1 import editor_refusal


class EventEvent(models.Model):
    """Who may register: decided here, for the portal, the back office and an import.

    An active forfait on the date of the session, the kind, the software editor
    (Annexe 3 I b, III; R9).
    """

    _inherit = "event.event"

    def _training_refusals(self, collectivite):
        """Tell why a collectivité may not register to each session.

        The number of queries does not depend on the number of sessions.

        :param res.partner collectivite: the one the agents work for
        :return: session → (code, sentence), or None where it may register
        :rtype: dict[event.event, tuple[str, str] | None]
        """
        # Conventions and services are read to decide, whoever asks.
        sessions_sudo = self.sudo()
        partner_sudo = collectivite.sudo()
        conventions_sudo = partner_sudo.convention_ids.filtered(
            lambda convention: convention._is_signed()
        )
        return {
            session_sudo.sudo(False).with_env(self.env): (
                session_sudo._training_refusal_of_life()
                or session_sudo._training_refusal_of_convention(
                    partner_sudo, conventions_sudo
                )
                or session_sudo._training_refusal_of_editor(partner_sudo)
            )
            for session_sudo in sessions_sudo
        }

    def _training_refusal(self, collectivite):
        """Return (code, sentence) when a collectivité may not register, or None."""
        self.ensure_one()
        return self._training_refusals(collectivite)[self]

    def _training_refusal_of_walk_in(self, collectivite):
        """Who came unregistered: only the convention and the editor matter then."""
        self.ensure_one()
        session_sudo, partner_sudo = self.sudo(), collectivite.sudo()
        conventions_sudo = partner_sudo.convention_ids.filtered(
            lambda convention: convention._is_signed()
        )
        return session_sudo._training_refusal_of_convention(
            partner_sudo, conventions_sudo
        ) or session_sudo._training_refusal_of_editor(partner_sudo)

    def _training_refusal_of_life(self):
        if self.training_state == "cancelled":
            return "cancelled", self.env._("This session is cancelled.")
        if self.training_state != "published":
            return "closed", self.env._("Registrations to this session are not open.")
        if self._training_has_started():
            return "started", self.env._("This session has started already.")
        return None

    def _training_refusal_of_convention(self, partner, conventions):
        day = day_in_paris(self.date_begin)
        values = {"name": partner.name, "date": partner._cdg47_format_date(day)}
        if self.reserved_partner_ids and partner not in self.reserved_partner_ids:
            return "reserved", self.env._(
                "This session is reserved for the collectivités that asked for it."
            )
        convention = conventions.filtered(lambda c: c.date_start <= day <= c.date_end)[
            :1
        ]
        if not convention:
            return "convention", self.env._(
                "%(name)s has no convention in force on %(date)s. Ask us to propose "
                "one, or to quote this training apart.",
                **values,
            )
        held = convention._forfaits_at(day)
        if not held:
            return "forfait", self.env._(
                "%(name)s holds no forfait on %(date)s.", **values
            )
        needed = self.training_forfait_id
        if needed and needed not in held:
            return "forfait", self.env._(
                "Your forfait is: %(held)s. This training belongs to %(needed)s: ask "
                "us to add it to your convention, or to quote a training on request.",
                held=", ".join(held.mapped("name")),
                needed=needed.name,
            )
        return None

    def _training_refusal_of_editor(self, partner):
        editor = partner.software_editor_id
        wanted = self.software_editor_ids
        if wanted and editor not in wanted:
            return "editor", self.env._(
                "This session is for the software of %(wanted)s; yours: %(editor)s.",
                wanted=", ".join(wanted.mapped("name")),
                editor=editor.name or self.env._("not known"),
            )
        if self.training_kind != "group":
            return None
        day = day_in_paris(self.date_begin)
        product = self.training_product_id
        rules = self.env["cdg47.quota.rule"]._naming(product)
        in_force = rules.filtered(lambda rule: rule._is_in_force(day))
        refusal = editor_refusal(partner, product, in_force)
        if not refusal:
            return None
        other = self.env._("A workshop or a training on request remains possible.")
        return "editor", f"{refusal} {other}"
