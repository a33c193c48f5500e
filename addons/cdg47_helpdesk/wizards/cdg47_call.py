# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from math import ceil

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from odoo.addons.cdg47_convention.lib.dates import today_in_paris
from odoo.addons.cdg47_convention.lib.words import words_of

from ..models.ticket.helpdesk_ticket import COVERAGES
from ..reading.ticket_verdict import propose_verdict

# Longer words that subjects share by chance, as words_of writes them.
TELLS_NOTHING = {
    "avec", "bonjour", "dans", "demande", "depuis", "mairie", "marche", "plus", "pour",
    "probleme", "question", "urgent",
}  # fmt: skip
# What is settled on the phone: the rest is estimated, or sorted out, first.
AT_ONCE = ("included", "quota")


class Cdg47Call(models.TransientModel):
    """Notes a call: who calls and what they have, then said, done, timed, closed."""

    _name = "cdg47.call"
    _inherit = ["cdg47.panel.mixin"]
    _description = "Call"

    # === Who calls, and what they have ===
    collectivite_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        domain=[("collectivite_type", "!=", False)],
        help="Found by its name, its INSEE code, its SIRET or a telephone number.",
    )
    contact_id = fields.Many2one(
        "res.partner", string="Who calls", domain="[('id', 'in', contact_ids)]"
    )
    convention_id = fields.Many2one(related="collectivite_id.active_convention_id")

    # === What is asked ===
    name = fields.Char(string="Subject")
    category_id = fields.Many2one(
        "helpdesk.ticket.category",
        default=lambda self: self._default_category(),
        domain=[("cdg47_in_portal", "=", True)],
    )
    service_id = fields.Many2one(
        "product.product",
        compute="_compute_service_id",
        store=True,
        readonly=False,
        domain=[("cdg47_is_service", "=", True)],
    )
    is_urgent = fields.Boolean(string="Urgent: payroll or elections")
    note = fields.Text(string="What was said")
    same_id = fields.Many2one(
        "helpdesk.ticket",
        compute="_compute_same_id",
        string="Already asked",
        help="A request still open, with the same words in its title.",
    )
    proposed_coverage = fields.Selection(COVERAGES, compute="_compute_proposal")
    proposed_verdict = fields.Text(string="Explanation", compute="_compute_proposal")

    # === How long ===
    started_on = fields.Datetime(default=fields.Datetime.now, required=True)
    minutes = fields.Integer(help="Left empty: since this form was opened.")

    @api.model
    def _default_category(self):
        return self.env.ref(
            "cdg47_helpdesk.category_software", raise_if_not_found=False
        )

    # === Computes ===
    @api.depends("category_id")
    def _compute_service_id(self):
        for call in self:
            call.service_id = call.category_id.service_id

    @api.depends("collectivite_id", "name")
    def _compute_same_id(self):
        """Find what is asked again by its words, short ones left out."""
        for call in self:
            asked = _telling(call.name)
            known = self.env["helpdesk.ticket"].search(
                Domain("collectivite_id", "=", call.collectivite_id.id)
                & Domain("closed", "=", False),
                order="id desc",
            )
            shared = {ticket: len(asked & _telling(ticket.name)) for ticket in known}
            closest = max(known, key=shared.get, default=known)
            call.same_id = closest if shared.get(closest) else False

    @api.depends("collectivite_id", "service_id")
    def _compute_proposal(self):
        for call in self:
            supposed = self.env["helpdesk.ticket"].new(
                {
                    "collectivite_id": call.collectivite_id.id,
                    "service_id": call.service_id.id,
                    "company_id": self.env.company.id,
                }
            )
            proposal = propose_verdict(supposed)
            call.proposed_coverage = proposal["coverage"]
            call.proposed_verdict = proposal["sentence"]

    # === One click ===
    def action_resolve(self):
        """Decide, time and close what was settled on the phone; ready for the next."""
        self.ensure_one()
        self._check_said()
        if self.proposed_coverage not in AT_ONCE:
            raise UserError(
                self.env._(
                    "%(verdict)s Note the call to be followed: it is qualified and "
                    "estimated before any work.",
                    verdict=self.proposed_verdict,
                )
            )
        ticket = self._note()
        ticket.stage_id = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(number)s is noted and closed: %(minutes)s min.",
                    number=ticket.number,
                    minutes=sum(ticket.timesheet_ids.mapped("real_minutes")),
                ),
                "next": self.env["ir.actions.act_window"]._for_xml_id(
                    "cdg47_helpdesk.cdg47_call_action"
                ),
            },
        }

    def action_follow(self):
        """Note what remains to be done, and open it."""
        self.ensure_one()
        return self._open(self._note())

    def action_open_same(self):
        self.ensure_one()
        return self._open(self.same_id)

    def _note(self):
        """Return the request of this call, decided where nothing is to be paid."""
        self._check_said()
        # Who was answered by voice needs no receipt.
        tickets = self.env["helpdesk.ticket"].with_context(cdg47_answered=True)
        ticket = tickets.create([self._prepare_ticket()]).with_env(self.env)
        if self.proposed_coverage in AT_ONCE:
            ticket._decide(self.proposed_coverage)
        self.env["account.analytic.line"].create([self._prepare_time(ticket)])
        return ticket

    def _check_said(self):
        if not (self.collectivite_id and (self.name or "").strip()):
            raise UserError(self.env._("Say who calls, and what for."))

    def _prepare_ticket(self):
        return {
            "name": self.name,
            "description": plaintext2html(self.note or self.name),
            "collectivite_id": self.collectivite_id.id,
            "partner_id": self.contact_id.id,
            "partner_name": self.contact_id.name,
            "partner_email": self.contact_id.email,
            "category_id": self.category_id.id,
            "service_id": self.service_id.id,
            "team_id": self.category_id.cdg47_team_id.id,
            "user_id": self.env.uid,
            "is_urgent": self.is_urgent,
            "channel_id": self.env.ref(
                "helpdesk_mgmt.helpdesk_ticket_channel_phone"
            ).id,
        }

    def _prepare_time(self, ticket):
        elapsed = fields.Datetime.now() - self.started_on
        return {
            "helpdesk_ticket_id": ticket.id,
            "date": today_in_paris(),
            "name": self.name,
            "real_minutes": self.minutes or max(ceil(elapsed.total_seconds() / 60), 1),
        }

    def _open(self, ticket):
        return {
            "type": "ir.actions.act_window",
            "res_model": ticket._name,
            "res_id": ticket.id,
            "views": [(False, "form")],
        }


def _telling(name):
    """Return the words of a subject that tell it from another one."""
    return {word for word in words_of(name) if len(word) > 3} - TELLS_NOTHING
