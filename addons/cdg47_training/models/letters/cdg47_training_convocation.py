# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models


class Cdg47TrainingConvocation(models.Model):
    """A convocation sent: one per registration and version of the session."""

    _name = "cdg47.training.convocation"
    _description = "Convocation"
    _order = "registration_id, version desc"
    _rec_name = "registration_id"

    registration_id = fields.Many2one(
        "event.registration", required=True, index=True, ondelete="cascade"
    )
    event_id = fields.Many2one(
        related="registration_id.event_id", store=True, index=True, string="Session"
    )
    collectivite_id = fields.Many2one(
        related="registration_id.collectivite_id", store=True, index=True
    )
    company_id = fields.Many2one(related="event_id.company_id", store=True)
    agent_id = fields.Many2one("res.partner", required=True, ondelete="restrict")
    version = fields.Integer(required=True, aggregator=None)
    is_replacement = fields.Boolean(
        string="Cancels and replaces", help="An earlier version was sent."
    )
    sent_on = fields.Datetime(required=True, default=fields.Datetime.now)
    attachment_id = fields.Many2one(
        "ir.attachment", string="PDF", ondelete="restrict", index="btree_not_null"
    )
    recipients = fields.Char(help="Addresses it was sent to.")

    _once = models.UniqueIndex(
        "(registration_id, agent_id, version)",
        "A version of the session is convoked once.",
    )
