# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..reading.offer import offer_of


class Cdg47TrainingRegister(models.TransientModel):
    """Register agents from the back office, price shown first."""

    _name = "cdg47.training.register"
    _description = "Register agents to a session"

    event_id = fields.Many2one(
        "event.event",
        string="Session",
        required=True,
        domain=[("training_state", "=", "published")],
    )
    collectivite_id = fields.Many2one(
        "res.partner",
        required=True,
        domain=[("collectivite_type", "!=", False)],
    )
    possible_agent_ids = fields.Many2many(
        "res.partner", compute="_compute_possible_agent_ids"
    )
    agent_ids = fields.Many2many(
        "res.partner",
        relation="cdg47_training_register_agent_rel",
        string="Agents",
        domain="[('id', 'in', possible_agent_ids)]",
    )
    new_agent_name = fields.Char(string="Another agent")
    new_agent_email = fields.Char(string="Its e-mail address")
    seats_available = fields.Integer(related="event_id.seats_available")
    offer_sentence = fields.Text(string="Price or quota", compute="_compute_offer")
    offer_key = fields.Char(compute="_compute_offer")
    is_refused = fields.Boolean(compute="_compute_offer")
    is_billed = fields.Boolean(compute="_compute_offer")
    requested_by_id = fields.Many2one(
        "res.partner",
        string="Written request of",
        domain="[('id', 'in', possible_agent_ids)]",
        help="Who accepted the price in writing. Without it what is beyond the forfait "
        "stays to be regularised, and is not billed.",
    )
    request_document = fields.Binary(string="Its document", attachment=False)
    request_filename = fields.Char()
    waiting = fields.Selection(
        [
            ("all", "All together"),
            ("any", "Those without a seat"),
        ],
        string="When full, waiting list",
    )

    @api.depends("collectivite_id")
    def _compute_possible_agent_ids(self):
        registrations = self.env["event.registration"]
        for wizard in self:
            wizard.possible_agent_ids = registrations._training_agents(
                wizard.collectivite_id
            )

    @api.depends("event_id", "collectivite_id", "agent_ids", "new_agent_name")
    def _compute_offer(self):
        for wizard in self:
            if not (wizard.event_id and wizard.collectivite_id):
                wizard.offer_sentence = wizard.offer_key = False
                wizard.is_refused = wizard.is_billed = False
                continue
            agents = len(wizard.agent_ids) + bool(wizard.new_agent_name)
            offer = offer_of(
                wizard.event_id, wizard.collectivite_id._origin, max(agents, 1)
            )
            wizard.offer_sentence = offer.sentence
            wizard.offer_key = offer.key
            wizard.is_refused = offer.coverage == "refused"
            wizard.is_billed = offer.billed > 0

    def action_register(self):
        """Register, and keep the written request with the registration."""
        self.ensure_one()
        agents = self.agent_ids
        registrations = self.env["event.registration"]
        if self.new_agent_name:
            agents |= registrations._training_agent(
                self.collectivite_id, self.new_agent_name, self.new_agent_email
            )
        if not agents:
            raise UserError(self.env._("Choose at least one agent."))
        created = self.event_id.with_context(
            training_accepted_by=self.requested_by_id.id
        )._training_register(
            self.collectivite_id,
            agents,
            acceptance="written" if self.requested_by_id else None,
            shown=self.offer_key,
            waiting=self.waiting or None,
        )
        if self.request_document:
            for registration in created:
                registration.message_post(
                    body=self.env._("Written request"),
                    attachments=[
                        (
                            self.request_filename or "demande.pdf",
                            base64.b64decode(self.request_document),
                        )
                    ],
                )
        return {"type": "ir.actions.act_window_close"}
