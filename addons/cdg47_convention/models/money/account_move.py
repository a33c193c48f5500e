# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ...lib.amount_in_words import amount_in_words
from ...lib.dates import today_in_paris
from ...lib.states import DECIDED_KINDS
from ...portal.discussions import open_discussions

# Where M57 records what is cancelled of a closed exercice.
CLOSED_EXERCICE_IMPUTATION = "673"


class AccountMove(models.Model):
    _inherit = "account.move"

    cdg47_convention_id = fields.Many2one(
        "cdg47.convention",
        string="Convention",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
    )
    cdg47_term_id = fields.Many2one(
        "cdg47.convention.term",
        string="Term",
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
    )
    cdg47_campaign_id = fields.Many2one(
        "cdg47.campaign",
        string="Yearly campaign",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
    )
    cdg47_campaign_line_id = fields.Many2one(
        "cdg47.campaign.line",
        string="Line of the campaign",
        index="btree_not_null",
        copy=False,
        ondelete="set null",
    )
    cdg47_amount_in_words = fields.Char(
        string="Amount in words", compute="_compute_cdg47_amount_in_words"
    )
    cdg47_title_number = fields.Char(
        string="Titre number", copy=False, index="btree_not_null", tracking=True
    )
    cdg47_title_slip = fields.Char(string="Bordereau", copy=False)
    cdg47_title_date = fields.Date(string="Titre issued on", copy=False)
    cdg47_collection = fields.Selection(
        [
            ("to_issue", "To be issued"),
            ("issued", "Issued"),
            ("partial", "Partly collected"),
            ("collected", "Collected"),
            ("cancelled", "Cancelled"),
            ("lost", "Written off"),
        ],
        string="Titre",
        default="to_issue",
        copy=False,
        tracking=True,
        help="What the comptable public says of it.",
    )
    cdg47_collected_amount = fields.Monetary(string="Amount collected", copy=False)
    cdg47_collected_on = fields.Date(string="Collected on", copy=False)
    cdg47_exercice = fields.Selection(
        [("current", "Current exercice"), ("closed", "Closed exercice")],
        string="Credit note on",
        compute="_compute_cdg47_exercice",
        help="A credit note on a closed exercice is a charge (account 673), not a "
        "reduction of the titre.",
    )
    cdg47_floor_reason = fields.Char(
        string="Why below the smallest debt",
        readonly=True,
        copy=False,
        tracking=True,
        help="Reason given by the accountant who invoiced it nonetheless.",
    )

    @api.depends("amount_total", "move_type", "currency_id")
    def _compute_cdg47_amount_in_words(self):
        for move in self:
            sign = -1 if move.move_type == "out_refund" else 1
            move.cdg47_amount_in_words = amount_in_words(sign * move.amount_total)

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Keep the convention and the Chorus references on credit notes."""
        default_values_list = default_values_list or [{} for _move in self]
        for move, values in zip(self, default_values_list, strict=True):
            values.update(
                cdg47_convention_id=move.cdg47_convention_id.id,
                cdg47_term_id=move.cdg47_term_id.id,
            )
        return super()._reverse_moves(default_values_list, cancel=cancel)

    def message_post_with_source(self, source_ref, **kwargs):
        """Spare drafts by thousands the note that names their order: a field does."""
        if (
            self.env.context.get("cdg47_campaign_run")
            and source_ref == "mail.message_origin_link"
        ):
            return self.env["mail.message"]
        return super().message_post_with_source(source_ref, **kwargs)

    def _post(self, soft=True):
        for move in self.filtered(
            lambda m: m.cdg47_convention_id and m.move_type == "out_invoice"
        ):
            move._cdg47_check_billed_once()
        obstacles = self._cdg47_chorus_obstacles()
        if obstacles:
            raise UserError("\n".join(obstacles.values()))
        return super()._post(soft=soft)

    def _cdg47_chorus_obstacles(self):
        """Return which invoices of conventions lack a required reference, and what.

        :rtype: dict[account.move, str]
        """
        obstacles = {
            move: move._cdg47_chorus_obstacle()
            for move in self.filtered("cdg47_convention_id")
        }
        return {move: sentence for move, sentence in obstacles.items() if sentence}

    def _cdg47_chorus_obstacle(self):
        """Return which Chorus reference required by the debtor is missing, or False."""
        self.ensure_one()
        debtor = self.commercial_partner_id
        service, engagement = self.buyer_reference, self.purchase_order_reference
        missing = {
            "service": not service,
            "engagement": not engagement,
            "either": not (service or engagement),
            "both": not (service and engagement),
        }
        if not missing.get(debtor.chorus_requirement):
            return False
        labels = dict(
            debtor._fields["chorus_requirement"]._description_selection(self.env)
        )
        return self.env._(
            "%(debtor)s requires on its invoices: %(requirement)s. Enter it on the "
            "invoice before posting it.",
            debtor=debtor.name,
            requirement=labels[debtor.chorus_requirement],
        )

    def _cdg47_bases(self):
        """Return the bases of the debt printed on the invoice, label by label.

        :rtype: list[tuple[str, str]]
        """
        self.ensure_one()
        convention, term = self.cdg47_convention_id, self.cdg47_term_id
        bases = [(self.env._("Convention"), convention.name)]
        if convention.deliberation_number:
            bases.append(
                (
                    self.env._("Deliberation"),
                    self.env._(
                        "No. %(number)s of %(date)s",
                        number=convention.deliberation_number,
                        date=convention._format_date(convention.deliberation_date),
                    ),
                )
            )
        if self.partner_id != convention.partner_id:
            bases.append((self.env._("Beneficiary"), convention.partner_id.name))
        if term:
            bases += [
                (
                    self.env._("Period"),
                    self.env._(
                        "from %(start)s to %(end)s",
                        start=convention._format_date(term.date_start),
                        end=convention._format_date(term.date_end),
                    ),
                ),
                (
                    self.env._("Stratum"),
                    f"{term.stratum_id.name} - {term.stratum_reason}",
                ),
            ]
        else:
            bases += self._cdg47_bases_without_term()
        tariff = self.invoice_line_ids.sale_line_ids.order_id.pricelist_id[:1]
        if tariff:
            bases.append((self.env._("Tariff"), tariff._cdg47_printed_name()))
        return bases

    def _cdg47_bases_without_term(self):
        """Beyond the last term drawn, today's year and stratum are those in force."""
        day = self.invoice_date or today_in_paris()
        stratum, reason = self.cdg47_convention_id.partner_id._cdg47_stratum_at(day)
        bases = [(self.env._("Civil year"), str(day.year))]
        if stratum:
            bases.append((self.env._("Stratum"), f"{stratum.name} - {reason}"))
        return bases

    def _cdg47_is_of_collectivite(self):
        return bool(
            self.cdg47_convention_id or self.commercial_partner_id.collectivite_type
        )

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if message_operation != "create":
            return operations
        documents = self.filtered("cdg47_convention_id")
        return open_discussions(documents, operations)

    # === The titre de recettes ===
    # The comptable public collects: what it says comes back onto the invoice, and
    # nothing is dunned here (R12).
    @api.depends("reversed_entry_id.invoice_date", "invoice_date", "move_type")
    def _compute_cdg47_exercice(self):
        for move in self:
            origin = move.reversed_entry_id.invoice_date
            day = move.invoice_date or today_in_paris()
            if move.move_type != "out_refund" or not origin:
                move.cdg47_exercice = False
            elif origin.year == day.year:
                move.cdg47_exercice = "current"
            else:
                move.cdg47_exercice = "closed"

    def _cdg47_imputations(self):
        """Return what is to be recorded by M57 account, credit notes in minus.

        :rtype: dict[str, float]
        """
        self.ensure_one()
        amounts = defaultdict(float)
        sign = -1 if self.move_type == "out_refund" else 1
        for line in self.invoice_line_ids.filtered(
            lambda ln: ln.display_type == "product"
        ):
            imputation = line.product_id.cdg47_account_code or ""
            if self.cdg47_exercice == "closed":
                imputation = CLOSED_EXERCICE_IMPUTATION
            amounts[imputation] += sign * line.price_total
        return {
            imputation: self.currency_id.round(amount)
            for imputation, amount in amounts.items()
        }

    def _cdg47_period(self):
        """Return the first and the last day that the invoice is about, if known."""
        self.ensure_one()
        term = self.cdg47_term_id
        return term.date_start or None, term.date_end or None

    # === What services bill is frozen, then freed if cancelled (R4) ===
    def _cdg47_bill_facts(self):
        """Link to these invoices the uses that their lines bill."""
        for line in self.invoice_line_ids:
            # Accountants read no ledger; what they bill is frozen all the same.
            billed_sudo = line.sudo().sale_line_ids.filtered(
                lambda ln: ln.cdg47_kind == "overage"
            )
            first_sudo = billed_sudo.cdg47_continues_id or billed_sudo
            if first_sudo.cdg47_consumption_ids:
                first_sudo.cdg47_consumption_ids._bill(line)

    def button_cancel(self):
        """Free what a cancelled invoice billed: it is due again."""
        result = super().button_cancel()
        self._cdg47_free_facts()
        return result

    def _cdg47_free_facts(self):
        facts_sudo = self.env["cdg47.consumption"].sudo()
        facts_sudo.search(
            [("invoice_line_id", "in", self.invoice_line_ids.ids)]
        ).invoice_line_id = False

    def _cdg47_check_billed_once(self):
        """Refuse to post more than what is due: another invoice bills it already."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        # An accountant may post an invoice of an order somebody else sold.
        lines_sudo = self.sudo().invoice_line_ids.sale_line_ids
        for line in lines_sudo.filtered(lambda ln: ln.cdg47_kind in DECIDED_KINDS):
            if float_compare(line.qty_invoiced, line.qty_delivered, digits) > 0:
                raise UserError(
                    self.env._(
                        "« %(line)s » (%(order)s): more is invoiced than what is due. "
                        "Cancel this draft and invoice the order again.",
                        line=line.name,
                        order=line.order_id.name,
                    )
                )
