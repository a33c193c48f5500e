# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import fields, models
from odoo.fields import Command

TEMPLATE = "cdg47_training.mail_template_interest"


class Cdg47TrainingInterest(models.Model):
    """« Prévenez-moi »: what a collectivité would like to learn, before any date."""

    _name = "cdg47.training.interest"
    _description = "Interest in a training"
    _order = "create_date desc, id desc"

    name = fields.Char(string="Subject", required=True)
    collectivite_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("collectivite_type", "!=", False)],
    )
    contact_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    software_editor_id = fields.Many2one(
        related="collectivite_id.software_editor_id", store=True
    )
    agents = fields.Integer(string="Number of agents", default=1)
    active = fields.Boolean(default=True)
    notified_on = fields.Datetime(readonly=True)

    _agents_positive = models.Constraint(
        "CHECK (agents > 0)", "At least one agent is interested."
    )

    def _matches(self, session):
        """Tell whether a session answers it: they share a word of four letters."""
        self.ensure_one()
        words = {w for w in (self.name or "").lower().split() if len(w) >= 4}
        title = (session.name or "").lower()
        return any(word in title for word in words)


class EventEvent(models.Model):
    _inherit = "event.event"

    def _notify_interested(self):
        """Write once to those who asked to know when such a session opens."""
        self.ensure_one()
        waiting = self.env["cdg47.training.interest"].search(
            [("notified_on", "=", False), ("collectivite_id.active", "=", True)]
        )
        refusals = {
            partner: self._training_refusal(partner)
            for partner in waiting.filtered(lambda i: i._matches(self)).collectivite_id
        }
        told = waiting.filtered(
            lambda i: (
                i.collectivite_id in refusals
                and not refusals[i.collectivite_id]
                and i._matches(self)
            )
        )
        for interest in told:
            interest.notified_on = fields.Datetime.now()
            if interest.contact_id.email:
                self.env.ref(TEMPLATE).with_context(
                    interest_name=interest.name,
                    lang=interest.collectivite_id._cdg47_lang(),
                ).send_mail(
                    self.id,
                    email_values={
                        "recipient_ids": [Command.set(interest.contact_id.ids)]
                    },
                )
