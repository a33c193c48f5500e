# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ...lib.amount_in_words import amount_in_words
from ...lib.dates import today_in_paris


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

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        operations = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if message_operation != "create":
            return operations
        documents = self.filtered("cdg47_convention_id")
        return self.env["cdg47.convention"]._open_discussions(documents, operations)
