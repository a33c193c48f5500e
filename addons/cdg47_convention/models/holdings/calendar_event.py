# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from ...lib.states import ACTING_ROLES


class CalendarEvent(models.Model):
    """A visit to a collectivité, often to put an access in service."""

    _inherit = "calendar.event"

    cdg47_activation_id = fields.Many2one(
        "cdg47.service.activation",
        string="Access to commission",
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )
    cdg47_collectivite_id = fields.Many2one(
        "res.partner",
        string="Collectivité visited",
        compute="_compute_cdg47_collectivite_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="set null",
        domain=[("collectivite_type", "!=", False)],
    )

    @api.depends("cdg47_activation_id")
    def _compute_cdg47_collectivite_id(self):
        for event in self:
            event.cdg47_collectivite_id = (
                event._cdg47_visited() or event.cdg47_collectivite_id
            )

    def _cdg47_visited(self):
        """Return the collectivité of the document visited for; to be extended.

        :rtype: res.partner
        """
        return self.cdg47_activation_id.partner_id

    @api.model
    def _cdg47_open_visits(self, collectivite):
        """Open the calendar on the visits to a collectivité, ready to plan one.

        Those who act for the collectivité today are proposed as attendees: saving the
        visit invites them.
        """
        mandates = self.env["cdg47.mandate"]._for(collectivite, ACTING_ROLES)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "calendar.action_calendar_event"
        )
        action["domain"] = [("cdg47_collectivite_id", "=", collectivite.id)]
        action["context"] = {
            "default_cdg47_collectivite_id": collectivite.id,
            "default_name": self.env._("Visit to %(name)s", name=collectivite.name),
            "default_location": collectivite.contact_address_inline
            or collectivite.name,
            "default_partner_ids": (self.env.user.partner_id | mandates.contact_id).ids,
        }
        return action
