# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.cdg47_convention.lib.dates import today_in_paris

# What expires sooner is worth a word to who calls.
SOON = timedelta(days=90)
RECENT = 5
# A collectivité reads its own pages, an employee those of the convention.
READERS = "cdg47_helpdesk.group_helpdesk_technician"


class Cdg47PanelMixin(models.AbstractModel):
    """What a technician wants to see of who asks: one reading, wherever it is asked.

    Nothing is stored: it costs where a form shows it, and nothing in a list.
    """

    _name = "cdg47.panel.mixin"
    _description = "What a collectivité has"

    collectivite_id = fields.Many2one("res.partner", string="Collectivité")
    mandate_ids = fields.Many2many(
        "cdg47.mandate", compute="_compute_panel", string="Contacts", groups=READERS
    )
    contact_ids = fields.Many2many(
        "res.partner", string="May call", compute="_compute_panel", groups=READERS
    )
    phone = fields.Char(related="collectivite_id.phone", groups=READERS)
    software_editor_id = fields.Many2one(
        related="collectivite_id.software_editor_id", groups=READERS
    )
    software_names = fields.Char(
        string="Software in use", compute="_compute_panel", groups=READERS
    )
    forfait_names = fields.Char(
        string="Forfaits", compute="_compute_panel", groups=READERS
    )
    entitlement_ids = fields.Many2many(
        "cdg47.entitlement", compute="_compute_panel", string="Rights", groups=READERS
    )
    allocation_ids = fields.Many2many(
        "cdg47.allocation",
        compute="_compute_panel",
        string="Expires soon",
        groups=READERS,
    )
    recent_ids = fields.Many2many(
        "helpdesk.ticket",
        compute="_compute_panel",
        string="Last requests",
        groups=READERS,
    )

    @api.depends("collectivite_id")
    def _compute_panel(self):
        today = today_in_paris()
        for record in self:
            partner = record.collectivite_id
            record.mandate_ids = self.env["cdg47.mandate"]._for(partner, date=today)
            record.contact_ids = record.mandate_ids.contact_id
            editor = partner.software_editor_id
            record.software_names = ", ".join(editor.software_ids.mapped("name"))
            convention = partner.active_convention_id
            forfaits = convention._forfaits_at(today) if convention else []
            record.forfait_names = ", ".join(forfait.name for forfait in forfaits)
            record.entitlement_ids = self.env["cdg47.entitlement"].search(
                [("partner_id", "=", partner.id), ("is_current", "=", True)]
            )
            record.allocation_ids = self.env["cdg47.allocation"].search(
                Domain("partner_id", "=", partner.id)
                & Domain("state", "=", "active")
                & Domain("date_end", ">=", today)
                & Domain("date_end", "<=", today + SOON),
                order="date_end",
            )
            record.recent_ids = record._recent_requests()

    def _recent_requests(self):
        """Return the last requests of the collectivité, the one shown left out.

        :rtype: helpdesk.ticket
        """
        tickets = self.env["helpdesk.ticket"]
        if not self.collectivite_id:
            return tickets
        shown = self._origin.ids if self._name == tickets._name else []
        return tickets.search(
            Domain("collectivite_id", "=", self.collectivite_id.id)
            & Domain("id", "not in", shown),
            order="create_date desc, id desc",
            limit=RECENT,
        )
