# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.fields import Domain

from ...lib.dates import today_in_paris


class ResPartner(models.Model):
    """Visits to a collectivité, in Odoo's own calendar."""

    _inherit = "res.partner"

    cdg47_visit_ids = fields.One2many(
        "calendar.event",
        "cdg47_collectivite_id",
        string="Visits",
        groups="base.group_user",
    )
    cdg47_visit_count = fields.Integer(
        string="Number of visits",
        compute="_compute_cdg47_visit_count",
        groups="base.group_user",
    )

    def _compute_cdg47_visit_count(self):
        counts = dict(
            self.env["calendar.event"]._read_group(
                [("cdg47_collectivite_id", "in", self.ids)],
                ["cdg47_collectivite_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.cdg47_visit_count = counts.get(partner, 0)

    def action_view_visits(self):
        """Open the calendar on the visits, ready to plan one.

        Those who act for the collectivité today are proposed as attendees: saving the
        visit invites them.
        """
        self.ensure_one()
        mandates = self.env["cdg47.mandate"].search(
            self.env["cdg47.mandate"]._domain_at(today_in_paris())
            & Domain("collectivite_id", "=", self.id)
            & Domain("role", "in", ("secretary", "signatory"))
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "calendar.action_calendar_event"
        )
        action["domain"] = [("cdg47_collectivite_id", "=", self.id)]
        action["context"] = {
            "default_cdg47_collectivite_id": self.id,
            "default_name": self.env._("Visit to %(name)s", name=self.name),
            "default_location": self.contact_address_inline or self.name,
            "default_partner_ids": (self.env.user.partner_id | mandates.contact_id).ids,
        }
        return action
