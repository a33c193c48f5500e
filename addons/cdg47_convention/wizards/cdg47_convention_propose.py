# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..lib.dates import today_in_paris
from ..models.money.quoting import quote_fees
from ..reading.amendment import amended_term, owed_from
from ..reading.tariff import fee, twelfths, undated_note


class Cdg47ConventionPropose(models.TransientModel):
    """Proposes a convention to a collectivité, or an amendment to the one in force."""

    _name = "cdg47.convention.propose"
    _description = "Propose a convention"

    partner_id = fields.Many2one(
        "res.partner",
        string="Collectivité",
        required=True,
        domain=[("collectivite_type", "!=", False)],
    )
    convention_id = fields.Many2one(
        "cdg47.convention", help="The convention to amend, empty for a new one."
    )
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
        relation="cdg47_convention_propose_forfait_rel",
        string="Forfaits",
        domain="[('id', 'in', available_forfait_ids), ('cdg47_is_option', '=', False)]",
    )
    option_ids = fields.Many2many(
        "product.template",
        relation="cdg47_convention_propose_option_rel",
        string="Options",
        domain="[('id', 'in', available_forfait_ids), ('cdg47_is_option', '=', True)]",
    )
    available_forfait_ids = fields.Many2many(
        "product.template", compute="_compute_available_forfait_ids"
    )
    invoice_partner_id = fields.Many2one(
        "res.partner",
        string="Invoiced to",
        compute="_compute_invoice_partner_id",
        store=True,
        readonly=False,
    )
    signatory_id = fields.Many2one(
        "res.partner",
        compute="_compute_signatory_id",
        store=True,
        readonly=False,
        domain="[('id', 'in', available_signatory_ids)]",
    )
    available_signatory_ids = fields.Many2many(
        "res.partner",
        relation="cdg47_convention_propose_signatory_rel",
        compute="_compute_available_signatory_ids",
    )
    forced_stratum_id = fields.Many2one(
        "cdg47.stratum",
        string="Another stratum",
        groups="cdg47_convention.group_convention_manager",
    )
    forced_reason = fields.Char(
        string="Why", groups="cdg47_convention.group_convention_manager"
    )
    stratum_id = fields.Many2one("cdg47.stratum", compute="_compute_preview")
    stratum_reason = fields.Char(compute="_compute_preview")
    amount = fields.Monetary(string="First term", compute="_compute_preview")
    amount_note = fields.Char(compute="_compute_preview")
    undated_note = fields.Char(compute="_compute_preview")
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id
    )

    @api.depends("convention_id", "date_start")
    def _compute_available_forfait_ids(self):
        forfaits = self.env["product.template"].search(
            [("cdg47_is_forfait", "=", True)]
        )
        for wizard in self:
            convention, start = wizard.convention_id, wizard.date_start
            held = convention and start and owed_from(convention, start)
            wizard.available_forfait_ids = forfaits - held if held else forfaits

    @api.depends("partner_id")
    def _compute_available_signatory_ids(self):
        for wizard in self:
            wizard.available_signatory_ids = (
                wizard.partner_id and wizard.partner_id._cdg47_signatories()
            )

    @api.depends("available_signatory_ids", "convention_id")
    def _compute_signatory_id(self):
        for wizard in self:
            wizard.signatory_id = (
                wizard.convention_id.signatory_id
                or wizard.available_signatory_ids[:1]._origin
            )

    @api.depends("partner_id", "convention_id")
    def _compute_invoice_partner_id(self):
        for wizard in self:
            wizard.invoice_partner_id = (
                wizard.convention_id.invoice_partner_id or wizard.partner_id
            )

    @api.depends(
        "partner_id", "date_start", "forfait_ids", "option_ids", "forced_stratum_id"
    )
    def _compute_preview(self):
        for wizard in self:
            stratum, reason = wizard._preview_stratum()
            wizard.stratum_id = stratum
            wizard.stratum_reason = reason
            wizard.amount, wizard.amount_note = wizard._preview_amount(stratum)
            wizard.undated_note = wizard._preview_undated(stratum)

    def _preview_stratum(self):
        forced_sudo = self.sudo().forced_stratum_id
        if forced_sudo:
            return forced_sudo, self.sudo().forced_reason or ""
        term = self._amended_term()
        if term:
            return term.stratum_id, term.stratum_reason
        if not (self.partner_id and self.date_start):
            return self.env["cdg47.stratum"], ""
        return self.partner_id._cdg47_stratum_at(self.date_start)

    def _amended_term(self):
        """Return the term an amendment falls in; the first one when it starts later."""
        return (
            self.convention_id._term_at(self.date_start)
            or self.convention_id._living_terms()[:1]
        )

    def _preview_amount(self, stratum):
        """Price the choice with the tariff of the day it starts, writing nothing."""
        forfaits = (self.forfait_ids | self.option_ids)._origin
        if not (stratum and forfaits and self.date_start):
            return 0.0, ""
        company = self.convention_id.company_id or self.env.company
        months = twelfths(company, self.date_start)
        tariff = company._cdg47_tariff()
        price_date = self._price_day()
        try:
            prices = [
                tariff._cdg47_price(forfait._cdg47_sold_to(stratum), price_date)
                for forfait in forfaits
            ]
        except UserError as error:
            return 0.0, str(error)
        total = sum(fee(self.currency_id, price, months) for price in prices)
        return total, self.env._(
            "%(months)s/12 of the yearly fees, tariff « %(tariff)s ».",
            months=months,
            tariff=tariff._cdg47_printed_name(),
        )

    def _price_day(self):
        """Return the day whose tariff prices this."""
        term = self._amended_term()
        return term._price_day() if term else self.date_start

    def _preview_undated(self, stratum):
        """Say that a later year has no tariff of its own yet."""
        forfaits = (self.forfait_ids | self.option_ids)._origin
        if not (stratum and forfaits and self.date_start and self.amount):
            return ""
        company = self.convention_id.company_id or self.env.company
        products = self.env["product.product"].union(
            *(forfait._cdg47_sold_to(stratum) for forfait in forfaits)
        )
        return undated_note(company._cdg47_tariff(), products, self._price_day())

    def action_propose(self):
        """Create the convention or the amendment, and open its quotation's owner."""
        self.ensure_one()
        if not (self.forfait_ids or self.option_ids):
            raise UserError(self.env._("Choose at least one forfait."))
        convention = self._amend() if self.convention_id else self._propose()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cdg47.convention",
            "res_id": convention.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _propose(self):
        convention = self.env["cdg47.convention"].create(
            {
                "partner_id": self.partner_id.id,
                "invoice_partner_id": self.invoice_partner_id.id,
                "date_start": self.date_start,
                "renewal": self.renewal,
                "signatory_id": self.signatory_id.id,
                "line_ids": [
                    Command.create(
                        {"forfait_id": forfait.id, "date_start": self.date_start}
                    )
                    for forfait in self.forfait_ids | self.option_ids
                ],
            }
        )
        manager = self.sudo()
        convention._propose(manager.forced_stratum_id, manager.forced_reason)
        return convention

    def _amend(self):
        convention = self.convention_id
        added = self.forfait_ids | self.option_ids
        term = amended_term(convention, added, self.date_start)
        order = quote_fees(convention, term, added, date_start=self.date_start)
        convention.message_post(
            body=self.env._(
                "Amendment proposed: %(forfaits)s (%(order)s).",
                forfaits=", ".join(added.mapped("name")),
                order=order.name,
            )
        )
        return convention

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if values.get("convention_id"):
            convention = self.env["cdg47.convention"].browse(values["convention_id"])
            values["partner_id"] = convention.partner_id.id
            values["date_start"] = max(convention.date_start, today_in_paris())
        return values
