# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import format_date

from ...lib.states import SIGNED_STATES


class Cdg47ProposalBatch(models.Model):
    """The same proposal to many collectivités: each at its stratum and price."""

    _name = "cdg47.proposal.batch"
    _description = "Proposals to many collectivités"
    _inherit = ["cdg47.batch.mixin"]
    _order = "id desc"
    _batch_cron = "cdg47_convention.cron_make_proposals"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_start = fields.Date(
        string="Starts on",
        required=True,
        default=lambda self: self.env["cdg47.convention"]._default_date_start(),
    )
    renewal = fields.Selection(
        [("tacit", "Tacit"), ("express", "Express")], required=True, default="tacit"
    )
    forfait_ids = fields.Many2many(
        "product.template",
        string="Forfaits and options",
        domain=[("cdg47_is_forfait", "=", True)],
        default=lambda self: self._default_forfait_ids(),
    )
    is_sent = fields.Boolean(
        string="Send at once",
        help="Each signatory who has an address receives the quotation to sign.",
    )
    line_ids = fields.One2many(
        "cdg47.proposal.line", "batch_id", string="Proposals", copy=False
    )
    amount_total = fields.Monetary(
        string="First terms", compute="_compute_amount_total"
    )

    @api.model
    def _default_forfait_ids(self):
        return self.env["product.template"].search(
            [("cdg47_is_forfait", "=", True), ("cdg47_is_option", "=", False)]
        )

    @api.depends("date_start")
    def _compute_display_name(self):
        for batch in self:
            batch.display_name = self.env._(
                "Proposals from %(date)s",
                date=format_date(self.env, batch.date_start),
            )

    @api.depends("line_ids.amount")
    def _compute_amount_total(self):
        for batch in self:
            batch.amount_total = sum(batch.line_ids.mapped("amount"))

    def _known_conventions(self):
        """Return the convention that a collectivité has or is proposed on the day.

        :rtype: dict[res.partner, cdg47.convention]
        """
        self.ensure_one()
        found = self.env["cdg47.convention"].search(
            Domain("partner_id", "in", self.line_ids.partner_id.ids)
            & Domain("state", "in", ("draft", "sent", *SIGNED_STATES))
            & Domain("date_end", ">=", self.date_start)
            & Domain("id", "not in", self.line_ids.convention_id.ids)
        )
        return {convention.partner_id: convention for convention in found}

    # === Buttons ===
    @api.model
    def _prepare_for(self, partners):
        """Open a batch with some collectivités, to be read before it is made.

        :param res.partner partners: what was chosen in a list
        :raise UserError: when none of them is a collectivité
        """
        chosen = partners.filtered("collectivite_type")
        if not chosen:
            raise UserError(self.env._("Choose collectivités."))
        batch = self.create(
            [{"line_ids": [Command.create({"partner_id": p.id}) for p in chosen]}]
        )
        return {
            "type": "ir.actions.act_window",
            "name": batch.display_name,
            "res_model": self._name,
            "res_id": batch.id,
            "views": [(False, "form")],
        }

    def action_start(self):
        """Make the proposals in the background."""
        self.ensure_one()
        self.check_access("write")
        if not self.forfait_ids:
            raise UserError(self.env._("Choose at least one forfait."))
        self._run()

    def action_view_conventions(self):
        """Open the conventions that were proposed."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "cdg47_convention.cdg47_convention_action"
        )
        return {
            **action,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.line_ids.convention_id.ids)],
            "context": {"create": False},
        }
