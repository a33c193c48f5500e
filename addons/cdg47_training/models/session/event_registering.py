# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import models
from odoo.exceptions import UserError

from ...reading.offer import offer_of


class EventEvent(models.Model):
    """The one way in of the portal and of the assistants: seated, or waiting."""

    _inherit = "event.event"

    def _training_register(
        self, collectivite, agents, acceptance=None, shown=None, waiting=None
    ):
        """Register agents of a collectivité: the one way in of portal and assistants.

        :param res.partner collectivite: checked by the caller to be the contact's own
        :param res.partner agents: agents of it
        :param str acceptance: ``portal`` or ``written`` where the price shown is
            accepted; without it what is beyond the forfait is left to regularise
        :param str shown: key of the offer that was shown; refused when it changed since
        :param str waiting: ``all`` or ``any`` to go on the waiting list where seats
            lack: the whole group, or those without a seat
        :rtype: event.registration
        :raise UserError: not eligible, no seat, or another price than the one shown
        """
        self.ensure_one()
        self._training_guard()
        ledgers = self.env["cdg47.ledger"]
        ledgers._guard(ledgers._concerned(collectivite))
        self._training_promote()
        vals = {
            "event_id": self.id,
            "collectivite_id": collectivite.id,
            "partner_id": self.env.user.partner_id.id,
        }
        seated, queued = self._training_place_agents(agents, waiting)
        if shown is not None and seated:
            self._check_offer_shown(collectivite, seated, shown)
        # A contact registers their own agents; they have no rights on events.
        registrations_sudo = self.env["event.registration"].sudo()
        if acceptance:
            registrations_sudo = registrations_sudo.with_context(
                training_acceptance=acceptance
            )
        created_sudo = registrations_sudo.create(
            [{**vals, "agent_id": agent.id} for agent in seated]
        )
        created_sudo |= self._training_queue(vals, queued, whole=waiting == "all")
        return created_sudo.sudo(False)

    def _training_place_agents(self, agents, waiting):
        """Split agents between seats and waiting list; refuse where neither will do."""
        free = self._training_seats_left()
        if free is None or free >= len(agents):
            return agents, agents.browse()
        if waiting == "all":
            return agents.browse(), agents
        if waiting == "any":
            return agents[: max(free, 0)], agents[max(free, 0) :]
        raise UserError(
            self.env._(
                "« %(session)s »: %(free)s seats are left for %(wanted)s agents. Join "
                "the waiting list, or choose another session.",
                session=self.name,
                free=max(free, 0),
                wanted=len(agents),
            )
        )

    def _check_offer_shown(self, collectivite, agents, shown):
        """What is accepted is what was read: another use may have come in between."""
        offer = offer_of(self, collectivite, len(agents))
        if offer.coverage != "refused" and offer.key != shown:
            raise UserError(
                self.env._(
                    "The price changed while you were reading: %(offer)s Read it, then "
                    "confirm again.",
                    offer=offer.sentence,
                )
            )
