# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class Cdg47ProposalLine(models.Model):
    """What one collectivité of a batch is proposed: shown first, then made."""

    _name = "cdg47.proposal.line"
    _description = "Proposal to a collectivité"
    _inherit = ["cdg47.batch.line.mixin"]
    _order = "batch_id, id"
    _rec_name = "partner_id"

    batch_id = fields.Many2one(
        "cdg47.proposal.batch", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="batch_id.currency_id")
    stratum_id = fields.Many2one("cdg47.stratum", compute="_compute_preview")
    stratum_reason = fields.Char(compute="_compute_preview")
    amount = fields.Monetary(string="First term", compute="_compute_preview")
    signatory_id = fields.Many2one("res.partner", compute="_compute_preview")
    undated_note = fields.Char(string="Tariff not recorded", compute="_compute_preview")
    obstacle = fields.Char(string="To settle first", compute="_compute_preview")
    convention_id = fields.Many2one(
        "cdg47.convention", readonly=True, index="btree_not_null"
    )
    _partner_unique = models.UniqueIndex(
        "(batch_id, partner_id)", "A collectivité is proposed once by batch."
    )

    @api.depends("partner_id", "batch_id.date_start", "batch_id.forfait_ids")
    @api.depends_context("lang")
    def _compute_preview(self):
        """Show what would be proposed, in as many queries for one as for all."""
        for batch, lines in self.grouped("batch_id").items():
            partners = lines.partner_id
            strata = partners._cdg47_strata_at(batch.date_start)
            known = batch._known_conventions()
            signatories = self.env["cdg47.mandate"]._signatory_of_each(partners)
            assistants = self.env["cdg47.convention.propose"]
            amounts = {}
            for line in lines:
                stratum, reason = strata[line.partner_id]
                if stratum not in amounts:
                    assistant = assistants.new(line._assistant_values())
                    assistant.amount, note = assistant._preview_amount(stratum)
                    undated = assistant._preview_undated(stratum)
                    amounts[stratum] = assistant.amount, note, undated
                amount, note, undated = amounts[stratum]
                held = known.get(line.partner_id)
                line.stratum_id = stratum
                line.stratum_reason = reason
                line.amount = 0.0 if held else amount
                line.undated_note = "" if held else undated
                line.signatory_id = signatories.get(line.partner_id)
                line.obstacle = line._obstacle(held, note)

    def _obstacle(self, convention, price_note):
        if convention:
            return self.env._(
                "Already under %(convention)s.", convention=convention.name
            )
        if not self.stratum_id:
            return self.stratum_reason
        if not self.amount:
            return price_note
        if self.batch_id.is_sent and not self.signatory_id.email:
            return self.env._(
                "Nobody to send it to: made, to be printed or sent later."
            )
        return False

    def _assistant_values(self):
        """Return what fills in the assistant that proposes to one collectivité."""
        batch = self.batch_id
        options = batch.forfait_ids.filtered("cdg47_is_option")
        return {
            "partner_id": self.partner_id.id,
            "date_start": batch.date_start,
            "renewal": batch.renewal,
            "forfait_ids": [Command.set((batch.forfait_ids - options).ids)],
            "option_ids": [Command.set(options.ids)],
        }

    def _make(self):
        """Propose in the name of who prepared the batch, and send if it was asked."""
        self.ensure_one()
        line = self.with_user(self.batch_id.create_uid)
        batch = line.batch_id
        known = batch._known_conventions().get(line.partner_id)
        if known:
            raise UserError(self._obstacle(known, None))
        assistants = line.env["cdg47.convention.propose"]
        convention = assistants.create([line._assistant_values()])._propose()
        if batch.is_sent and convention.signatory_id.email:
            convention.action_send()
        self.write({"state": "done", "reason": False, "convention_id": convention.id})
